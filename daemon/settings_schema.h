/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What may be configured: the daemon's own sections, and one for each collector.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/configuration.h"
#include "daemon/cleanup.h"
#include "daemon/collector.h"

#define SETTINGS_COLLECTOR_PREFIX "collectors." /* path of a collector's section, before its name */

/* The document itself. */
struct document_options {
	struct choice_or_strings namespaces; /* a COLLECTOR_NAMESPACES_… */
};

/* The "limits" section. */
struct limits_options {
	uint64_t max_series;     /* per collector */
	uint64_t cpu_percent;    /* of one core, per collector */
	uint64_t max_groups;     /* of a kind, per collector */
	uint64_t max_namespaces; /* besides the own, per collector */
};

/* What every collector's section begins with. */
struct collector_options {
	_Alignas(max_align_t) bool enabled;
	uint64_t interval_usec;
};

struct settings_schema;

/*
 * The schema of all collectors' sections and the daemon's own, shared by reference like the settings
 * made by it. NULL: out of memory.
 */
struct settings_schema *settings_schema_new(const struct collector_ops *const *collectors);
struct settings_schema *settings_schema_ref(struct settings_schema *schema);
void settings_schema_unref(struct settings_schema *schema);
DEFINE_CLEANUP(struct settings_schema, settings_schema_unref)

const struct configuration_schema *
settings_schema_configuration(const struct settings_schema *schema);
