/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bursts by a clock of the test's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "collectors/latency/latency_plan.h"

#define MSEC  UINT64_C(1000)
#define SEC   (1000 * MSEC)
#define START (86400 * SEC)

static struct latency_plan new_plan(uint64_t burst_usec, uint64_t every_usec, uint64_t drain_usec)
{
	struct latency_plan plan = { .burst_usec = burst_usec,
		                     .every_usec = every_usec,
		                     .drain_usec = drain_usec };

	latency_plan_start(&plan, START);
	return plan;
}

static void test_bursts_come_in_their_time(void **state)
{
	struct latency_plan plan = new_plan(100 * MSEC, 10 * SEC, SEC);
	uint64_t begun = START + 20 * MSEC; /* attaching takes that long */

	(void)state;
	for (uint64_t i = 0; i < 5; i++) {
		assert_int_equal(plan.phase, LATENCY_IDLE);
		assert_true(latency_plan_is_due(&plan, begun));
		latency_plan_begun(&plan, begun);
		assert_int_equal(plan.phase, LATENCY_SAMPLING);
		assert_false(latency_plan_is_due(&plan, begun + 100 * MSEC - 1));
		assert_true(latency_plan_is_due(&plan, begun + 100 * MSEC));
		latency_plan_stopped(&plan, begun + 101 * MSEC);
		assert_int_equal(plan.phase, LATENCY_DRAINING);
		assert_true(latency_plan_is_due(&plan, begun + 101 * MSEC));
		assert_false(latency_plan_waits(&plan, 0, begun + 102 * MSEC));
		latency_plan_ended(&plan, 4000000, 1, begun + 120 * MSEC);
		assert_false(latency_plan_is_due(&plan, begun + 10 * SEC - 1));
		begun += 10 * SEC;
	}
}

static void test_what_has_not_ended_is_waited_for(void **state)
{
	struct latency_plan plan = new_plan(100 * MSEC, 10 * SEC, SEC);
	uint64_t now = START, n_asked = 0;

	(void)state;
	latency_plan_begun(&plan, now);
	latency_plan_stopped(&plan, now);
	while (latency_plan_waits(&plan, 3, now)) {
		assert_int_equal(plan.phase, LATENCY_DRAINING);
		assert_true(plan.next_usec > now && plan.next_usec <= now + 100 * MSEC);
		now = plan.next_usec;
		n_asked++;
	}
	assert_int_equal(now, START + SEC);
	assert_in_range(n_asked, 10, 20);
}

static void test_waiting_ends_with_the_last_one(void **state)
{
	struct latency_plan plan = new_plan(100 * MSEC, 10 * SEC, SEC);

	(void)state;
	latency_plan_begun(&plan, START);
	latency_plan_stopped(&plan, START);
	assert_true(latency_plan_waits(&plan, 1, START));
	assert_int_equal(plan.next_usec, START + MSEC);
	assert_false(latency_plan_waits(&plan, 0, START + MSEC));
}

static void test_nothing_is_waited_for_without_time(void **state)
{
	struct latency_plan plan = new_plan(100 * MSEC, 10 * SEC, 0);

	(void)state;
	latency_plan_begun(&plan, START);
	latency_plan_stopped(&plan, START);
	assert_false(latency_plan_waits(&plan, 1, START));
}

static void test_a_late_burst_passes_over_what_is_missed(void **state)
{
	struct latency_plan plan = new_plan(100 * MSEC, SEC, 5 * SEC);

	(void)state;
	latency_plan_begun(&plan, START);
	latency_plan_stopped(&plan, START + 100 * MSEC);
	latency_plan_ended(&plan, 0, 1, START + 3200 * MSEC);
	assert_int_equal(plan.next_usec, START + 4 * SEC);
}

static void test_bursts_that_cost_too_much_come_less_often(void **state)
{
	struct latency_plan plan = new_plan(10 * MSEC, 100 * MSEC, SEC);

	(void)state;
	latency_plan_begun(&plan, START);
	latency_plan_stopped(&plan, START + 10 * MSEC);
	/* 5 ms are 1 % of half a second. */
	latency_plan_ended(&plan, 5000000, 1, START + 30 * MSEC);
	assert_int_equal(plan.next_usec, START + 500 * MSEC);
	latency_plan_begun(&plan, START + 500 * MSEC);
	latency_plan_ended(&plan, 5000000, 100, START + 530 * MSEC);
	assert_int_equal(plan.next_usec, START + 600 * MSEC);
}

static void test_continuous_bursts_follow_at_once(void **state)
{
	struct latency_plan plan = new_plan(60 * SEC, 0, SEC);

	(void)state;
	latency_plan_begun(&plan, START);
	latency_plan_stopped(&plan, START + 60 * SEC);
	latency_plan_ended(&plan, 5000000, 1, START + 60 * SEC + 9);
	assert_true(latency_plan_is_due(&plan, START + 60 * SEC + 9));
	/* Even they must not cost too much. */
	latency_plan_begun(&plan, START);
	latency_plan_ended(&plan, 900000000, 1, START + 60 * SEC);
	assert_int_equal(plan.next_usec, START + 90 * SEC);
}

static void test_a_burst_that_fails_is_tried_again_in_its_time(void **state)
{
	struct latency_plan plan = new_plan(100 * MSEC, 10 * SEC, SEC);

	(void)state;
	latency_plan_failed(&plan, START);
	assert_int_equal(plan.phase, LATENCY_IDLE);
	assert_int_equal(plan.next_usec, START + 10 * SEC);
	plan = new_plan(60 * SEC, 0, SEC);
	latency_plan_failed(&plan, START);
	assert_int_equal(plan.next_usec, START + SEC);
}

static void test_never_is_never(void **state)
{
	struct latency_plan plan = { .never = true };

	(void)state;
	latency_plan_start(&plan, START);
	assert_false(latency_plan_is_due(&plan, START + 86400 * SEC));
	assert_int_equal(plan.next_usec, UINT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bursts_come_in_their_time),
		cmocka_unit_test(test_what_has_not_ended_is_waited_for),
		cmocka_unit_test(test_waiting_ends_with_the_last_one),
		cmocka_unit_test(test_nothing_is_waited_for_without_time),
		cmocka_unit_test(test_a_late_burst_passes_over_what_is_missed),
		cmocka_unit_test(test_bursts_that_cost_too_much_come_less_often),
		cmocka_unit_test(test_continuous_bursts_follow_at_once),
		cmocka_unit_test(test_a_burst_that_fails_is_tried_again_in_its_time),
		cmocka_unit_test(test_never_is_never),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
