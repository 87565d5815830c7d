/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a text says is read whole before any of it is merged, so that a fault leaves all as it was. */
#include "config/named_lists.h"

#include <inttypes.h>
#include <string.h>

#include "config/document.h"
#include "config/json.h"
#include "config/quote.h"
#include "config/string_list.h"
#include "daemon/cleanup.h"

static inline void named_lists_clear_p(struct named_lists *lists)
{
	named_lists_clear(lists);
}

static struct named_list *find(const struct named_lists *lists, const char *name)
{
	for (size_t i = 0; i < lists->n; i++)
		if (strcmp(lists->lists[i].name, name) == 0)
			return &lists->lists[i];
	return NULL;
}

static bool name_check(const struct option *option, const char *name, struct report *report)
{
	if (name[0] == '\0')
		report_key(report, "\"%s\": an empty name", option->name);
	else if (name[0] == '(')
		report_key(report, "\"%s\": the name %s begins with a parenthesis", option->name,
		           quote(name).text);
	else if (strlen(name) > NAMED_LISTS_NAME_MAX)
		report_key(report, "\"%s\": the name %s is longer than %d bytes", option->name,
		           quote(name).text, NAMED_LISTS_NAME_MAX);
	else
		return true;
	return false;
}

/* Appends the member at the report's place, for which there is room; whether it is good. */
static bool list_parse(const struct option *option, const char *name, const json_t *json,
                       struct named_lists *lists, struct report *report)
{
	struct named_list *list = &lists->lists[lists->n];
	struct option own = *option;

	own.name = name;
	if (!name_check(option, name, report))
		return false;
	string_list_parse(&own, json, &list->strings, report);
	if (!list->strings.values)
		return false;
	lists->n++;
	list->name = strdup(name);
	if (!list->name)
		report_out_of_memory(report);
	return list->name;
}

/* Fills the lists from as many members as there is room for; every faulty one is reported. */
static bool lists_parse(const struct option *option, json_t *json, struct named_lists *lists,
                        struct report *report)
{
	const struct place *parent = report->place;
	struct place place = { .parent = parent };
	bool good = true;
	const char *name;
	json_t *value;

	json_object_foreach(json, name, value)
	{
		report->place = &place;
		if (!document_is_comment(name))
			good &= list_parse(option, name, value, lists, report);
		place.ordinal++;
	}
	report->place = parent;
	return good;
}

/* How many strings there are when the new lists have taken the place of those of their names. */
static uint64_t strings_count(const struct named_lists *lists, const struct named_lists *news)
{
	uint64_t n = 0;

	for (size_t i = 0; i < news->n; i++)
		n += news->lists[i].strings.n;
	for (size_t i = 0; i < lists->n; i++)
		if (!find(news, lists->lists[i].name))
			n += lists->lists[i].strings.n;
	return n;
}

/* Leaves behind, in news, what is to be released. */
static bool merge(struct named_lists *lists, struct named_lists *news)
{
	struct named_list *all = reallocarray(lists->lists, lists->n + news->n, sizeof(*all));

	if (!all)
		return false;
	lists->lists = all;
	for (size_t i = 0; i < news->n; i++) {
		struct named_list *old = find(lists, news->lists[i].name);
		struct named_list list = news->lists[i];

		news->lists[i] = old ? *old : (struct named_list){ 0 };
		*(old ? old : &lists->lists[lists->n++]) = list;
	}
	return true;
}

void named_lists_parse(const struct option *option, const json_t *json, void *member,
                       struct report *report)
{
	struct named_lists news cleanup(named_lists_clear) = { 0 };
	struct named_lists *lists = member;
	uint64_t n;

	if (!json_is_object(json)) {
		report_type(report, option->name, "an object of lists", json);
		return;
	}
	news.lists = calloc(json_object_size(json) + 1, sizeof(*news.lists));
	if (!news.lists) {
		report_out_of_memory(report);
		return;
	}
	if (!lists_parse(option, (json_t *)(uintptr_t)json, &news, report) || news.n == 0)
		return;
	n = strings_count(lists, &news);
	if (n > option->max)
		report_value(report,
		             "\"%s\": %" PRIu64 " strings in all, at most %" PRIu64 " are allowed",
		             option->name, n, option->max);
	else if (!merge(lists, &news))
		report_out_of_memory(report);
}

bool named_lists_equal(const void *a, const void *b)
{
	const struct named_lists *one = a, *other = b;

	if (one->n != other->n)
		return false;
	for (size_t i = 0; i < one->n; i++)
		if (strcmp(one->lists[i].name, other->lists[i].name) != 0 ||
		    !string_list_equal(&one->lists[i].strings, &other->lists[i].strings))
			return false;
	return true;
}

json_t *named_lists_to_json(const struct option *option, const void *member)
{
	const struct named_lists *lists = member;
	json_t *object cleanup(json_decref) = json_object();

	for (size_t i = 0; object && i < lists->n; i++)
		if (json_object_set_new(object, lists->lists[i].name,
		                        string_list_to_json(option, &lists->lists[i].strings)) < 0)
			return NULL;
	return steal_pointer(object);
}

void named_lists_clear(void *member)
{
	struct named_lists *lists = member;

	for (size_t i = 0; i < lists->n; i++) {
		free(lists->lists[i].name);
		string_list_clear(&lists->lists[i].strings);
	}
	free(lists->lists);
	*lists = (struct named_lists){ 0 };
}
