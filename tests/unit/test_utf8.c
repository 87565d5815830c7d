/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/cleanup.h"
#include "daemon/utf8.h"

#define FFFD "\xef\xbf\xbd"

static void test_valid_strings_pass(void **state)
{
	static const char *const valid[] = {
		"",
		"eth0",
		"exactly8",
		"nine_char",
		"größe",
		"\xe2\x82\xac",
		"\xf0\x9f\x90\xa7",
		"\xed\x9f\xbf",
		"\xee\x80\x80",
		"\xf4\x8f\xbf\xbf",
		"a\"b\\c\nd",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(valid); i++)
		assert_true(utf8_is_valid(valid[i], strlen(valid[i])));
}

static void test_invalid_bytes_are_replaced(void **state)
{
	static const struct {
		const char *bytes;
		const char *repaired;
	} cases[] = {
		{ "\xff", FFFD "ff" },
		{ "long ascii \x80 then more", "long ascii " FFFD "80 then more" },
		{ "\xc0\xaf", FFFD "c0" FFFD "af" },                             /* overlong '/' */
		{ "\xe0\x9f\xbf", FFFD "e0" FFFD "9f" FFFD "bf" },               /* overlong */
		{ "\xed\xa0\x80", FFFD "ed" FFFD "a0" FFFD "80" },               /* surrogate */
		{ "\xf4\x90\x80\x80", FFFD "f4" FFFD "90" FFFD "80" FFFD "80" }, /* too high */
		{ "\xe2\x82", FFFD "e2" FFFD "82" },                             /* cut short */
		{ "\xe2\x82\xac\x80x", "\xe2\x82\xac" FFFD "80x" },
		{ FFFD "ff", FFFD "ef" FFFD "bf" FFFD "bdff" }, /* what a repair looks like */
	};
	char repaired[128];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		size_t length = strlen(cases[i].bytes);
		size_t n = utf8_repair(cases[i].bytes, length, repaired);

		assert_false(utf8_is_valid(cases[i].bytes, length));
		assert_int_equal(n, strlen(cases[i].repaired));
		assert_memory_equal(repaired, cases[i].repaired, n);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_valid_strings_pass),
		cmocka_unit_test(test_invalid_bytes_are_replaced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
