/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The settings in force: one checked configuration, immutable and shared by reference, so that a
 * worker stuck in the kernel keeps what it reads while a reload goes on without it.
 */
#include <stdbool.h>
#include <stdint.h>

#include "config/configuration.h"
#include "daemon/cleanup.h"
#include "daemon/collector.h"
#include "daemon/http.h"
#include "daemon/settings_schema.h"

/* Where the configuration comes from: the command line. */
struct settings_source {
	const char *path;          /* of the main file; NULL: built-in defaults only */
	bool may_be_absent;        /* a main file that does not exist is an empty one */
	const char *const *listen; /* replaces http.listen when n_listen > 0 */
	size_t n_listen;
};

struct settings;

/*
 * Reads and checks the configuration. 0 and the settings, or −errno with every fault appended.
 */
int settings_load(struct settings_schema *schema, const struct settings_source *source,
                  struct configuration_faults *faults, struct settings **ret_settings);

struct settings *settings_ref(struct settings *settings);
void settings_unref(struct settings *settings);
DEFINE_CLEANUP(struct settings, settings_unref)

const struct configuration *settings_configuration(const struct settings *settings);
const struct http_options *settings_http(const struct settings *settings);
const struct limits_options *settings_limits(const struct settings *settings);

/* What all collectors have, and the struct of the collector's own options. */
const struct collector_options *settings_collector(const struct settings *settings,
                                                   const struct collector_ops *ops);
const void *settings_collector_own(const struct settings *settings,
                                   const struct collector_ops *ops);

/* What is configured for all collectors alike; valid as long as the settings are. */
struct collector_scope settings_scope(const struct settings *settings);

/* Whether all that the collector is opened with is the same in both: its own options, the scope. */
bool settings_collector_equal(const struct settings *a, const struct settings *b,
                              const struct collector_ops *ops);

/*
 * The capabilities (bits 1 << CAP_…) that every collector that the settings enable needs to be
 * opened for the first time, beyond those that it goes on needing.
 */
uint64_t settings_opening_capabilities(const struct settings *settings,
                                       const struct collector_ops *const *collectors);

/*
 * The capabilities (bits 1 << CAP_…) of every collector that the settings enable, for as many
 * network namespaces as they say.
 */
uint64_t settings_needed_capabilities(const struct settings *settings,
                                      const struct collector_ops *const *collectors);
