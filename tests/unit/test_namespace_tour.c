/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Turns, budget, and what is told of namespaces whose doors and clocks are scripted. */
#include "tests/unit/tour_script.h"

static void test_staying_at_home(void **state)
{
	(void)state;
	script.wanted.choice = COLLECTOR_NAMESPACES_OWN;
	open_tour();
	assert_null(script.tour);
	script.env.scope.namespaces = NULL;
	open_tour();
	assert_null(script.tour);
	assert_string_equal(run(0), "");
	(void)reason_set(&script.reason, 0, "kept");
	assert_int_equal(namespace_tour_run(script.tour, script.batch), 0);
	assert_string_equal(script.reason.text, "kept");
	namespace_tour_inherit(NULL, NULL);
	assert_int_equal(script.n_listings, 0);
}

static void test_everyone_within_the_budget(void **state)
{
	(void)state;
	open_tour();
	assert_int_equal(script.tally.n_namespaces, 3);
	assert_string_equal(run(1 * MSEC), " a b c");
	assert_int_equal(script.batch->n_series, 3);
	assert_string_equal(run(1 * MSEC), " a b c");
	assert_string_equal(script.reason.text, "");
}

/* Own 4 ms, each 2 ms: two of them are within 9 ms, at first and by what they have cost. */
static void test_turns_within_the_budget(void **state)
{
	(void)state;
	open_tour();
	script.env.budget_nsec = 9 * MSEC;
	assert_string_equal(run(4 * MSEC), " a b");
	assert_int_equal(script.batch->n_series, 2);
	assert_string_equal(run(4 * MSEC), " c a");
	assert_int_equal(script.batch->n_series, 3);
	assert_string_equal(run(4 * MSEC), " b c");
	/* A new one has waited longest. */
	script.found[3] = "d";
	script.now_nsec += 5000 * MSEC;
	assert_string_equal(run(4 * MSEC), " d a");
	assert_string_equal(run(4 * MSEC), " b c");
	assert_int_equal(script.batch->n_series, 4);
}

static void test_one_turn_at_least(void **state)
{
	(void)state;
	open_tour();
	script.env.budget_nsec = 0;
	assert_string_equal(run(50 * MSEC), " a");
	assert_string_equal(run(50 * MSEC), " b");
	assert_string_equal(run(50 * MSEC), " c");
	assert_string_equal(run(50 * MSEC), " a");
	assert_int_equal(script.batch->n_series, 3);
}

static void test_discovery_takes_its_time(void **state)
{
	(void)state;
	open_tour();
	for (unsigned i = 0; i < 4; i++)
		(void)run(0);
	assert_int_equal(script.n_listings, 1);
	script.found[1] = NULL;
	assert_string_equal(run(0), " a c");
	assert_int_equal(script.n_listings, 2);
	assert_int_equal(script.batch->n_series, 2);
	assert_int_equal(script.tally.n_namespaces, 2);

	/* What cannot be looked for is told; what is known goes on. */
	script.list_error = -EACCES;
	script.now_nsec += 5000 * MSEC;
	assert_string_equal(run(0), " a c");
	assert_string_equal(script.reason.text, "scripted listing");
	script.list_error = 0;
	script.lack = "no more";
	script.now_nsec += 5000 * MSEC;
	(void)run(0);
	assert_string_equal(script.reason.text, "no more");
}

/* Without a way to make them one's own, data stay as they are. */
static void test_inheritance(void **state)
{
	struct namespace_tour *former;
	static char data[2];

	(void)state;
	open_tour();
	for (unsigned i = 0; i < 2; i++) {
		former = script.tour;
		if (former)
			former->set.members[0]->namespace.data = &data[0];
		assert_int_equal(namespace_tour_open(&script.env, i ? &adopting_ops : &ops, &script,
		                                     &script.tour),
		                 0);
		namespace_tour_inherit(script.tour, former);
		assert_int_equal(script.n_adopted, i);
		if (script.tour)
			assert_ptr_equal(script.tour->set.members[0]->namespace.data, &data[i]);
		namespace_tour_close(former);
	}
}

/* All together are within the bound of the batch, and what is left out is counted every time. */
static void test_series_bound(void **state)
{
	static const struct label own[] = { { "", 0 }, { "own", 3 } };

	(void)state;
	open_tour();
	script.n_rows = 4;
	script.visited[0] = '\0';
	for (unsigned i = 0; i < 2; i++) {
		batch_reset(script.batch, 8);
		batch_row(script.batch, &table, own, ARRAY_SIZE(own));
		batch_count(script.batch, 0, 1);
		assert_int_equal(namespace_tour_run(script.tour, script.batch), 0);
		assert_int_equal(script.batch->n_series, 8);
		assert_int_equal(script.batch->n_dropped_series, 1 + 3 * 4 - 8);
	}
}

static void test_not_at_home(void **state)
{
	(void)state;
	open_tour();
	script.home_error = -ENOMEM;
	assert_int_equal(namespace_tour_run(script.tour, script.batch), -ENOMEM);
	assert_string_equal(script.visited, " a");
	assert_string_equal(script.reason.text, "not at home");
	assert_int_equal(namespace_tour_begin(script.tour), -ENOMEM);
	script.home_error = 0;
	assert_string_equal(run(0), " b c a");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_staying_at_home),
		TEST(test_everyone_within_the_budget),
		TEST(test_turns_within_the_budget),
		TEST(test_one_turn_at_least),
		TEST(test_discovery_takes_its_time),
		TEST(test_inheritance),
		TEST(test_series_bound),
		TEST(test_not_at_home),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
