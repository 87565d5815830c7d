/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/histogram.h"

/* The bucket that a value belongs in, found the slow way. */
static size_t bucket_of(const struct histogram_bounds *bounds, uint64_t value)
{
	size_t bucket = 0;

	while (bucket < bounds->n && value > bounds->upper[bucket])
		bucket++;
	return bucket;
}

/* Every number of bounds, and every value on, just below and just above every edge. */
static void test_edges_are_inclusive(void **state)
{
	uint64_t upper[12];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(upper); i++)
		upper[i] = i * 10;
	for (size_t n = 0; n <= ARRAY_SIZE(upper); n++) {
		struct histogram_bounds bounds = { .n = n, .upper = upper };

		for (uint64_t value = 0; value < 130; value++) {
			struct histogram *histogram cleanup(histogram_free) =
				histogram_new(&bounds);

			assert_non_null(histogram);
			histogram_observe(histogram, value);
			assert_int_equal(histogram->counts[bucket_of(&bounds, value)], 1);
			assert_int_equal(histogram->sum, value);
		}
	}
}

static void test_largest_value_is_in_the_last_bucket(void **state)
{
	static const uint64_t upper[] = { 0, 1024, UINT64_MAX - 1 };
	static const struct histogram_bounds bounds = { .n = ARRAY_SIZE(upper), .upper = upper };
	struct histogram *histogram cleanup(histogram_free) = histogram_new(&bounds);

	(void)state;
	histogram_observe(histogram, UINT64_MAX);
	histogram_observe(histogram, 0);
	assert_int_equal(histogram->counts[0], 1);
	assert_int_equal(histogram->counts[3], 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_edges_are_inclusive),
		cmocka_unit_test(test_largest_value_is_in_the_last_bucket),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
