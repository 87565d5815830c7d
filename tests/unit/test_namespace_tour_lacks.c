/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A tour some of whose namespaces cannot be sampled, or not all of them. */
#include "tests/unit/tour_script.h"

static void test_gone(void **state)
{
	(void)state;
	open_tour();
	(void)run(0);
	script.refused = "b";
	script.refusal = -ENOENT;
	assert_string_equal(run(0), " a c");
	assert_int_equal(script.batch->n_series, 2);
	assert_int_equal(script.tally.namespace_failures, 0);
	assert_int_equal(script.tally.n_namespaces, 2);
	assert_string_equal(script.reason.text, "");

	/* Found again, perhaps by another way. */
	script.refused = NULL;
	assert_string_equal(run(0), " a c");
	script.now_nsec += 5000 * MSEC;
	(void)run(0);
	assert_int_equal(script.batch->n_series, 3);
}

static void expect_unreachable(const char *reason)
{
	assert_int_equal(script.batch->n_series, 2);
	assert_int_equal(script.tally.n_unreachable_namespaces, 1);
	assert_int_equal(script.tally.n_namespaces, 2);
	assert_string_equal(script.reason.text, reason);
}

static void test_unreachable(void **state)
{
	static const char reason[] = "cannot enter 1 network namespace (b): "
				     "Operation not permitted: needs CAP_SYS_ADMIN";

	(void)state;
	open_tour();
	(void)run(0);
	script.refused = "b";
	assert_string_equal(run(0), " a b c");
	expect_unreachable(reason);
	assert_int_equal(script.tally.namespace_failures, 1);
	/* Not tried again before the next discovery, and told all the time. */
	assert_string_equal(run(0), " a c");
	expect_unreachable(reason);
	script.now_nsec += 5000 * MSEC;
	(void)run(0);
	expect_unreachable(reason);
	assert_int_equal(script.tally.namespace_failures, 2);

	script.refusal = -EACCES;
	script.now_nsec += 5000 * MSEC;
	assert_string_equal(run(0), " a c");
	expect_unreachable("cannot enter 1 network namespace (b): "
	                   "Permission denied: needs CAP_SYS_PTRACE");
	script.refused = NULL;
	script.now_nsec += 5000 * MSEC;
	(void)run(0);
	assert_string_equal(script.reason.text, "");
	assert_int_equal(script.batch->n_series, 3);
}

static void test_failing_sample(void **state)
{
	(void)state;
	open_tour();
	(void)run(0);
	script.failing = "c";
	script.failure = -EBADMSG;
	assert_string_equal(run(0), " a b c");
	assert_int_equal(script.batch->n_series, 2);
	assert_int_equal(script.tally.namespace_failures, 1);
	assert_int_equal(script.tally.n_namespaces, 3);
	assert_string_equal(script.reason.text,
	                    "cannot sample 1 network namespace (c): scripted sample");
	/* It has its turns as before; what only moves is not worth a word. */
	script.failure = -EINTR;
	assert_string_equal(run(0), " a b c");
	assert_int_equal(script.batch->n_series, 2);
	assert_int_equal(script.tally.namespace_failures, 2);
	assert_string_equal(script.reason.text, "");
}

/* What it has is shown, and what it lacks is told behind what our own lacks. */
static void test_partial_sample(void **state)
{
	(void)state;
	open_tour();
	script.failing = "b";
	assert_string_equal(run(0), " a b c");
	assert_int_equal(script.batch->n_series, 3);
	assert_int_equal(script.tally.namespace_failures, 0);
	assert_int_equal(script.tally.n_namespaces, 3);
	assert_string_equal(script.reason.text,
	                    "cannot sample all of 1 network namespace (b): scripted sample");

	script.env.budget_nsec = 0;
	batch_reset(script.batch, SIZE_MAX);
	(void)reason_set(&script.reason, 0, "no queues");
	assert_int_equal(namespace_tour_run(script.tour, script.batch), 0);
	assert_string_equal(
		script.reason.text,
		"no queues; cannot sample all of 1 network namespace (b): scripted sample");

	script.failing = NULL;
	script.env.budget_nsec = 100 * MSEC;
	(void)run(0);
	assert_string_equal(script.reason.text, "");
}

static void test_many_failing(void **state)
{
	static const char *const names[] = { "h", "f", "g", "e", "d", "c", "b", "a" };

	(void)state;
	memcpy((void *)script.found, (const void *)names, sizeof(names));
	open_tour();
	for (size_t i = 0; script.tour && i < script.tour->set.n_members; i++)
		script.tour->set.members[i]->state = NAMESPACE_FAILED;
	namespace_set_rotate(&script.tour->set, 3);
	namespace_report(&script.tour->report, &script.tour->set, &script.env);
	assert_string_equal(script.reason.text,
	                    "cannot sample 8 network namespaces (a, b, c, d, …): ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_gone),           TEST(test_unreachable),  TEST(test_failing_sample),
		TEST(test_partial_sample), TEST(test_many_failing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
