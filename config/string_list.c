/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config/string_list.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "config/json.h"
#include "config/quote.h"
#include "daemon/cleanup.h"

static inline void string_list_clear_p(struct string_list *list)
{
	string_list_clear(list);
}

/* A copy of the entry at the report's place; NULL after reporting. */
static char *entry_parse(const struct option *option, const json_t *json, struct report *report)
{
	const char *text = json_string_value(json);
	struct reason reason = { "" };
	char *copy;
	int r = 0;

	if (!text) {
		report_type(report, option->name, "only strings in the list", json);
		return NULL;
	}
	if (option->check)
		r = option->check(text, &reason);
	if (r < 0 && r != -ENOMEM) {
		report_value(report, "\"%s\": %s: %s", option->name, quote(text).text, reason.text);
		return NULL;
	}
	copy = r < 0 ? NULL : strdup(text);
	if (!copy)
		report_out_of_memory(report);
	return copy;
}

/* Fills the list from as many entries as it has room for; every faulty one is reported. */
static bool entries_parse(const struct option *option, const json_t *json, struct string_list *list,
                          struct report *report)
{
	size_t n = json_array_size(json);
	const struct place *parent = report->place;

	for (size_t i = 0; i < n; i++) {
		struct place place = { .parent = parent, .ordinal = i };

		report->place = &place;
		list->values[list->n] = entry_parse(option, json_array_get(json, i), report);
		list->n += list->values[list->n] != NULL;
		report->place = parent;
	}
	return list->n == n;
}

void string_list_parse(const struct option *option, const json_t *json, void *member,
                       struct report *report)
{
	struct string_list list cleanup(string_list_clear) = { 0 };
	size_t n = json_array_size(json);

	if (!json_is_array(json)) {
		report_type(report, option->name, "a list of strings", json);
		return;
	}
	if (n > option->max) {
		report_value(report, "\"%s\": %zu entries, at most %" PRIu64 " are allowed",
		             option->name, n, option->max);
		return;
	}
	list.values = calloc(n + 1, sizeof(*list.values));
	if (!list.values) {
		report_out_of_memory(report);
		return;
	}
	if (entries_parse(option, json, &list, report)) {
		string_list_clear(member);
		*(struct string_list *)member = list;
		list = (struct string_list){ 0 };
	}
}

bool string_list_equal(const void *a, const void *b)
{
	const struct string_list *one = a, *other = b;

	if (one->n != other->n)
		return false;
	for (size_t i = 0; i < one->n; i++)
		if (strcmp(one->values[i], other->values[i]) != 0)
			return false;
	return true;
}

json_t *string_list_to_json(const struct option *option, const void *member)
{
	const struct string_list *list = member;
	json_t *array cleanup(json_decref) = json_array();

	(void)option;
	for (size_t i = 0; array && i < list->n; i++)
		if (json_array_append_new(array, json_string(list->values[i])) < 0)
			return NULL;
	return steal_pointer(array);
}

void string_list_clear(void *member)
{
	struct string_list *list = member;

	for (size_t i = 0; i < list->n; i++)
		free(list->values[i]);
	free(list->values);
	*list = (struct string_list){ 0 };
}
