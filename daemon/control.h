/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The control thread: one sd-event loop with signals, service notification (sd_notify(3)), watchdog,
 * configuration reload and HTTP. It never makes a call that can wait on a driver, on a lock that is
 * held across one, or on a collector.
 *
 * Signals: SIGTERM and SIGINT end it, SIGHUP reloads the configuration. A configuration that cannot
 * be taken into use whole changes nothing.
 */
#include "daemon/collector.h"
#include "daemon/settings.h"

/*
 * Runs the daemon with the settings until it is told to end; on reload they are read again from the
 * source. 0, or −errno when it could not start, with a line in the log. collectors is ended by NULL.
 */
int control_run(const struct collector_ops *const *collectors, struct settings_schema *schema,
                const struct settings_source *source, struct settings *settings);

/* Loads the configuration, with every fault in the log. */
int control_load(struct settings_schema *schema, const struct settings_source *source,
                 struct settings **ret_settings);
