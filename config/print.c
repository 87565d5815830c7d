/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Trees of JSON in the order of the schema, written at the end: what is written is valid JSON. */
#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "config/configuration.h"
#include "config/document.h"
#include "config/duration.h"
#include "config/json.h"
#include "config/section.h"
#include "config/value.h"

#define DIALECT "https://json-schema.org/draft/2020-12/schema"

static const struct level document_level = { NULL, 0 };

/* Takes the reference to the value: 0 or −ENOMEM, also for a value that is NULL. */
static int add(json_t *object, const char *key, json_t *value)
{
	return json_object_set_new(object, key, value) < 0 ? -ENOMEM : 0;
}

static int add_level(json_t *object, struct level level, json_t *value)
{
	size_t length;
	const char *word = level_word(level, &length);
	char *key cleanup(free) = strndup(word, length);

	if (!key) {
		json_decref(value);
		return -ENOMEM;
	}
	return add(object, key, value);
}

static int write_tree(const json_t *tree, FILE *file)
{
	if (!tree)
		return -ENOMEM;
	errno = 0;
	if (json_dumpf(tree, file, JSON_INDENT(2)) < 0 || fputc('\n', file) == EOF)
		return errno ? -errno : -EIO;
	return 0;
}

/* The level's options and, below them, its objects; NULL: out of memory. */
static json_t *level_values(const struct configuration *configuration, struct level level)
{
	const struct configuration_section *section = section_at(configuration->schema, level);
	json_t *object cleanup(json_decref) = json_object();
	struct level child;
	size_t cursor = 0;

	for (size_t i = 0; section && section->options[i].name; i++) {
		const struct option *option = &section->options[i];
		const void *values = section_values(configuration, section);

		if (add(object, option->name, value_to_json(option, values)) < 0)
			return NULL;
	}
	while (level_next_child(configuration->schema, level, &cursor, &child))
		if (add_level(object, child, level_values(configuration, child)) < 0)
			return NULL;
	return steal_pointer(object);
}

int configuration_print(const struct configuration *configuration, FILE *file)
{
	json_t *tree cleanup(json_decref) = level_values(configuration, document_level);

	return write_tree(tree, file);
}

static json_t *choices_schema(const struct option *option)
{
	json_t *choices cleanup(json_decref) = json_array();

	for (size_t i = 0; option->choices[i]; i++)
		if (json_array_append_new(choices, json_string(option->choices[i])) < 0)
			return NULL;
	return json_pack("{s:O}", "enum", choices);
}

static json_t *several_choices_schema(const struct option *option)
{
	json_t *choices cleanup(json_decref) = choices_schema(option);

	return json_pack("{s:s, s:O, s:i, s:b}", "type", "array", "items", choices, "minItems", 1,
	                 "uniqueItems", 1);
}

static json_t *strings_schema(const struct option *option)
{
	return json_pack("{s:s, s:{s:s}, s:I}", "type", "array", "items", "type", "string",
	                 "maxItems", (json_int_t)option->max);
}

static json_t *choice_or_strings_schema(const struct option *option)
{
	json_t *choices cleanup(json_decref) = choices_schema(option);
	json_t *strings cleanup(json_decref) = strings_schema(option);

	if (add(strings, "minItems", json_integer(1)) < 0)
		return NULL;
	return json_pack("{s:[O, O]}", "anyOf", choices, strings);
}

/* That all lists together are bounded it has no word for. */
static json_t *named_lists_schema(const struct option *option)
{
	json_t *strings cleanup(json_decref) = strings_schema(option);

	return json_pack("{s:s, s:{s:b}, s:{s:s}, s:O}", "type", "object", "patternProperties",
	                 DOCUMENT_COMMENT_PATTERN, 1, "propertyNames", "pattern", "^[^(]",
	                 "additionalProperties", strings);
}

static json_t *type_schema(const struct option *option)
{
	switch (option->type) {
	case OPTION_BOOLEAN:
		return json_pack("{s:s}", "type", "boolean");
	case OPTION_INTEGER:
		return json_pack("{s:s, s:I, s:I}", "type", "integer", "minimum",
		                 (json_int_t)option->min, "maximum", (json_int_t)option->max);
	case OPTION_DURATION:
		return json_pack("{s:s, s:s}", "type", "string", "pattern", DURATION_PATTERN);
	case OPTION_CHOICE:
		return choices_schema(option);
	case OPTION_CHOICES:
		return several_choices_schema(option);
	case OPTION_STRINGS:
		return strings_schema(option);
	case OPTION_CHOICE_OR_STRINGS:
		return choice_or_strings_schema(option);
	case OPTION_NAMED_LISTS:
		return named_lists_schema(option);
	}
	return NULL;
}

/* JSON Schema has no word for the range of a duration: it is said in words. */
static json_t *description(const struct option *option)
{
	if (option->type != OPTION_DURATION)
		return json_string(option->help);
	return json_sprintf("%s From %s to %s.", option->help, duration_format(option->min).text,
	                    duration_format(option->max).text);
}

static json_t *option_schema(const struct option *option)
{
	json_t *schema cleanup(json_decref) = type_schema(option);

	if (add(schema, "description", description(option)) < 0 ||
	    add(schema, "default", value_fallback_to_json(option)) < 0)
		return NULL;
	return steal_pointer(schema);
}

static json_t *level_schema(const struct configuration_schema *schema, struct level level);

/* "properties": the options of the level, then its objects. */
static json_t *properties_schema(const struct configuration_schema *schema, struct level level)
{
	const struct configuration_section *section = section_at(schema, level);
	json_t *properties cleanup(json_decref) = json_object();
	struct level child;
	size_t cursor = 0;

	if (level.length == 0 &&
	    add(properties, "$schema", json_pack("{s:s}", "type", "string")) < 0)
		return NULL;
	for (size_t i = 0; section && section->options[i].name; i++)
		if (add(properties, section->options[i].name, option_schema(&section->options[i])) <
		    0)
			return NULL;
	while (level_next_child(schema, level, &cursor, &child))
		if (add_level(properties, child, level_schema(schema, child)) < 0)
			return NULL;
	return steal_pointer(properties);
}

static json_t *level_schema(const struct configuration_schema *schema, struct level level)
{
	const struct configuration_section *section = section_at(schema, level);
	json_t *object cleanup(json_decref) = json_object();

	if (level.length == 0 &&
	    (add(object, "$schema", json_string(DIALECT)) < 0 ||
	     add(object, "title", json_string("txpathd configuration")) < 0))
		return NULL;
	if (section && add(object, "description", json_string(section->summary)) < 0)
		return NULL;
	if (add(object, "type", json_string("object")) < 0 ||
	    add(object, "properties", properties_schema(schema, level)) < 0 ||
	    add(object, "patternProperties", json_pack("{s:b}", DOCUMENT_COMMENT_PATTERN, 1)) < 0 ||
	    add(object, "additionalProperties", json_false()) < 0)
		return NULL;
	return steal_pointer(object);
}

int configuration_print_schema(const struct configuration_schema *schema, FILE *file)
{
	json_t *tree cleanup(json_decref) = level_schema(schema, document_level);

	return write_tree(tree, file);
}
