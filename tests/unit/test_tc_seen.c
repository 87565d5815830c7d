/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "collectors/qdisc/tc_seen.h"

static bool add(struct tc_seen *seen, int device_index, uint32_t handle, uint32_t parent)
{
	bool new = false;

	assert_int_equal(tc_seen_add(seen, device_index, handle, parent, &new), 0);
	return new;
}

static void test_every_part_of_the_key_counts(void **state)
{
	struct tc_seen seen = { 0 };

	(void)state;
	tc_seen_begin(&seen);
	assert_true(add(&seen, 1, 2, 3));
	assert_true(add(&seen, 2, 2, 3));
	assert_true(add(&seen, 1, 3, 3));
	assert_true(add(&seen, 1, 2, 4));
	assert_true(add(&seen, 0, 0, 0));
	assert_false(add(&seen, 1, 2, 3));
	assert_false(add(&seen, 0, 0, 0));
	tc_seen_clear(&seen);
}

/* Growing loses nothing, and a new round knows nothing of the one before. */
static void test_many_over_rounds(void **state)
{
	struct tc_seen seen = { 0 };

	(void)state;
	for (uint32_t round = 0; round < 5; round++) {
		const uint32_t n = 20000 >> round;

		tc_seen_begin(&seen);
		for (uint32_t i = 0; i < n; i++)
			assert_true(add(&seen, (int)(i % 100), i << 16, i / 7));
		for (uint32_t i = 0; i < n; i++)
			assert_false(add(&seen, (int)(i % 100), i << 16, i / 7));
	}
	tc_seen_clear(&seen);
}

static void test_rounds_wrap(void **state)
{
	struct tc_seen seen = { 0 };

	(void)state;
	tc_seen_begin(&seen);
	assert_true(add(&seen, 1, 2, 3));
	seen.round = UINT32_MAX;
	tc_seen_begin(&seen);
	assert_true(add(&seen, 1, 2, 3));
	assert_false(add(&seen, 1, 2, 3));
	tc_seen_clear(&seen);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_part_of_the_key_counts),
		cmocka_unit_test(test_many_over_rounds),
		cmocka_unit_test(test_rounds_wrap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
