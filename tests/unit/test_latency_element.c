/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Buckets against exact arithmetic, and histograms that are written while they are read. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collectors/latency/latency_element.h"
#include "tests/unit/random.h"

static const struct latency_scale scale = LATENCY_SCALE;

/* Whether nsec is at most 2^exponent seconds, in whole numbers: no fraction makes a difference. */
static bool is_within(uint64_t nsec, int exponent)
{
	const uint64_t second = 1000000000;

	return nsec <= (exponent >= 0 ? second << exponent : second >> -exponent);
}

static unsigned exact_bucket(uint64_t nsec)
{
	unsigned bucket = 0;

	while (bucket < LATENCY_BOUNDS && !is_within(nsec, LATENCY_FIRST_EXPONENT + (int)bucket))
		bucket++;
	return bucket;
}

static void assert_bucket(uint64_t nsec)
{
	assert_int_equal(latency_bucket(nsec, &scale), exact_bucket(nsec));
}

static void test_bounds_are_the_whole_nanoseconds_in_powers_of_two(void **state)
{
	(void)state;
	for (int i = 0; i < LATENCY_BOUNDS; i++) {
		assert_true(is_within(scale.bounds[i], LATENCY_FIRST_EXPONENT + i));
		assert_false(is_within(scale.bounds[i] + 1, LATENCY_FIRST_EXPONENT + i));
	}
}

static void test_every_edge_is_exact(void **state)
{
	(void)state;
	for (size_t i = 0; i < LATENCY_BOUNDS; i++)
		for (int64_t off = -1; off <= 1; off++)
			assert_bucket(scale.bounds[i] + (uint64_t)off);
	for (unsigned bit = 0; bit < 64; bit++)
		for (int64_t off = -1; off <= 1; off++)
			assert_bucket((UINT64_C(1) << bit) + (uint64_t)off);
	assert_bucket(0);
	assert_bucket(UINT64_MAX);
}

static void test_what_lies_between_is_exact(void **state)
{
	(void)state;
	for (int i = 0; i < 200000; i++) {
		uint64_t random = random_next();

		assert_bucket(random >> (random % 63));
	}
}

/* Elements that change from one reading to the next. */
struct script {
	struct latency_element readings[4][2];
	size_t n, n_read;
	int error;
};

static int read_script(void *context, const struct latency_element **ret_elements,
                       size_t *ret_n_cpus)
{
	struct script *script = context;
	size_t i = script->n_read < script->n ? script->n_read : script->n - 1;

	script->n_read++;
	*ret_elements = script->readings[i];
	*ret_n_cpus = 2;
	return script->error;
}

static void set(struct latency_element *element, uint64_t n, uint64_t each, bool whole)
{
	*element = (struct latency_element){ .n = n, .sum_nsec = n * each };
	element->buckets[3] = n - 1;
	element->buckets[4] = whole ? 1 : 2;
}

static void test_cpus_are_added_up(void **state)
{
	struct latency_sums sums = { .sum_nsec = 1 };
	struct script script = { .n = 1 };

	(void)state;
	set(&script.readings[0][0], 2, 100, true);
	set(&script.readings[0][1], 5, 10, true);
	assert_int_equal(latency_element_add(read_script, &script, &sums), 0);
	assert_int_equal(sums.sum_nsec, 251);
	assert_int_equal(sums.buckets[3], 5);
	assert_int_equal(script.n_read, 1);
}

static void test_what_is_being_written_is_read_again(void **state)
{
	struct latency_sums sums = { 0 };
	struct script script = { .n = 3 };

	(void)state;
	set(&script.readings[0][0], 2, 100, false);
	set(&script.readings[0][1], 5, 10, true);
	set(&script.readings[1][0], 3, 100, true);
	set(&script.readings[1][1], 6, 10, false);
	/* The first CPU's has been added by now: what it has got since then is not. */
	set(&script.readings[2][0], 9, 100, false);
	set(&script.readings[2][1], 7, 10, true);
	assert_int_equal(latency_element_add(read_script, &script, &sums), 0);
	assert_int_equal(script.n_read, 3);
	assert_int_equal(sums.buckets[3], 8);
	assert_int_equal(sums.sum_nsec, 370);
}

static void test_what_is_always_being_written_is_given_up(void **state)
{
	struct latency_sums sums = { 0 };
	struct script script = { .n = 1 };

	(void)state;
	set(&script.readings[0][0], 2, 100, false);
	assert_int_equal(latency_element_add(read_script, &script, &sums), -EAGAIN);
	assert_true(script.n_read > 10);
}

static void test_failures_are_passed_on(void **state)
{
	struct latency_sums sums = { 0 };
	struct script script = { .n = 1, .error = -EBADF };

	(void)state;
	assert_int_equal(latency_element_add(read_script, &script, &sums), -EBADF);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bounds_are_the_whole_nanoseconds_in_powers_of_two),
		cmocka_unit_test(test_every_edge_is_exact),
		cmocka_unit_test(test_what_lies_between_is_exact),
		cmocka_unit_test(test_cpus_are_added_up),
		cmocka_unit_test(test_what_is_being_written_is_read_again),
		cmocka_unit_test(test_what_is_always_being_written_is_given_up),
		cmocka_unit_test(test_failures_are_passed_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
