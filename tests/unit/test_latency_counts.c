/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is under way, and what is lost, by what the programs have counted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "collectors/latency/latency_counts.h"

static struct latency_counts counts;

static int setup(void **state)
{
	(void)state;
	counts = (struct latency_counts){ 0 };
	return 0;
}

static struct latency_pending pending_since(const struct latency_pending *settled)
{
	return latency_counts_pending(&counts, settled);
}

static void test_each_end_is_an_end(void **state)
{
	static const enum latency_count ends[] = {
		LATENCY_QUEUED_OVERWRITTEN, LATENCY_QUEUED_FORGOTTEN, LATENCY_QUEUED_DEQUEUED,
		LATENCY_QUEUED_BYPASSED,    LATENCY_QUEUED_DROPPED,
	};
	static const enum latency_count completions[] = {
		LATENCY_COMPLETIONS_OVERWRITTEN, LATENCY_COMPLETIONS_FORGOTTEN,
		LATENCY_COMPLETIONS_REFUSED,     LATENCY_COMPLETIONS_DONE,
		LATENCY_COMPLETIONS_DROPPED,
	};
	const struct latency_pending none = { 0 };

	(void)state;
	counts.n[LATENCY_QUEUED] = 9;
	counts.n[LATENCY_COMPLETIONS] = 19;
	for (size_t i = 0; i < 5; i++) {
		counts.n[ends[i]]++;
		counts.n[completions[i]] += 2;
		assert_int_equal(pending_since(&none).n_queued, 8 - i);
		assert_int_equal(pending_since(&none).n_completions, 17 - 2 * i);
	}
	assert_int_equal(latency_pending_sum(pending_since(&none)), 4 + 9);
	counts.n[LATENCY_COMPLETIONS_FREED] = 9;
	assert_int_equal(pending_since(&none).n_completions, 0);
}

static void test_a_send_waits_twice(void **state)
{
	const struct latency_pending none = { 0 };

	(void)state;
	counts.n[LATENCY_SENDS] = 5;
	counts.n[LATENCY_SENDS_SENT] = 3;
	counts.n[LATENCY_SENDS_ACKED] = 1;
	assert_int_equal(pending_since(&none).n_unsent, 2);
	assert_int_equal(pending_since(&none).n_sends, 4);
	assert_int_equal(latency_pending_sum(pending_since(&none)), 4);
	counts.n[LATENCY_SENDS_CLOSED] = 1;
	assert_int_equal(pending_since(&none).n_unsent, 2);
	assert_int_equal(pending_since(&none).n_sends, 3);
	counts.n[LATENCY_SENDS_CLOSED_UNSENT] = 2;
	assert_int_equal(pending_since(&none).n_unsent, 0);
	assert_int_equal(pending_since(&none).n_sends, 1);
}

/* What was read at different moments leaves less than nothing, which must not hide others. */
static void test_what_was_settled_does_not_count_again(void **state)
{
	struct latency_pending settled;

	(void)state;
	counts.n[LATENCY_SENDS] = 2;
	counts.n[LATENCY_SENDS_SENT] = 3;
	counts.n[LATENCY_QUEUED] = 3;
	settled = latency_counts_balance(&counts);
	assert_int_equal(settled.n_unsent, -1);
	assert_int_equal(latency_pending_sum(pending_since(&settled)), 0);
	counts.n[LATENCY_SENDS]++;
	counts.n[LATENCY_QUEUED]++;
	assert_int_equal(pending_since(&settled).n_unsent, 1);
	assert_int_equal(pending_since(&settled).n_queued, 1);
	counts.n[LATENCY_QUEUED_DROPPED] += 2; /* read at another moment */
	assert_int_equal(pending_since(&settled).n_queued, 0);
}

static uint64_t loss(const struct collector_tally *tally, const char *cause)
{
	for (size_t i = 0; i < tally->n_losses; i++)
		if (strcmp(tally->losses[i].cause, cause) == 0)
			return tally->losses[i].n_events;
	return UINT64_MAX;
}

static void test_losses_have_their_causes(void **state)
{
	struct collector_tally tally = { 0 };

	(void)state;
	for (unsigned i = 0; i < LATENCY_COUNTS; i++)
		counts.n[i] = UINT64_C(1) << i;
	latency_counts_account(&counts, 7, &tally);
	assert_int_equal(tally.n_losses, 6);
	assert_int_equal(loss(&tally, "overwritten"),
	                 1 << LATENCY_SENDS_CROWDED | 1 << LATENCY_QUEUED_OVERWRITTEN |
	                         1 << LATENCY_STARTED_OVERWRITTEN |
	                         1 << LATENCY_COMPLETIONS_OVERWRITTEN);
	assert_int_equal(loss(&tally, "freed"),
	                 1 << LATENCY_SENDS_CLOSED | 1 << LATENCY_SENDS_CLOSED_UNSENT |
	                         1 << LATENCY_QUEUED_FORGOTTEN | 1 << LATENCY_QUEUED_DROPPED |
	                         1 << LATENCY_COMPLETIONS_FORGOTTEN |
	                         1 << LATENCY_COMPLETIONS_REFUSED |
	                         1 << LATENCY_COMPLETIONS_DROPPED);
	assert_int_equal(loss(&tally, "unfinished"), 7);
	assert_int_equal(loss(&tally, "no_memory"), 1 << LATENCY_SENDS_UNTRACKED);
	assert_int_equal(loss(&tally, "unclear"), 1 << LATENCY_SENDS_UNCLEAR);
	assert_int_equal(loss(&tally, "bulk"), 1 << LATENCY_BULK_UNSEEN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_each_end_is_an_end, setup),
		cmocka_unit_test_setup(test_a_send_waits_twice, setup),
		cmocka_unit_test_setup(test_what_was_settled_does_not_count_again, setup),
		cmocka_unit_test_setup(test_losses_have_their_causes, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
