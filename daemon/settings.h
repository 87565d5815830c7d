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

/* The "limits" section. */
struct limits_options {
	uint64_t max_series;  /* per collector */
	uint64_t cpu_percent; /* of one core, per collector */
};

/* What every collector's section begins with. */
struct collector_options {
	_Alignas(max_align_t) bool enabled;
	uint64_t interval_usec;
};

/* Where the configuration comes from: the command line. */
struct settings_source {
	const char *path;          /* of the main file; NULL: built-in defaults only */
	bool may_be_absent;        /* a main file that does not exist is an empty one */
	const char *const *listen; /* replaces http.listen when n_listen > 0 */
	size_t n_listen;
};

struct settings_schema;

/*
 * The schema of all collectors' sections and the daemon's own, shared by reference like the settings
 * made by it. NULL: out of memory.
 */
struct settings_schema *settings_schema_new(const struct collector_ops *const *collectors);
void settings_schema_unref(struct settings_schema *schema);
DEFINE_CLEANUP(struct settings_schema, settings_schema_unref)

const struct configuration_schema *
settings_schema_configuration(const struct settings_schema *schema);

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

/* Whether the collector's whole section is the same in both. */
bool settings_collector_equal(const struct settings *a, const struct settings *b,
                              const struct collector_ops *ops);

/* The capabilities (bits 1 << CAP_…) of every collector that the settings enable. */
uint64_t settings_needed_capabilities(const struct settings *settings,
                                      const struct collector_ops *const *collectors);
