/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config/quote.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/cleanup.h"

static void escapes(void **state)
{
	static const struct {
		const char *string, *quoted, *harmless;
	} cases[] = {
		{ "", "\"\"", "" },
		{ "plain ~", "\"plain ~\"", "plain ~" },
		{ "a\"b\\c", "\"a\\\"b\\\\c\"", "a\"b\\c" },
		{ "\x01\n\x1b[0m\x7f", "\"\\u0001\\u000a\\u001b[0m\\u007f\"", "???[0m?" },
		{ "\u00e4\u20ac\U0001f600", "\"\u00e4\u20ac\U0001f600\"",
		  "\u00e4\u20ac\U0001f600" },
		{ "\xc2\x9b"
		  "1m",
		  "\"\\u009b1m\"", "??1m" },
		{ "\u202e\u2066\ufeff\u200b", "\"\\u202e\\u2066\\ufeff\\u200b\"", "????????????" },
		{ "\U000e0041", "\"?\"", "????" },
		{ "\x80", "\"?\"", "?" },
		{ "a\xff"
		  "b",
		  "\"a?b\"", "a?b" },
		{ "\xc0\xaf", "\"??\"", "??" },
		{ "\xe0\x9f\xbf", "\"???\"", "???" },
		{ "\xed\xa0\x80", "\"???\"", "???" },
		{ "\xf0\x8f\xbf\xbf", "\"????\"", "????" },
		{ "\xf4\x90\x80\x80", "\"????\"", "????" },
		{ "\xf5\x80", "\"??\"", "??" },
		{ "\xf9\x80\x80\x80", "\"????\"", "????" },
		{ "\xf4\x8f\xbf", "\"???\"", "???" },
		{ "\xe2\x82"
		  "x",
		  "\"??x\"", "??x" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char text[64];

		assert_string_equal(quote(cases[i].string).text, cases[i].quoted);
		(void)snprintf(text, sizeof(text), "%s", cases[i].string);
		quote_harmless(text);
		assert_string_equal(text, cases[i].harmless);
	}
}

static void cut(void **state)
{
	char string[QUOTE_CHARACTERS + 2], expected[QUOTE_CHARACTERS * 6 + 6] = "\"";

	(void)state;
	memset(string, '\x1b', sizeof(string));
	for (size_t i = 0; i < QUOTE_CHARACTERS; i++)
		strcat(expected, "\\u001b");

	string[QUOTE_CHARACTERS + 1] = '\0';
	strcat(expected, "\u2026\"");
	assert_string_equal(quote(string).text, expected);

	string[QUOTE_CHARACTERS] = '\0';
	strcpy(expected + strlen(expected) - strlen("\u2026\""), "\"");
	assert_string_equal(quote(string).text, expected);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(escapes),
		cmocka_unit_test(cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
