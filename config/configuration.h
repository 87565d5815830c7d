/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The configuration: sections of options, read from JSON files (RFC 8259) over built-in defaults.
 *
 * A schema lists the sections: objects of the document that hold options, named by their path
 * ("http", "limits", "collectors.socket"). Files are merged in order: objects deeply, everything
 * else replaced. All of it is checked before any of it is used; every fault is reported with file,
 * line and column, not only the first. Keys that begin with "//" or "_comment", and a top-level
 * "$schema", are ignored.
 *
 * This folder is a leaf: it knows no collector, and nothing of the daemon but its basic headers.
 */
#include <stdio.h>

#include "config/option.h"
#include "daemon/cleanup.h"
#include "daemon/reason.h"

struct configuration_section {
	const char *path;             /* words with dots between; "": the document itself */
	const char *summary;          /* one line: "description" of the object in the JSON Schema */
	const struct option *options; /* ended by OPTION_END */
	size_t size;                  /* of the struct that the options describe */
};

struct configuration_schema {
	size_t n_sections;
	const struct configuration_section *sections;
};

struct configuration;

/* Faults found in files, in order: "FILE:LINE:COLUMN: text", ready to print. */
struct configuration_faults {
	size_t n;
	char **texts;
};

/*
 * Appends a fault, made harmless to print. Returns error, or −ENOMEM. From the hundred-and-first on
 * faults are not kept; one last text says so.
 */
__attribute__((format(printf, 3, 4))) int
configuration_faults_add(struct configuration_faults *faults, int error, const char *format, ...);

void configuration_faults_clear(struct configuration_faults *faults);

/* A configuration of nothing but defaults. The schema must outlive it. NULL: out of memory. */
struct configuration *configuration_new(const struct configuration_schema *schema);

/*
 * Reads the file, then conf.d/NAME.json beside it in byte order of the names, over the defaults. A
 * main file that does not exist is an empty one when may_be_absent. A file or conf.d that others
 * can write, that is of another type or cannot be read, or a file larger than 1 MiB is a fault.
 *
 * Returns 0 and the configuration, −EINVAL with every fault appended to faults, or −ENOMEM.
 */
int configuration_load(const struct configuration_schema *schema, const char *path,
                       bool may_be_absent, struct configuration_faults *faults,
                       struct configuration **ret_configuration);

void configuration_free(struct configuration *configuration);
DEFINE_CLEANUP(struct configuration, configuration_free)

/*
 * The section's filled struct (aligned for any type), owned by the configuration; the path must be
 * in the schema.
 */
const void *configuration_section(const struct configuration *configuration, const char *path);

/* Whether the section's options have equal values in both. */
bool configuration_section_equal(const struct configuration *a, const struct configuration *b,
                                 const char *path);

/* Replaces a STRINGS option, as a command line flag does: 0, −EINVAL with the reason, −ENOMEM. */
int configuration_set_strings(struct configuration *configuration, const char *path,
                              const char *name, const char *const *values, size_t n,
                              struct reason *reason);

/* Writes the effective configuration as JSON that configuration_load() reads back to the same. */
int configuration_print(const struct configuration *configuration, FILE *file);

/* Writes the JSON Schema (draft 2020-12) of all that the schema's sections may hold. */
int configuration_print_schema(const struct configuration_schema *schema, FILE *file);
