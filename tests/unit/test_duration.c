/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config/duration.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "daemon/cleanup.h"

struct duration_case {
	const char *text;
	uint64_t usec;
};

static void units(void **state)
{
	static const struct duration_case cases[] = {
		{ "0us", 0 },
		{ "1us", 1 },
		{ "1ms", 1000 },
		{ "100ms", 100000 },
		{ "5s", 5000000 },
		{ "2min", 120000000 },
		{ "1h", UINT64_C(3600000000) },
		{ "007s", 7000000 },
		{ "18446744073709551615us", UINT64_MAX },
		{ "5124095576h", UINT64_C(5124095576) * 3600000000 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint64_t usec = 1;

		assert_int_equal(duration_parse(cases[i].text, &usec), 0);
		assert_int_equal(usec, cases[i].usec);
	}
}

static void no_durations(void **state)
{
	static const char *const texts[] = {
		"",   "5",    "s",  "5 s",    " 5s",  "5s ",   "-5s",  "+5s",     "1.5s",
		"5S", "5sec", "5m", "5min5s", "0x5s", "5e3us", "5,0s", "\u0665s", "5ms\n"
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		uint64_t usec = 77;

		assert_int_equal(duration_parse(texts[i], &usec), -EINVAL);
		assert_int_equal(usec, 77);
	}
}

static void too_long(void **state)
{
	static const char *const texts[] = { "18446744073709551616us", "18446744073709551620us",
		                             "99999999999999999999999999us", "18446744073709552ms",
		                             "5124095577h" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		uint64_t usec = 77;

		assert_int_equal(duration_parse(texts[i], &usec), -ERANGE);
		assert_int_equal(usec, 77);
	}
}

static void largest_exact_unit(void **state)
{
	static const struct duration_case cases[] = {
		{ "0s", 0 },
		{ "1us", 1 },
		{ "999us", 999 },
		{ "1ms", 1000 },
		{ "1001us", 1001 },
		{ "1500ms", 1500000 },
		{ "90s", 90000000 },
		{ "1min", 60000000 },
		{ "61min", UINT64_C(3660000000) },
		{ "24h", UINT64_C(86400000000) },
		{ "18446744073709551615us", UINT64_MAX },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint64_t usec = 1;

		assert_string_equal(duration_format(cases[i].usec).text, cases[i].text);
		assert_int_equal(duration_parse(cases[i].text, &usec), 0);
		assert_int_equal(usec, cases[i].usec);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(units),
		cmocka_unit_test(no_durations),
		cmocka_unit_test(too_long),
		cmocka_unit_test(largest_exact_unit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
