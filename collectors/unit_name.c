/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A name is written piece by piece and hashed as it goes, so that one of any length needs no more
 * room than a short one.
 */
#include "collectors/unit_name.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "collectors/unit_rule.h"

struct name_writer {
	char *name; /* UNIT_NAME_SIZE */
	size_t length;
	uint64_t hash; /* FNV-1a */
};

static void name_add(struct name_writer *writer, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (writer->length < UNIT_NAME_MAX)
			writer->name[writer->length] = text[i];
		writer->length++;
		writer->hash = (writer->hash ^ (unsigned char)text[i]) * UINT64_C(0x100000001b3);
	}
}

static size_t name_end(struct name_writer *writer)
{
	size_t length = writer->length;
	char tail[] = "…0123456789abcdef";

	if (length > UNIT_NAME_MAX) {
		(void)snprintf(tail, sizeof(tail), "…%016llx", (unsigned long long)writer->hash);
		length = UNIT_NAME_MAX - strlen(tail);
		/* Not within a character of UTF-8: its second to fourth bytes are 10xxxxxx. */
		for (int i = 0; i < 3 && ((unsigned char)writer->name[length] & 0xc0) == 0x80; i++)
			length--;
		memcpy(writer->name + length, tail, strlen(tail));
		length += strlen(tail);
	}
	writer->name[length] = '\0';
	return length;
}

static void write_labelled(const struct unit_match *match, struct name_writer *writer)
{
	const char *marked = match->component.text + match->mark.start;
	size_t length = match->mark.end - match->mark.start;

	name_add(writer, match->rule->label, strlen(match->rule->label));
	if (!match->rule->marked_max) {
		name_add(writer, marked, length);
		return;
	}
	for (size_t i = 0; i < length && i < match->rule->marked_max; i++)
		name_add(writer, marked[i] == '_' ? "-" : marked + i, 1);
}

static void write_folded(const struct unit_match *match, struct name_writer *writer)
{
	const struct unit_component *component = &match->component;
	const struct unit_mark *mark = &match->mark;

	name_add(writer, component->text, mark->start);
	if (mark->end > mark->start)
		name_add(writer, "*", 1);
	name_add(writer, component->text + mark->end, component->length - mark->end);
}

static void write_match(struct unit_match *match, const char *end, struct name_writer *writer)
{
	while (match->rule->form == UNIT_FORM_MANAGER) {
		struct unit_match below;
		const struct unit_component *manager = &match->component;

		if (!unit_rule_find_unit(manager->text + manager->length, end, &below))
			break;
		write_folded(match, writer);
		name_add(writer, "/", 1);
		*match = below;
	}
	if (match->rule->form == UNIT_FORM_LABELLED) {
		write_labelled(match, writer);
		return;
	}
	if (match->rule->form == UNIT_FORM_IN_PARENT && match->parent.length) {
		name_add(writer, match->parent.text, match->parent.length);
		name_add(writer, "/", 1);
	}
	write_folded(match, writer);
}

/* A path in which nothing has a name of its own. */
static void write_path(const char *path, size_t length, struct name_writer *writer)
{
	struct unit_component component = { 0 };
	bool slices = true;

	for (const char *at = path; slices && unit_component_next(at, path + length, &component);
	     at = component.text + component.length)
		slices = component.type == UNIT_SLICE && component.stem_length > 0;
	if (slices && component.length) {
		name_add(writer, component.text, component.length);
		return;
	}
	if (!length || *path != '/')
		name_add(writer, "/", 1);
	name_add(writer, path, length);
}

size_t unit_name(const char *path, size_t length, char ret_name[static UNIT_NAME_SIZE])
{
	struct name_writer writer = { .name = ret_name, .hash = UINT64_C(0xcbf29ce484222325) };
	struct unit_match match;

	if (unit_rule_find(path, path + length, &match))
		write_match(&match, path + length, &writer);
	else
		write_path(path, length, &writer);
	return name_end(&writer);
}

size_t unit_name_of_process(const char *text, char ret_name[static UNIT_NAME_SIZE])
{
	/* Hierarchy 0 is cgroup v2. The kernel lets no cgroup have a newline in its name. */
	while (*text) {
		size_t length = strcspn(text, "\n");

		if (strncmp(text, "0::/", 4) == 0)
			return unit_name(text + 3, length - 3, ret_name);
		text += length + (text[length] == '\n');
	}
	return 0;
}
