/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Workers, the crew and the exposition, with collectors whose every answer the test decides. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>

#include <cmocka.h>

#include "daemon/clock.h"
#include "daemon/crew.h"
#include "daemon/exposition.h"
#include "daemon/log.h"

static const struct metric_table fake_table = {
	.families =
		(const struct metric_family[]){
			{ .name = "fake_samples", .help = "Samples." },
		},
	.n_families = 1,
};

static const struct metric_table *const fake_tables[] = { &fake_table, NULL };

/* What the fake collector does next; written by the test, read by the worker. */
static atomic_int open_result, collect_result, n_opened, n_closed, n_collected;
static atomic_bool hold;

static int fake_open(const struct collector_env *env, void **ret_state)
{
	int r = atomic_load(&open_result);

	if (r < 0)
		return reason_set(env->reason, r, "the fake cannot open");
	atomic_fetch_add(&n_opened, 1);
	*ret_state = (void *)(uintptr_t)env;
	return 0;
}

static int fake_collect(void *state, struct batch *batch)
{
	const struct collector_env *env = state;

	while (atomic_load(&hold))
		usleep(1000);
	if (atomic_load(&collect_result) < 0)
		return reason_set(env->reason, atomic_load(&collect_result), "the fake failed");
	batch_row(batch, &fake_table, NULL, 0);
	batch_count(batch, 0, (uint64_t)atomic_fetch_add(&n_collected, 1));
	return 0;
}

static void fake_close(void *state)
{
	assert_non_null(state);
	atomic_fetch_add(&n_closed, 1);
}

static const struct collector_ops fake_collector = {
	.name = "fake",
	.summary = "A fake.",
	.interval = "10ms",
	.tables = fake_tables,
	.open = fake_open,
	.collect = fake_collect,
	.close = fake_close,
};

static const struct collector_ops *const fakes[] = { &fake_collector, NULL };

struct fixture {
	struct settings_schema *schema;
	struct settings *settings;
	struct crew *crew;
	int changed_fd;
};

static int setup(void **state)
{
	struct settings_source source = { 0 };
	struct configuration_faults faults = { 0 };
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	log_set_level(LOG_CRIT);
	atomic_store(&open_result, 0);
	atomic_store(&collect_result, 0);
	atomic_store(&n_opened, 0);
	atomic_store(&n_closed, 0);
	atomic_store(&hold, false);
	fixture->schema = settings_schema_new(fakes);
	assert_non_null(fixture->schema);
	assert_int_equal(settings_load(fixture->schema, &source, &faults, &fixture->settings), 0);
	fixture->changed_fd = eventfd(0, EFD_NONBLOCK);
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	crew_free(fixture->crew);
	settings_unref(fixture->settings);
	settings_schema_unref(fixture->schema);
	close(fixture->changed_fd);
	free(fixture);
	return 0;
}

static struct worker *start(struct fixture *fixture)
{
	assert_int_equal(crew_new(fakes, fixture->settings, fixture->changed_fd, &fixture->crew),
	                 0);
	return crew_worker(fixture->crew, 0);
}

static struct worker_status wait_for(struct worker *worker, enum worker_state state)
{
	struct worker_status status;

	for (;;) { /* the test runner's own time limit ends it */
		worker_status(worker, monotonic_usec(), &status);
		if (status.state == state)
			return status;
		usleep(1000);
	}
}

static void test_samples_become_snapshots(void **state)
{
	struct worker *worker = start(*state);
	struct worker_status status = wait_for(worker, WORKER_OK);
	struct snapshot *snapshot cleanup(snapshot_unref) = NULL;
	uint64_t n_changed = 0;

	snapshot = worker_snapshot(worker, monotonic_usec());
	assert_non_null(snapshot);
	assert_int_equal(snapshot_batch(snapshot)->n_series, 1);
	assert_string_equal(status.reason.text, "");
	assert_true(status.has_run);
	while (read(((struct fixture *)*state)->changed_fd, &n_changed, 8) != 8)
		usleep(1000); /* it is written after the status */
}

static void test_a_snapshot_outlives_its_successors(void **state)
{
	struct worker *worker = start(*state);
	struct snapshot *snapshot cleanup(snapshot_unref) = NULL;
	const struct buffer *text;
	int n;

	(void)wait_for(worker, WORKER_OK);
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
	struct worker *worker = start(*state);
	struct worker_status status;

	(void)wait_for(worker, WORKER_OK);
	atomic_store(&collect_result, -EINTR);
	status = wait_for(worker, WORKER_FAILED);
	assert_string_equal(status.reason.text, "the fake failed");
	assert_true(status.n_failures >= 1);
	atomic_store(&collect_result, 0);
	status = wait_for(worker, WORKER_OK);
	assert_string_equal(status.reason.text, "");
	assert_int_equal(atomic_load(&n_opened), 1);
}

