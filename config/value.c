/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A type of option is four functions: a table at the end names them. parse finds a member that it
 * may replace; what it refuses it reports, and leaves the member alone.
 */
#include "config/value.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "config/choice.h"
#include "config/duration.h"
#include "config/json.h"
#include "config/named_lists.h"
#include "config/quote.h"
#include "config/string_list.h"

struct value_type {
	void (*parse)(const struct option *option, const json_t *json, void *member,
	              struct report *report);
	bool (*equal)(const void *a, const void *b);
	json_t *(*to_json)(const struct option *option, const void *member);
	void (*clear)(void *member); /* or NULL */
};

static void *member_of(const struct option *option, void *section)
{
	return (char *)section + option->offset;
}

static const void *const_member_of(const struct option *option, const void *section)
{
	return (const char *)section + option->offset;
}

static void boolean_parse(const struct option *option, const json_t *json, void *member,
                          struct report *report)
{
	bool *value = member;

	if (json_is_boolean(json))
		*value = json_is_true(json);
	else
		report_type(report, option->name, "true or false", json);
}

static bool boolean_equal(const void *a, const void *b)
{
	return *(const bool *)a == *(const bool *)b;
}

static json_t *boolean_to_json(const struct option *option, const void *member)
{
	(void)option;
	return json_boolean(*(const bool *)member);
}

static void integer_parse(const struct option *option, const json_t *json, void *member,
                          struct report *report)
{
	json_int_t value = json_integer_value(json);
	uint64_t *integer = member;

	if (json_is_real(json))
		report_value(report, "\"%s\": expected a whole number, got one with a %s",
		             option->name, "fraction or exponent");
	else if (!json_is_integer(json))
		report_type(report, option->name, "a whole number", json);
	else if (value < 0 || (uint64_t)value < option->min || (uint64_t)value > option->max)
		report_value(report,
		             "\"%s\": %" JSON_INTEGER_FORMAT " is outside %" PRIu64 "..%" PRIu64,
		             option->name, value, option->min, option->max);
	else
		*integer = (uint64_t)value;
}

static bool integer_equal(const void *a, const void *b)
{
	return *(const uint64_t *)a == *(const uint64_t *)b;
}

static json_t *integer_to_json(const struct option *option, const void *member)
{
	const uint64_t *value = member;

	(void)option;
	return json_integer((json_int_t)*value);
}

static void duration_value_parse(const struct option *option, const json_t *json, void *member,
                                 struct report *report)
{
	const char *text = json_string_value(json);
	uint64_t *usec = member;
	uint64_t value = 0;
	int r;

	if (!text) {
		report_type(report, option->name, "a duration such as \"100ms\" or \"5s\"", json);
		return;
	}
	r = duration_parse(text, &value);
	if (r == -EINVAL)
		report_value(report,
		             "\"%s\": %s is no duration: a whole number with us, ms, s, min or h",
		             option->name, quote(text).text);
	else if (r < 0 || value < option->min || value > option->max)
		report_value(report, "\"%s\": %s is outside %s..%s", option->name, quote(text).text,
		             duration_format(option->min).text, duration_format(option->max).text);
	else
		*usec = value;
}

static json_t *duration_to_json(const struct option *option, const void *member)
{
	(void)option;
	return json_string(duration_format(*(const uint64_t *)member).text);
}

static const struct value_type value_types[] = {
	[OPTION_BOOLEAN] = { boolean_parse, boolean_equal, boolean_to_json, NULL },
	[OPTION_INTEGER] = { integer_parse, integer_equal, integer_to_json, NULL },
	[OPTION_DURATION] = { duration_value_parse, integer_equal, duration_to_json, NULL },
	[OPTION_CHOICE] = { choice_parse, choice_equal, choice_to_json, NULL },
	[OPTION_CHOICES] = { choices_parse, choice_equal, choices_to_json, NULL },
	[OPTION_STRINGS] = { string_list_parse, string_list_equal, string_list_to_json,
	                     string_list_clear },
	[OPTION_CHOICE_OR_STRINGS] = { choice_or_strings_parse, choice_or_strings_equal,
	                               choice_or_strings_to_json, choice_or_strings_clear },
	[OPTION_NAMED_LISTS] = { named_lists_parse, named_lists_equal, named_lists_to_json,
	                         named_lists_clear },
};

void value_parse(const struct option *option, const json_t *json, void *section,
                 struct report *report)
{
	value_types[option->type].parse(option, json, member_of(option, section), report);
}

json_t *value_fallback_to_json(const struct option *option)
{
	json_t *json = NULL;
	json_error_t error;
	int r = json_read(option->fallback, strlen(option->fallback), &error, &json);

	assert(r != -EINVAL);
	return r < 0 ? NULL : json;
}

int value_set_fallback(const struct option *option, void *section)
{
	json_t *json cleanup(json_decref) = value_fallback_to_json(option);
	struct configuration_faults faults = { 0 };
	struct report report = { .faults = &faults };

	if (!json)
		return -ENOMEM;
	value_parse(option, json, section, &report);
	assert(faults.n == 0);
	configuration_faults_clear(&faults);
	return report.error;
}

bool value_equal(const struct option *option, const void *a, const void *b)
{
	return value_types[option->type].equal(const_member_of(option, a),
	                                       const_member_of(option, b));
}

void value_clear(const struct option *option, void *section)
{
	if (value_types[option->type].clear)
		value_types[option->type].clear(member_of(option, section));
}

json_t *value_to_json(const struct option *option, const void *section)
{
	return value_types[option->type].to_json(option, const_member_of(option, section));
}
