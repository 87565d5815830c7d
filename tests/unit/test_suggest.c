/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config/suggest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/cleanup.h"

static struct suggestion_text suggest(const char *word, const char *const *names)
{
	struct suggestion suggestion = { .word = word };

	for (size_t i = 0; names[i]; i++)
		suggestion_offer(&suggestion, names[i], strlen(names[i]));
	return suggestion_text(&suggestion);
}

static void likeness(void **state)
{
	static const char *const names[] = {
		"interval", "enabled", "max_groups", "nic", "x", NULL
	};
	static const struct {
		const char *word, *name; /* NULL: nothing is like it */
	} cases[] = {
		{ "interva", "interval" },
		{ "intervall", "interval" },
		{ "intreval", "interval" },
		{ "imterval", "interval" },
		{ "INTERVAL", "interval" },
		{ "int", NULL },
		{ "enabeld", "enabled" },
		{ "nabled", "enabled" },
		{ "eanbeld", "enabled" },
		{ "disabled", NULL },
		{ "maxgroups", "max_groups" },
		{ "MAX-GROUPS", "max_groups" },
		{ "groups", NULL },
		{ "nics", "nic" },
		{ "ni", "nic" },
		{ "cin", NULL },
		{ "", NULL },
		{ "y", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char expected[64] = "";

		if (cases[i].name)
			(void)snprintf(expected, sizeof(expected), ", did you mean \"%s\"?",
			               cases[i].name);
		assert_string_equal(suggest(cases[i].word, names).text, expected);
	}
}

static void best_then_first(void **state)
{
	static const char *const names[] = { "limes", "limits", "limiti", NULL };

	(void)state;
	assert_string_equal(suggest("limit", names).text, ", did you mean \"limits\"?");
}

static void parts_of_names(void **state)
{
	struct suggestion suggestion = { .word = "colectors" };

	(void)state;
	suggestion_offer(&suggestion, "collectors.socket", strlen("collectors"));
	assert_string_equal(suggestion_text(&suggestion).text, ", did you mean \"collectors\"?");
}

static void long_words_are_like_nothing(void **state)
{
	char word[66], name[66];
	const char *names[] = { name, NULL };

	(void)state;
	memset(word, 'a', sizeof(word));
	memset(name, 'a', sizeof(name));
	word[65] = name[65] = '\0';
	assert_string_equal(suggest(word, names).text, "");
	word[64] = '\0';
	name[64] = '\0';
	assert_string_not_equal(suggest(word, names).text, "");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(likeness),
		cmocka_unit_test(best_then_first),
		cmocka_unit_test(parts_of_names),
		cmocka_unit_test(long_words_are_like_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
