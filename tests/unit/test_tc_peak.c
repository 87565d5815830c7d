/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "collectors/qdisc/tc_peak.h"

/* Seven whole slots make up the window, whatever part of the newest one is over. */
static void test_slots_make_up_the_window(void **state)
{
	(void)state;
	for (uint64_t window = 1; window < 1000; window++)
		assert_true(7 * tc_peak_slot_usec(window) >= window);
	assert_int_equal(tc_peak_slot_usec(7000), 1000);
}

/* A value counts in its slot and the seven after it, wherever the clock stands. */
static void test_value_lasts_for_eight_slots(void **state)
{
	static const uint32_t starts[] = { 0, 1, 7, 8, 1000, UINT32_MAX - 3, UINT32_MAX };

	(void)state;
	for (unsigned i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		for (uint32_t step = 1; step <= 12; step++) {
			struct tc_peak peak = { 0 };
			uint32_t passed = 0;

			assert_int_equal(tc_peak_add(&peak, starts[i], 9), 9);
			assert_int_equal(tc_peak_add(&peak, starts[i], 4), 9);
			for (passed = step; passed < 30; passed += step)
				assert_int_equal(tc_peak_add(&peak, starts[i] + passed, 1),
				                 passed < 8 ? 9 : 1);
		}
	}
}

static void test_largest_of_many(void **state)
{
	struct tc_peak peak = { 0 };

	(void)state;
	for (uint32_t slot = 0; slot < 100; slot++)
		assert_int_equal(tc_peak_add(&peak, slot, 1000 - slot),
		                 1000 - (slot < 7 ? 0 : slot - 7));
	assert_int_equal(tc_peak_add(&peak, 100, UINT32_MAX), UINT32_MAX);
	/* A clock that jumps back begins anew. */
	assert_int_equal(tc_peak_add(&peak, 50, 3), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_slots_make_up_the_window),
		cmocka_unit_test(test_value_lasts_for_eight_slots),
		cmocka_unit_test(test_largest_of_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
