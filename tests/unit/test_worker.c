/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Workers, the crew and the exposition, with collectors whose every answer the test decides. */
#include "tests/unit/worker_sample.h"

#include "daemon/exposition.h"

static void test_samples_become_snapshots(void **state)
{
	struct worker *worker = sample_start(*state);
	struct worker_status status = sample_wait_for(worker, WORKER_OK);
	struct snapshot *snapshot cleanup(snapshot_unref) = NULL;
	uint64_t n_changed = 0;

	snapshot = worker_snapshot(worker, monotonic_usec());
	assert_non_null(snapshot);
	assert_int_equal(snapshot_batch(snapshot)->n_series, 1);
	assert_string_equal(status.reason.text, "");
	assert_true(status.has_run);
	while (read(((struct sample *)*state)->changed_fd, &n_changed, 8) != 8)
		usleep(1000); /* it is written after the status */
}

static void test_a_snapshot_outlives_its_successors(void **state)
{
	struct worker *worker = sample_start(*state);
	struct snapshot *snapshot cleanup(snapshot_unref) = NULL;
	const struct buffer *text;
	int n;

	(void)sample_wait_for(worker, WORKER_OK);
	snapshot = worker_snapshot(worker, monotonic_usec());
	assert_non_null(snapshot);
	n = atomic_load(&n_collected);
	while (atomic_load(&n_collected) < n + 5)
		usleep(1000);
	assert_int_equal(snapshot_batch(snapshot)->n_series, 1);
	text = snapshot_text(snapshot);
	assert_non_null(memmem(text->bytes, text->size, "\nfake_samples ", 14));
	assert_ptr_equal(snapshot_text(snapshot), snapshot_text(snapshot));
}

static void test_failures_are_told_and_overcome(void **state)
{
	struct worker *worker = sample_start(*state);
	struct worker_status status;

	(void)sample_wait_for(worker, WORKER_OK);
	atomic_store(&collect_result, -EINTR);
	status = sample_wait_for(worker, WORKER_FAILED);
	assert_string_equal(status.reason.text, "the fake failed");
	assert_true(status.n_failures >= 1);
	atomic_store(&collect_result, 0);
	status = sample_wait_for(worker, WORKER_OK);
	assert_string_equal(status.reason.text, "");
	assert_int_equal(atomic_load(&n_opened), 1);
}

static void test_unsupported_is_not_tried_again(void **state)
{
	struct worker *worker;
	struct worker_status status;

	atomic_store(&open_result, -EOPNOTSUPP);
	worker = sample_start(*state);
	status = sample_wait_for(worker, WORKER_UNSUPPORTED);
	assert_string_equal(status.reason.text, "the fake cannot open");
	usleep(50000);
	worker_status(worker, monotonic_usec(), &status);
	assert_int_equal(status.n_runs, 1);
}

static void test_opening_is_tried_again(void **state)
{
	struct worker *worker;

	atomic_store(&open_result, -ENOBUFS);
	worker = sample_start(*state);
	(void)sample_wait_for(worker, WORKER_FAILED);
	atomic_store(&open_result, 0);
	(void)sample_wait_for(worker, WORKER_OK);
}

static void test_a_stuck_worker_is_told_and_left_behind(void **state)
{
	struct sample *sample = *state;
	struct worker *worker = sample_start(sample);
	struct worker_status status;

	(void)sample_wait_for(worker, WORKER_OK);
	atomic_store(&hold, true);
	status = sample_wait_for(worker, WORKER_STALLED);
	assert_string_equal(status.reason.text, "has not returned for over 1000 ms");
	assert_null(worker_snapshot(worker, monotonic_usec()));

	/* Ends although the call does not; the worker frees itself when it does. */
	crew_free(steal_pointer(sample->crew));
	assert_int_equal(atomic_load(&n_closed), 0);
	atomic_store(&hold, false);
	while (atomic_load(&n_closed) == 0)
		usleep(1000);
	usleep(20000);
}

static void test_a_collector_is_tended_in_its_own_time(void **state)
{
	struct sample *sample = *state;
	int n;

	atomic_store(&tend_usec, 2000);
	settings_unref(sample->settings);
	sample->settings =
		sample_settings(sample, "{\"collectors\": {\"fake\": {\"interval\": \"10s\"}}}");
	atomic_store(&n_collected, 0);
	(void)sample_start(sample);
	while (atomic_load(&n_tended) < 20)
		usleep(1000);
	assert_int_equal(atomic_load(&n_collected), 1);
	assert_int_equal(atomic_load(&seen_cpu_percent), 1);

	/* It wants no more; not until it is opened anew. */
	atomic_store(&tend_usec, 0);
	usleep(20000);
	n = atomic_load(&n_tended);
	usleep(20000);
	assert_int_equal(atomic_load(&n_tended), n);
	sample_apply(sample, "{\"collectors\": {\"fake\": {\"number\": 2}}}");
	while (atomic_load(&n_tended) == n)
		usleep(1000);
	assert_int_equal(atomic_load(&n_opened), 2);
	assert_int_equal(atomic_load(&n_tended), n + 1);
}

