/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config/section.h"

#include <string.h>

const struct configuration_section *section_at(const struct configuration_schema *schema,
                                               struct level level)
{
	for (size_t i = 0; i < schema->n_sections; i++) {
		const struct configuration_section *section = &schema->sections[i];

		if (strlen(section->path) == level.length &&
		    strncmp(section->path, level.path ? level.path : "", level.length) == 0)
			return section;
	}
	return NULL;
}

const struct configuration_section *section_find(const struct configuration_schema *schema,
                                                 const char *path)
{
	return section_at(schema, (struct level){ path, strlen(path) });
}

const struct option *section_option(const struct configuration_section *section, const char *name)
{
	if (!section)
		return NULL;
	for (const struct option *option = section->options; option->name; option++)
		if (strcmp(option->name, name) == 0)
			return option;
	return NULL;
}

void *section_values(const struct configuration *configuration,
                     const struct configuration_section *section)
{
	return configuration->values[section - configuration->schema->sections];
}

/* Whether the section lies below the level, and if so the level next on the way to it. */
static bool next_level(struct level level, const struct configuration_section *section,
                       struct level *ret_next)
{
	size_t begin = level.length;

	if (level.length > 0) {
		if (strncmp(section->path, level.path, level.length) != 0 ||
		    section->path[level.length] != '.')
			return false;
		begin++;
	}
	if (section->path[begin] == '\0')
		return false;
	*ret_next = (struct level){ section->path, begin + strcspn(section->path + begin, ".") };
	return true;
}

static bool is_same(struct level a, struct level b)
{
	return a.length == b.length && strncmp(a.path, b.path, a.length) == 0;
}

bool level_next_child(const struct configuration_schema *schema, struct level level, size_t *cursor,
                      struct level *ret_child)
{
	while (*cursor < schema->n_sections) {
		size_t i = (*cursor)++, earlier = 0;
		struct level child, other;

		if (!next_level(level, &schema->sections[i], &child))
			continue;
		while (earlier < i &&
		       !(next_level(level, &schema->sections[earlier], &other) &&
		         is_same(child, other)))
			earlier++;
		if (earlier == i) {
			*ret_child = child;
			return true;
		}
	}
	return false;
}

bool level_child(const struct configuration_schema *schema, struct level level, const char *word,
                 struct level *ret_child)
{
	struct level child;
	size_t cursor = 0;

	while (level_next_child(schema, level, &cursor, &child)) {
		size_t length;
		const char *name = level_word(child, &length);

		if (strlen(word) == length && strncmp(word, name, length) == 0) {
			*ret_child = child;
			return true;
		}
	}
	return false;
}

const char *level_word(struct level level, size_t *ret_length)
{
	size_t begin = level.length;

	while (begin > 0 && level.path[begin - 1] != '.')
		begin--;
	*ret_length = level.length - begin;
	return level.path + begin;
}
