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
#include "daemon/activation.h"
#include "daemon/collector.h"
#include "daemon/settings.h"

/* What the daemon runs with. All of it outlives control_run(). */
struct control_setup {
	const struct collector_ops *const *collectors; /* ended by NULL */
	struct settings_schema *schema;
	const struct settings_source *source; /* read again on reload */
	struct settings *settings;            /* to begin with */
	struct activation *activation; /* served instead of http.listen; NULL: nothing passed */
};

/*
 * Runs the daemon until it is told to end. 0, or −errno when it could not start, with a line in the
 * log.
 */
int control_run(const struct control_setup *setup);

/* Loads the configuration, with every fault in the log. */
int control_load(struct settings_schema *schema, const struct settings_source *source,
                 struct settings **ret_settings);