static void test_tending_that_hangs_is_told(void **state)
{
	struct worker *worker;

	atomic_store(&hold_tending, true);
	worker = sample_start(*state);
	(void)sample_wait_for(worker, WORKER_STALLED);
	atomic_store(&hold_tending, false);
	(void)sample_wait_for(worker, WORKER_OK);
	assert_int_equal(atomic_load(&n_tended), 1);
}

static void test_what_cannot_be_opened_is_not_tended(void **state)
{
	atomic_store(&open_result, -EOPNOTSUPP);
	(void)sample_wait_for(sample_start(*state), WORKER_UNSUPPORTED);
	usleep(20000);
	assert_int_equal(atomic_load(&n_tended), 0);
}

static void test_settings_that_stay_the_same_keep_the_collector_open(void **state)
{
	struct sample *sample = *state;
	struct worker *worker = sample_start(sample);
	int n;

	(void)sample_wait_for(worker, WORKER_OK);
	sample_apply(sample, "{}");
	n = atomic_load(&n_collected);
	while (atomic_load(&n_collected) < n + 3)
		usleep(1000);
	assert_int_equal(atomic_load(&n_opened), 1);
	assert_int_equal(atomic_load(&n_closed), 0);
}

static void assert_choice(struct sample *sample, const char *name, const char *value, int error,
                          const char *reason_text)
{
	struct argument argument = { name, value };
	exposition_choice choice;
	struct reason reason = { "" };

	assert_int_equal(exposition_choose(sample->crew, &argument, 1, &choice, &reason), error);
	assert_string_equal(reason.text, reason_text);
	if (error == 0) {
		assert_int_equal(choice & 1, strcmp(name, "collect[]") == 0);
		assert_int_equal(choice & EXPOSITION_SELF ? 1 : 0, strcmp(name, "collect[]") != 0);
	}
}

static void test_parts_are_chosen_by_name(void **state)
{
	struct sample *sample = *state;

	(void)sample_start(sample);
	assert_choice(sample, "collect[]", "fake", 0, "");
	assert_choice(sample, "exclude[]", "fake", 0, "");
	assert_choice(sample, "collect[]", "fke", -EINVAL, "unknown collector \"fke\"");
	assert_choice(sample, "exclude[]", "", -EINVAL, "unknown collector \"\"");
	assert_choice(sample, "collect", "fake", -EINVAL, "unknown parameter \"collect\"");
}

/* Replies in flight keep their body while the exposition goes on to newer ones. */
static void test_equal_expositions_are_one_body(void **state)
{
	struct sample *sample = *state;
	struct self_reload reload = { 0 };
	struct self *self cleanup(self_free) = NULL;
	struct exposition *exposition cleanup(exposition_free) = NULL;
	struct http_reply first, again, newer;
	struct worker *worker = sample_start(sample);
	int n;

	(void)sample_wait_for(worker, WORKER_OK);
	assert_int_equal(self_new(sample->crew, NULL, &reload, &self), 0);
	exposition = exposition_new(sample->crew, self);
	atomic_store(&hold, true);
	usleep(20000);
	assert_int_equal(exposition_reply(exposition, 1, &first), 0);
	assert_int_equal(exposition_reply(exposition, 1, &again), 0);
	assert_ptr_equal(first.body, again.body);
	again.release(again.owner);

	n = atomic_load(&n_collected);
	atomic_store(&hold, false);
	while (atomic_load(&n_collected) < n + 2)
		usleep(1000);
	assert_int_equal(exposition_reply(exposition, 1, &newer), 0);
	assert_ptr_not_equal(first.body, newer.body);
	assert_memory_equal(first.body, "# HELP fake_samples", 19);
	first.release(first.owner);
	newer.release(newer.owner);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_samples_become_snapshots, sample_setup,
		                                sample_teardown),
		cmocka_unit_test_setup_teardown(test_a_snapshot_outlives_its_successors,
		                                sample_setup, sample_teardown),
		cmocka_unit_test_setup_teardown(test_failures_are_told_and_overcome, sample_setup,
		                                sample_teardown),
		cmocka_unit_test_setup_teardown(test_unsupported_is_not_tried_again, sample_setup,
		                                sample_teardown),
		cmocka_unit_test_setup_teardown(test_opening_is_tried_again, sample_setup,
		                                sample_teardown),
		cmocka_unit_test_setup_teardown(test_a_stuck_worker_is_told_and_left_behind,
		                                sample_setup, sample_teardown),
		cmocka_unit_test_setup_teardown(test_a_collector_is_tended_in_its_own_time,
		                                sample_setup, sample_teardown),
		cmocka_unit_test_setup_teardown(test_tending_that_hangs_is_told, sample_setup,
		                                sample_teardown),
		cmocka_unit_test_setup_teardown(test_what_cannot_be_opened_is_not_tended,
		                                sample_setup, sample_teardown),
		cmocka_unit_test_setup_teardown(
			test_settings_that_stay_the_same_keep_the_collector_open, sample_setup,
			sample_teardown),
		cmocka_unit_test_setup_teardown(test_parts_are_chosen_by_name, sample_setup,
		                                sample_teardown),
		cmocka_unit_test_setup_teardown(test_equal_expositions_are_one_body, sample_setup,
		                                sample_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