static void test_unsupported_is_not_tried_again(void **state)
{
	struct worker *worker;
	struct worker_status status;

	atomic_store(&open_result, -EOPNOTSUPP);
	worker = start(*state);
	status = wait_for(worker, WORKER_UNSUPPORTED);
	assert_string_equal(status.reason.text, "the fake cannot open");
	usleep(50000);
	worker_status(worker, monotonic_usec(), &status);
	assert_int_equal(status.n_runs, 1);
}

static void test_opening_is_tried_again(void **state)
{
	struct worker *worker;

	atomic_store(&open_result, -ENOBUFS);
	worker = start(*state);
	(void)wait_for(worker, WORKER_FAILED);
	atomic_store(&open_result, 0);
	(void)wait_for(worker, WORKER_OK);
}

static void test_a_stuck_worker_is_told_and_left_behind(void **state)
{
	struct fixture *fixture = *state;
	struct worker *worker = start(fixture);
	struct worker_status status;

	(void)wait_for(worker, WORKER_OK);
	atomic_store(&hold, true);
	status = wait_for(worker, WORKER_STALLED);
	assert_string_equal(status.reason.text, "has not returned for over 1000 ms");
	assert_null(worker_snapshot(worker, monotonic_usec()));

	/* Ends although the call does not; the worker frees itself when it does. */
	crew_free(steal_pointer(fixture->crew));
	assert_int_equal(atomic_load(&n_closed), 0);
	atomic_store(&hold, false);
	while (atomic_load(&n_closed) == 0)
		usleep(1000);
	usleep(20000);
}

static void test_settings_that_stay_the_same_keep_the_collector_open(void **state)
{
	struct fixture *fixture = *state;
	struct settings_source source = { 0 };
	struct configuration_faults faults = { 0 };
	struct settings *again cleanup(settings_unref) = NULL;
	struct worker *worker = start(fixture);
	int n;

	(void)wait_for(worker, WORKER_OK);
	assert_int_equal(settings_load(fixture->schema, &source, &faults, &again), 0);
	assert_int_equal(crew_apply(fixture->crew, again), 0);
	n = atomic_load(&n_collected);
	while (atomic_load(&n_collected) < n + 3)
		usleep(1000);
	assert_int_equal(atomic_load(&n_opened), 1);
	assert_int_equal(atomic_load(&n_closed), 0);
}

static void assert_choice(struct fixture *fixture, const char *name, const char *value, int error,
                          const char *reason_text)
{
	struct argument argument = { name, value };
	exposition_choice choice;
	struct reason reason = { "" };

	assert_int_equal(exposition_choose(fixture->crew, &argument, 1, &choice, &reason), error);
	assert_string_equal(reason.text, reason_text);
	if (error == 0) {
		assert_int_equal(choice & 1, strcmp(name, "collect[]") == 0);
		assert_int_equal(choice & EXPOSITION_SELF ? 1 : 0, strcmp(name, "collect[]") != 0);
	}
}

static void test_parts_are_chosen_by_name(void **state)
{
	struct fixture *fixture = *state;

	(void)start(fixture);
	assert_choice(fixture, "collect[]", "fake", 0, "");
	assert_choice(fixture, "exclude[]", "fake", 0, "");
	assert_choice(fixture, "collect[]", "fke", -EINVAL, "unknown collector \"fke\"");
	assert_choice(fixture, "exclude[]", "", -EINVAL, "unknown collector \"\"");
	assert_choice(fixture, "collect", "fake", -EINVAL, "unknown parameter \"collect\"");
}

/* Replies in flight keep their body while the exposition goes on to newer ones. */
static void test_equal_expositions_are_one_body(void **state)
{
	struct fixture *fixture = *state;
	struct self_reload reload = { 0 };
	struct self *self cleanup(self_free) = NULL;
	struct exposition *exposition cleanup(exposition_free) = NULL;
	struct http_reply first, again, newer;
	struct worker *worker = start(fixture);
	int n;

	(void)wait_for(worker, WORKER_OK);
	assert_int_equal(self_new(fixture->crew, NULL, &reload, &self), 0);
	exposition = exposition_new(fixture->crew, self);
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
		cmocka_unit_test_setup_teardown(test_samples_become_snapshots, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_snapshot_outlives_its_successors, setup,
		                                teardown),
		cmocka_unit_test_setup_teardown(test_failures_are_told_and_overcome, setup,
		                                teardown),
		cmocka_unit_test_setup_teardown(test_unsupported_is_not_tried_again, setup,
		                                teardown),
		cmocka_unit_test_setup_teardown(test_opening_is_tried_again, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_stuck_worker_is_told_and_left_behind, setup,
		                                teardown),
		cmocka_unit_test_setup_teardown(
			test_settings_that_stay_the_same_keep_the_collector_open, setup, teardown),
		cmocka_unit_test_setup_teardown(test_parts_are_chosen_by_name, setup, teardown),
		cmocka_unit_test_setup_teardown(test_equal_expositions_are_one_body, setup,
		                                teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
