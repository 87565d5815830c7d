/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/clock.h"
#include "daemon/pace.h"

#define NOW (1000 * USEC_PER_SEC)

static struct pace started(double phase)
{
	struct pace pace = { 0 };

	pace_start(&pace, USEC_PER_SEC, phase, NOW);
	pace_set_budget(&pace, 1);
	return pace;
}

static void test_first_tick_is_at_once(void **state)
{
	struct pace pace = started(0.5);

	(void)state;
	assert_int_equal(pace.next_usec, NOW);
	pace_next(&pace, NOW + 1000);
	assert_int_equal(pace.next_usec, NOW + USEC_PER_SEC / 2);
	pace_next(&pace, NOW + USEC_PER_SEC / 2 + 1000);
	assert_int_equal(pace.next_usec, NOW + USEC_PER_SEC * 3 / 2);
	assert_int_equal(pace.n_missed_ticks, 0);
}

static void test_ticks_do_not_drift(void **state)
{
	struct pace pace = started(0);

	(void)state;
	for (uint64_t i = 1; i <= 1000; i++) {
		pace_next(&pace, pace.next_usec + 777); /* always late by as much */
		assert_int_equal(pace.next_usec, NOW + i * USEC_PER_SEC);
	}
	assert_int_equal(pace.n_missed_ticks, 0);
}

static void test_missed_ticks_are_counted(void **state)
{
	struct pace pace = started(0);

	(void)state;
	pace_next(&pace, NOW + 3 * USEC_PER_SEC + 1); /* over the ticks 1, 2 and 3 */
	assert_int_equal(pace.next_usec, NOW + 4 * USEC_PER_SEC);
	assert_int_equal(pace.n_missed_ticks, 3);
	pace_next(&pace, NOW + 4 * USEC_PER_SEC + 1);
	assert_int_equal(pace.n_missed_ticks, 3);
}

static void test_interval_keeps_to_the_budget(void **state)
{
	struct pace pace = started(0);

	(void)state;
	pace_spent(&pace, 10000000); /* 10 ms of 1 s: just the 1 % */
	pace_next(&pace, NOW + 1);
	assert_int_equal(pace.interval_usec, USEC_PER_SEC);

	pace = started(0);
	pace_spent(&pace, 25000000);
	pace_next(&pace, NOW + 1);
	assert_int_equal(pace.interval_usec, 3 * USEC_PER_SEC);
	assert_int_equal(pace.next_usec, NOW + 3 * USEC_PER_SEC);

	for (int i = 0; i < 100; i++) /* cheap again, after a while */
		pace_spent(&pace, 1000000);
	pace_next(&pace, NOW + 3 * USEC_PER_SEC + 1);
	assert_int_equal(pace.interval_usec, USEC_PER_SEC);
	assert_int_equal(pace.n_missed_ticks, 0);
}

static void test_stopped_clock_has_no_tick(void **state)
{
	struct pace pace = started(0);

	(void)state;
	pace_stop(&pace);
	assert_true(pace.next_usec == UINT64_MAX);
	pace_start(&pace, USEC_PER_SEC, 0, NOW + 5);
	assert_int_equal(pace.next_usec, NOW + 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_tick_is_at_once),
		cmocka_unit_test(test_ticks_do_not_drift),
		cmocka_unit_test(test_missed_ticks_are_counted),
		cmocka_unit_test(test_interval_keeps_to_the_budget),
		cmocka_unit_test(test_stopped_clock_has_no_tick),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
