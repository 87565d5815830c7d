/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Options as tables: the single source for checking a configuration, --print-config, the JSON
 * Schema and the reference. A table describes the members of one plain struct; the struct that an
 * option table describes is filled whole, so the code that uses it reads typed members and knows
 * nothing of JSON.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/reason.h"

enum option_type {
	OPTION_BOOLEAN,  /* bool */
	OPTION_INTEGER,  /* uint64_t, within min and max (at most INT64_MAX) */
	OPTION_DURATION, /* uint64_t microseconds, within min and max; "100ms", "2min" */
	OPTION_CHOICE,   /* unsigned: index into choices */
	OPTION_CHOICES,  /* unsigned: bits 1 << index into choices, at least one; a list */
	OPTION_STRINGS,  /* struct string_list, at most max entries */

	/* struct choice_or_strings: one of choices, or a list of 1 to max strings */
	OPTION_CHOICE_OR_STRINGS,
	/* struct named_lists, at most max strings in all; a later file adds and replaces names */
	OPTION_NAMED_LISTS,
};

struct string_list {
	size_t n;
	char **values;
};

struct choice_or_strings {
	unsigned choice;            /* index into choices; as many as there are: the strings */
	struct string_list strings; /* empty for a choice */
};

/* {"NAME": ["…", …], …}, in the order of the text. */
struct named_list {
	char *name; /* 1 to 64 bytes, the first of which is no parenthesis: "(other)" is ours */
	struct string_list strings;
};

struct named_lists {
	size_t n;
	struct named_list *lists;
};

struct option {
	const char *name; /* key in the section's object */
	const char *help; /* one or two sentences, full stop */
	enum option_type type;
	size_t offset; /* of the member in the section's struct */

	/* The default, as JSON: "true", "65536", "\"60s\"", "[\"a\", \"b\"]". */
	const char *fallback;

	uint64_t min, max; /* integers, durations (microseconds); max = most entries of lists */
	const char *const *choices; /* CHOICE, CHOICES and CHOICE_OR_STRINGS: ended by NULL */

	/*
	 * Deeper syntax of one string of a list, or NULL: 0, or −EINVAL with the reason filled,
	 * which need not name the option or the string: the fault does.
	 */
	int (*check)(const char *value, struct reason *reason);
};

#define OPTION_END           \
	{                    \
		.name = NULL \
	}
