/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What new settings do to a collector that runs, and what it says that it goes without. */
#include "tests/unit/worker_sample.h"

/* Until a collection has been made with that number. */
static void wait_for_number(int number)
{
	while (atomic_load(&seen_number) != number)
		usleep(1000);
}

static struct worker_status wait_for_reason(struct worker *worker, const char *text)
{
	struct worker_status status;

	do {
		usleep(1000);
		worker_status(worker, monotonic_usec(), &status);
	} while (strcmp(status.reason.text, text) != 0);
	return status;
}

static void test_a_new_interval_keeps_the_collector_open(void **state)
{
	struct sample *sample = *state;
	struct worker *worker = sample_start(sample);
	struct worker_status status;

	(void)sample_wait_for(worker, WORKER_OK);
	sample_apply(sample,
	             "{\"collectors\": {\"fake\": {\"interval\": \"20ms\"}},"
	             " \"limits\": {\"cpu_percent\": 100, \"max_series\": 100}}");
	do {
		sample_wait_for_more(1);
		worker_status(worker, monotonic_usec(), &status);
	} while (status.interval_usec != 20000);
	assert_int_equal(atomic_load(&n_opened), 1);
	assert_int_equal(atomic_load(&n_closed), 0);
}

static void test_new_options_are_inherited_to(void **state)
{
	struct sample *sample = *state;
	struct worker *worker = sample_start(sample);

	(void)sample_wait_for(worker, WORKER_OK);
	sample_apply(sample, "{\"collectors\": {\"fake\": {\"number\": 3}}}");
	wait_for_number(3);
	assert_int_equal(atomic_load(&seen_heritage), 1);
	assert_int_equal(atomic_load(&closed_number), 1);
	sample_apply(sample, "{\"collectors\": {\"fake\": {\"number\": 5}}}");
	wait_for_number(5);
	assert_int_equal(atomic_load(&seen_heritage), 4);
	assert_int_equal(atomic_load(&closed_number), 3);
	assert_int_equal(atomic_load(&n_opened), 3);
	assert_int_equal(atomic_load(&n_closed), 2);
}

static void test_options_that_cannot_be_opened_close_the_collector(void **state)
{
	struct sample *sample = *state;
	struct worker *worker = sample_start(sample);

	(void)sample_wait_for(worker, WORKER_OK);
	atomic_store(&open_result, -ENOBUFS);
	sample_apply(sample, "{\"collectors\": {\"fake\": {\"number\": 3}}}");
	(void)sample_wait_for(worker, WORKER_FAILED);
	assert_int_equal(atomic_load(&n_closed), 1);
	assert_int_equal(atomic_load(&closed_number), 1);
	atomic_store(&open_result, 0);
	wait_for_number(3);
	assert_int_equal(atomic_load(&seen_heritage), 0);
}

static void test_unsupported_is_tried_again_with_new_options(void **state)
{
	struct sample *sample = *state;
	struct worker *worker;

	atomic_store(&open_result, -EPERM);
	worker = sample_start(sample);
	(void)sample_wait_for(worker, WORKER_UNSUPPORTED);
	atomic_store(&open_result, 0);
	sample_apply(sample, "{\"limits\": {\"max_series\": 100}}");
	usleep(50000);
	assert_int_equal(atomic_load(&n_opened), 0);
	sample_apply(sample, "{\"collectors\": {\"fake\": {\"number\": 2}}}");
	(void)sample_wait_for(worker, WORKER_OK);
}

static void test_the_scope_is_told(void **state)
{
	struct sample *sample = *state;
	struct worker *worker = sample_start(sample);
	struct worker_status status = sample_wait_for(worker, WORKER_OK);

	assert_int_equal(atomic_load(&seen_namespaces), COLLECTOR_NAMESPACES_OWN);
	assert_int_equal(atomic_load(&seen_max_groups), 200);
	sample_apply(sample, "{\"namespaces\": [\"blue\"]}");
	while (atomic_load(&seen_namespaces) != COLLECTOR_NAMESPACES_NAMED)
		usleep(1000);
	sample_apply(sample, "{\"namespaces\": [\"blue\"], \"limits\": {\"max_groups\": 7}}");
	while (atomic_load(&seen_max_groups) != 7)
		usleep(1000);
	assert_int_equal(atomic_load(&n_opened), 3);
	worker_status(worker, monotonic_usec(), &status);
	assert_int_equal(status.tally.n_namespaces, 1); /* not a sum over all that were open */
}

static void test_the_budget_is_that_of_the_configured_interval(void **state)
{
	struct sample *sample = *state;

	(void)sample_wait_for(sample_start(sample), WORKER_OK);
	assert_int_equal(atomic_load(&seen_budget_nsec), 10 * 1000 * 1000 / 100);
	sample_apply(sample,
	             "{\"collectors\": {\"fake\": {\"interval\": \"20ms\"}},"
	             " \"limits\": {\"cpu_percent\": 50}}");
	while (atomic_load(&seen_budget_nsec) != 10 * 1000 * 1000)
		usleep(1000);
	assert_int_equal(atomic_load(&n_opened), 1);
}

static void test_what_is_missing_is_told(void **state)
{
	struct sample *sample = *state;
	struct worker *worker;

	atomic_store(&open_lacks, true);
	worker = sample_start(sample);
	(void)wait_for_reason(worker, "opened without something");
	atomic_store(&collect_lacks, true);
	assert_int_equal(wait_for_reason(worker, "sampled without something").state, WORKER_OK);
	atomic_store(&collect_lacks, false);
	assert_int_equal(wait_for_reason(worker, "opened without something").state, WORKER_OK);
	atomic_store(&open_lacks, false);
	sample_apply(sample, "{\"collectors\": {\"fake\": {\"number\": 2}}}");
	assert_int_equal(wait_for_reason(worker, "").n_failures, 0);
}

static void test_capabilities_are_those_of_what_is_watched(void **state)
{
	static const struct {
		const char *text;
		uint64_t needed;
	} cases[] = {
		{ "{}", 1 },
		{ "{\"namespaces\": \"own\"}", 1 },
		{ "{\"namespaces\": \"all\"}", 7 },
		{ "{\"namespaces\": [\"blue\"]}", 7 },
		{ "{\"namespaces\": \"all\", \"collectors\": {\"fake\": {\"enabled\": false}}}",
		  0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct settings *settings cleanup(settings_unref) =
			sample_settings(*state, cases[i].text);

		assert_int_equal(settings_needed_capabilities(settings, fakes), cases[i].needed);
	}
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, sample_setup, sample_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_new_interval_keeps_the_collector_open),
		TEST(test_new_options_are_inherited_to),
		TEST(test_options_that_cannot_be_opened_close_the_collector),
		TEST(test_unsupported_is_tried_again_with_new_options),
		TEST(test_the_scope_is_told),
		TEST(test_the_budget_is_that_of_the_configured_interval),
		TEST(test_what_is_missing_is_told),
		TEST(test_capabilities_are_those_of_what_is_watched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
