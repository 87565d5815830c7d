/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A schema's sections as a tree of objects. A level is one object of the tree, named by the first
 * part of a section's path; the document itself is the level of no words. An object may be a
 * section, the parent of sections, or both.
 */
#include <stdbool.h>

#include "config/configuration.h"

struct level {
	const char *path; /* length characters of it; NULL: the document */
	size_t length;
};

struct configuration {
	const struct configuration_schema *schema;
	void **values; /* one struct per section */
};

/* The section of that path, or of the level; NULL if there is none. */
const struct configuration_section *section_find(const struct configuration_schema *schema,
                                                 const char *path);
const struct configuration_section *section_at(const struct configuration_schema *schema,
                                               struct level level);

/* The section's option of that name; NULL if there is none, or no section. */
const struct option *section_option(const struct configuration_section *section, const char *name);

/* The section's struct in the configuration. */
void *section_values(const struct configuration *configuration,
                     const struct configuration_section *section);

/* The objects right below the level, each once, in order: call with *cursor = 0 until false. */
bool level_next_child(const struct configuration_schema *schema, struct level level, size_t *cursor,
                      struct level *ret_child);

/* The level that the word names right below the level; false if there is none. */
bool level_child(const struct configuration_schema *schema, struct level level, const char *word,
                 struct level *ret_child);

/* The level's last word, length characters. */
const char *level_word(struct level level, size_t *ret_length);
