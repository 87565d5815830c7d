/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config/choice.h"

#include <string.h>

#include "config/json.h"
#include "config/quote.h"
#include "config/string_list.h"
#include "config/suggest.h"
#include "daemon/cleanup.h"

struct choice_list {
	char text[512];
};

static struct choice_list choice_list(const struct option *option)
{
	struct choice_list list = { "" };
	size_t used = 0;

	for (size_t i = 0; option->choices[i] && used < sizeof(list.text); i++)
		used += (size_t)snprintf(list.text + used, sizeof(list.text) - used, "%s\"%s\"",
		                         i ? ", " : "", option->choices[i]);
	return list;
}

static unsigned choices_count(const struct option *option)
{
	unsigned n = 0;

	while (option->choices[n])
		n++;
	return n;
}

static void report_choice(struct report *report, const struct option *option, const char *word)
{
	struct suggestion suggestion = { .word = word };

	for (size_t i = 0; option->choices[i]; i++)
		suggestion_offer(&suggestion, option->choices[i], strlen(option->choices[i]));
	report_value(report, "\"%s\": %s is none of %s%s", option->name, quote(word).text,
	             choice_list(option).text, suggestion_text(&suggestion).text);
}

/* Whether the word is a choice; reports it if not. */
static bool choice_find(const struct option *option, const char *word, unsigned *ret_choice,
                        struct report *report)
{
	for (unsigned i = 0; option->choices[i]; i++) {
		if (strcmp(option->choices[i], word) == 0) {
			*ret_choice = i;
			return true;
		}
	}
	report_choice(report, option, word);
	return false;
}

static void report_choice_type(struct report *report, const struct option *option,
                               const char *others, const json_t *json)
{
	struct reason expected;

	(void)reason_set(&expected, 0, "one of %s%s", choice_list(option).text, others);
	report_type(report, option->name, expected.text, json);
}

void choice_parse(const struct option *option, const json_t *json, void *member,
                  struct report *report)
{
	const char *word = json_string_value(json);

	if (word)
		(void)choice_find(option, word, member, report);
	else
		report_choice_type(report, option, "", json);
}

bool choice_equal(const void *a, const void *b)
{
	return *(const unsigned *)a == *(const unsigned *)b;
}

json_t *choice_to_json(const struct option *option, const void *member)
{
	return json_string(option->choices[*(const unsigned *)member]);
}

static void report_empty(struct report *report, const struct option *option)
{
	report_value(report, "\"%s\": an empty list, at least 1 entry is needed", option->name);
}

/* Adds the entry at the report's place to those that are chosen; whether it may be. */
static bool choose(const struct option *option, const json_t *json, unsigned *chosen,
                   struct report *report)
{
	const char *word = json_string_value(json);
	unsigned choice;

	if (!word) {
		report_choice_type(report, option, "", json);
		return false;
	}
	if (!choice_find(option, word, &choice, report))
		return false;
	if (*chosen & 1U << choice) {
		report_value(report, "\"%s\": \"%s\" is there twice", option->name, word);
		return false;
	}
	*chosen |= 1U << choice;
	return true;
}

void choices_parse(const struct option *option, const json_t *json, void *member,
                   struct report *report)
{
	const struct place *parent = report->place;
	unsigned chosen = 0;
	bool good = true;

	if (!json_is_array(json)) {
		report_choice_type(report, option, ", in a list", json);
		return;
	}
	if (json_array_size(json) == 0) {
		report_empty(report, option);
		return;
	}
	for (size_t i = 0; i < json_array_size(json); i++) {
		struct place place = { .parent = parent, .ordinal = i };

		report->place = &place;
		good = choose(option, json_array_get(json, i), &chosen, report) && good;
		report->place = parent;
	}
	if (good)
		*(unsigned *)member = chosen;
}

json_t *choices_to_json(const struct option *option, const void *member)
{
	unsigned chosen = *(const unsigned *)member;
	json_t *array cleanup(json_decref) = json_array();

	for (unsigned i = 0; array && option->choices[i]; i++)
		if (chosen & 1U << i &&
		    json_array_append_new(array, json_string(option->choices[i])) < 0)
			return NULL;
	return steal_pointer(array);
}

static void strings_parse(const struct option *option, const json_t *json,
                          struct choice_or_strings *value, struct report *report)
{
	struct string_list strings = { 0 };

	if (json_array_size(json) == 0) {
		report_empty(report, option);
		return;
	}
	string_list_parse(option, json, &strings, report);
	if (strings.n == 0)
		return;
	string_list_clear(&value->strings);
	*value = (struct choice_or_strings){ choices_count(option), strings };
}

void choice_or_strings_parse(const struct option *option, const json_t *json, void *member,
                             struct report *report)
{
	struct choice_or_strings *value = member;
	const char *word = json_string_value(json);

	if (json_is_array(json))
		strings_parse(option, json, value, report);
	else if (!word)
		report_choice_type(report, option, " or a list of strings", json);
	else if (choice_find(option, word, &value->choice, report))
		string_list_clear(&value->strings);
}

bool choice_or_strings_equal(const void *a, const void *b)
{
	const struct choice_or_strings *one = a, *other = b;

	return one->choice == other->choice && string_list_equal(&one->strings, &other->strings);
}

json_t *choice_or_strings_to_json(const struct option *option, const void *member)
{
	const struct choice_or_strings *value = member;

	if (value->choice == choices_count(option))
		return string_list_to_json(option, &value->strings);
	return choice_to_json(option, &value->choice);
}

void choice_or_strings_clear(void *member)
{
	struct choice_or_strings *value = member;

	string_list_clear(&value->strings);
	value->choice = 0;
}
