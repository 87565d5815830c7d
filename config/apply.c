/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One walk over the objects of a document, level by level of the schema. jansson keeps members in
 * the order of the text, so counting them is what places need.
 */
#include "config/apply.h"

#include <string.h>

#include "config/document.h"
#include "config/json.h"
#include "config/quote.h"
#include "config/suggest.h"
#include "config/value.h"

struct walk {
	struct configuration *configuration;
	struct report *report;
};

static bool is_ignored(struct level level, const char *key)
{
	return document_is_comment(key) || (level.length == 0 && strcmp(key, "$schema") == 0);
}

/* What the key may have been meant to be: an option or an object of its level. */
static struct suggestion_text suggest_near(const struct configuration_schema *schema,
                                           struct level level, const char *key)
{
	const struct configuration_section *section = section_at(schema, level);
	struct suggestion suggestion = { .word = key };
	struct level child;
	size_t cursor = 0;

	for (size_t i = 0; section && section->options[i].name; i++)
		suggestion_offer(&suggestion, section->options[i].name,
		                 strlen(section->options[i].name));
	while (level_next_child(schema, level, &cursor, &child)) {
		size_t length;
		const char *word = level_word(child, &length);

		suggestion_offer(&suggestion, word, length);
	}
	return suggestion_text(&suggestion);
}

/* Where the key would be right; empty unless that is one place alone. */
static struct suggestion_text suggest_elsewhere(const struct configuration_schema *schema,
                                                const char *key)
{
	struct suggestion_text text = { "" };
	size_t n = 0;

	for (size_t i = 0; i < schema->n_sections; i++) {
		const struct configuration_section *section = &schema->sections[i];
		const char *path = section->path;
		const char *dot = strrchr(path, '.');

		if (path[0] && strcmp(dot ? dot + 1 : path, key) == 0)
			(void)snprintf(text.text, sizeof(text.text), ", did you mean \"%s\"?",
			               path);
		else if (path[0] && section_option(section, key))
			(void)snprintf(text.text, sizeof(text.text), ", did you mean \"%s.%s\"?",
			               path, key);
		else if (section_option(section, key))
			(void)snprintf(text.text, sizeof(text.text),
			               ", did you mean the top-level \"%s\"?", key);
		else
			continue;
		n++;
	}
	return n == 1 ? text : (struct suggestion_text){ "" };
}

static void report_unknown(const struct walk *walk, struct level level, const char *key)
{
	const struct configuration_schema *schema = walk->configuration->schema;
	struct suggestion_text end = suggest_elsewhere(schema, key);

	if (end.text[0] == '\0')
		end = suggest_near(schema, level, key);
	if (level.length == 0)
		report_key(walk->report, "unknown key %s%s", quote(key).text, end.text);
	else
		report_key(walk->report, "unknown key %s in \"%.*s\"%s", quote(key).text,
		           (int)level.length, level.path, end.text);
}

static void apply_object(const struct walk *walk, struct level level, json_t *object);

static void apply_member(const struct walk *walk, struct level level, const char *key,
                         json_t *value)
{
	const struct configuration_schema *schema = walk->configuration->schema;
	const struct configuration_section *section = section_at(schema, level);
	const struct option *option = section_option(section, key);
	struct level child;

	if (option)
		value_parse(option, value, section_values(walk->configuration, section),
		            walk->report);
	else if (!level_child(schema, level, key, &child))
		report_unknown(walk, level, key);
	else if (json_is_object(value))
		apply_object(walk, child, value);
	else
		report_type(walk->report, key, "an object", value);
}

static void apply_object(const struct walk *walk, struct level level, json_t *object)
{
	const struct place *parent = walk->report->place;
	struct place place = { .parent = parent };
	const char *key;
	json_t *value;

	json_object_foreach(object, key, value)
	{
		walk->report->place = &place;
		if (!is_ignored(level, key))
			apply_member(walk, level, key, value);
		place.ordinal++;
	}
	walk->report->place = parent;
}

void apply_text(struct configuration *configuration, size_t n_bytes, struct report *report)
{
	const struct walk walk = { configuration, report };
	json_t *document cleanup(json_decref) = document_parse(report, n_bytes);

	if (document)
		apply_object(&walk, (struct level){ NULL, 0 }, document);
}
