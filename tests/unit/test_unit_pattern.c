/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "collectors/unit_pattern.h"
#include "daemon/cleanup.h"

#define HEX_32 "0123456789abcdef0123456789abcdef"

/* What is marked; NULL: the pattern does not match. */
static void test_patterns(void **state)
{
	static const struct {
		const char *pattern, *text, *marked;
	} samples[] = {
		{ "", "", "" },
		{ "", "a", NULL },
		{ "abc", "abc", "" },
		{ "abc", "ab", NULL },
		{ "abc", "abcd", NULL },
		{ "(abc)", "abc", "abc" },
		{ "a(#)", "a12", "12" },
		{ "a(#)", "a", NULL },
		{ "a(#)b", "a12b", "12" },
		{ "a(#)b", "a12c", NULL },
		{ "(*)", "", NULL },
		{ "(*)", "a", "a" },
		{ "(*)", "abc", "abc" },
		{ "*-(*)", "a-b-c", "b-c" },
		{ "*-(+)", "a-b-c", "c" },
		{ "*-(+)", "a-b-", NULL },
		{ "*-(+)-*", "a-b-c", "b" },
		{ "(*)-#", "a-b-1", "a-b" },
		{ "(*)-#", "a-1-1-", NULL },
		{ "*-*-(*)", "a-b", NULL },
		{ "(%)", HEX_32, HEX_32 },
		{ "(%)", HEX_32 "0", NULL },
		{ "(%)g", HEX_32 "g", HEX_32 },
		{ "($)", HEX_32, NULL },
		{ "($)", HEX_32 HEX_32, HEX_32 HEX_32 },
		{ "*($)", "A" HEX_32 HEX_32, HEX_32 HEX_32 },
		{ "(&)", HEX_32, HEX_32 },
		{ "(&)", "12345678-9abc-def0-1234-56789abcdef0",
		  "12345678-9abc-def0-1234-56789abcdef0" },
		{ "(&)", "12345678_9abc_def0_1234_56789abcdef0",
		  "12345678_9abc_def0_1234_56789abcdef0" },
		{ "(&)", "12345678-9abc-def0-1234-56789abcdefg", NULL },
		{ "(&)", "12345678-9abc-def0-1234-56789abcdef", NULL },
		{ "(&)x", "12345678-9abc-def0-1234-56789abcdef0", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		struct unit_mark mark = { 77, 77 };
		bool matches = unit_pattern_match(samples[i].pattern, samples[i].text,
		                                  strlen(samples[i].text), &mark);

		assert_int_equal(matches, samples[i].marked != NULL);
		if (!samples[i].marked) {
			assert_int_equal(mark.start, 77);
			continue;
		}
		assert_int_equal(mark.end - mark.start, strlen(samples[i].marked));
		assert_memory_equal(samples[i].text + mark.start, samples[i].marked,
		                    mark.end - mark.start);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_patterns) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
