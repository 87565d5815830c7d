/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/cleanup.h"
#include "daemon/number.h"

static const char *terminated(size_t n, char *text)
{
	text[n] = '\0';
	return text;
}

static void test_counts_are_exact(void **state)
{
	char text[NUMBER_MAX + 1];

	(void)state;
	assert_string_equal(terminated(number_write_count(0, text), text), "0");
	assert_string_equal(terminated(number_write_count(7, text), text), "7");
	assert_string_equal(terminated(number_write_count(10, text), text), "10");
	assert_string_equal(terminated(number_write_count(12345, text), text), "12345");
	/* A double would make 9007199254740992 of it. */
	assert_string_equal(terminated(number_write_count(UINT64_C(9007199254740993), text), text),
	                    "9007199254740993");
	assert_string_equal(terminated(number_write_count(UINT64_MAX, text), text),
	                    "18446744073709551615");
}

static void test_nanoseconds_are_exact_seconds(void **state)
{
	char text[NUMBER_MAX + 1];

	(void)state;
	assert_string_equal(terminated(number_write_nsec(0, text), text), "0");
	assert_string_equal(terminated(number_write_nsec(1, text), text), "0.000000001");
	assert_string_equal(terminated(number_write_nsec(1500000000, text), text), "1.5");
	assert_string_equal(terminated(number_write_nsec(2000000000, text), text), "2");
	assert_string_equal(terminated(number_write_nsec(UINT64_MAX, text), text),
	                    "18446744073.709551615");
}

static void test_doubles_are_shortest(void **state)
{
	static const struct {
		double value;
		const char *text;
	} cases[] = {
		{ 0, "0" },
		{ -0.0, "0" },
		{ 1, "1" },
		{ -1.5, "-1.5" },
		{ 0.1, "0.1" },
		{ 0.1 + 0.2, "0.30000000000000004" },
		{ 1e6, "1000000" },
		{ 1048576, "1048576" },
		{ 1e20, "100000000000000000000" },
		{ 1e21, "1e+21" },
		{ 0.0001, "0.0001" },
		{ 0.00001, "1e-05" },
		{ 1.7976931348623157e308, "1.7976931348623157e+308" },
		{ 5e-324, "5e-324" },
		{ INFINITY, "+Inf" },
		{ -INFINITY, "-Inf" },
		{ NAN, "NaN" },
	};
	char text[NUMBER_MAX + 1];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_string_equal(terminated(number_write_double(cases[i].value, text), text),
		                    cases[i].text);
}

static void test_doubles_read_back(void **state)
{
	char text[NUMBER_MAX + 1];
	uint64_t bits = 88172645463325252U;

	(void)state;
	for (int i = 0; i < 100000; i++) {
		double value;

		bits ^= bits << 13;
		bits ^= bits >> 7;
		bits ^= bits << 17;
		memcpy(&value, &bits, sizeof(value));
		if (!isfinite(value))
			continue;
		assert_true(strtod(terminated(number_write_double(value, text), text), NULL) ==
		            value);
	}
}

static void test_bounds_are_canonical(void **state)
{
	char text[NUMBER_MAX + 1];

	(void)state;
	assert_string_equal(terminated(number_write_bound(0, text), text), "0.0");
	assert_string_equal(terminated(number_write_bound(1, text), text), "1.0");
	assert_string_equal(terminated(number_write_bound(262144, text), text), "262144.0");
	assert_string_equal(terminated(number_write_bound(1048576, text), text), "1.048576e+06");
	assert_string_equal(terminated(number_write_bound(0.005, text), text), "0.005");
	assert_string_equal(terminated(number_write_bound(1e10, text), text), "1e+10");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts_are_exact),
		cmocka_unit_test(test_nanoseconds_are_exact_seconds),
		cmocka_unit_test(test_doubles_are_shortest),
		cmocka_unit_test(test_doubles_read_back),
		cmocka_unit_test(test_bounds_are_canonical),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
