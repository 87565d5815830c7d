/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Turns, budget, and what is told of namespaces whose doors and clocks are scripted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>
#include <stdio.h>

#define clock_gettime             scripted_clock
#define namespace_list_read       scripted_list_read
#define namespace_door_open       scripted_door_open
#define namespace_door_check_home scripted_check_home

int clock_gettime(clockid_t clock, struct timespec *now);

#include "collectors/namespace_tour.c"

#define MSEC UINT64_C(1000000)

static struct {
	const char *found[8]; /* names; their inodes count from 1 */
	int list_error;
	const char *lack;
	unsigned n_listings;

	uint64_t now_nsec, cpu_nsec; /* of all clocks but the thread's, and of that */
	uint64_t cost_nsec;          /* of a sample */
	const char *refused;         /* who cannot be entered, and why */
	int refusal;
	const char *failing; /* whose sample fails, or for 0 lacks something */
	int failure;
	unsigned n_adopted;
	int home_error;
	char visited[256];
	unsigned n_rows; /* of a sample */

	struct choice_or_strings wanted;
	struct collector_tally tally;
	struct reason reason;
	struct collector_env env;
	struct namespace_tour *tour;
	struct batch *batch;
} script;

static const struct metric_family family = { .name = "family" };
static const struct metric_table table = { .labels = { "netns", "row" },
	                                   .families = &family,
	                                   .n_families = 1 };

int clock_gettime(clockid_t clock, struct timespec *now)
{
	uint64_t nsec = clock == CLOCK_THREAD_CPUTIME_ID ? script.cpu_nsec : script.now_nsec;

	*now = (struct timespec){ (time_t)(nsec / 1000000000), (long)(nsec % 1000000000) };
	return 0;
}

int namespace_list_read(struct namespace_list *list, const struct choice_or_strings *wanted,
                        const struct namespace_roots *roots, struct reason *reason)
{
	assert_ptr_equal(wanted, &script.wanted);
	(void)roots;
	script.n_listings++;
	if (script.list_error)
		return reason_set(reason, script.list_error, "scripted listing");
	namespace_list_clear(list);
	(void)reason_set(&list->lack, 0, "%s", script.lack ? script.lack : "");
	list->places = calloc(ARRAY_SIZE(script.found), sizeof(*list->places));
	for (size_t i = 0; i < ARRAY_SIZE(script.found); i++)
		if (script.found[i])
			list->places[list->n_places++] =
				(struct namespace_place){ i + 1, strdup(script.found[i]), 0 };
	return 0;
}

static bool path_is_of(const char *path, const char *name)
{
	return name && strcmp(strrchr(path, '/') + 1, name) == 0;
}

int namespace_door_open(const char *path, uint64_t inode, struct namespace_door *ret_door,
                        struct reason *reason)
{
	(void)inode;
	if (path_is_of(path, script.refused) && script.refusal)
		return reason_set(reason, script.refusal, "scripted door");
	*ret_door = NAMESPACE_DOOR_CLOSED;
	ret_door->refused = path_is_of(path, script.refused);
	return 0;
}

int namespace_door_check_home(struct reason *reason)
{
	return script.home_error ? reason_set(reason, script.home_error, "not at home") : 0;
}

static int sample(void *context, struct namespace *namespace, struct batch *batch)
{
	assert_ptr_equal(context, &script);
	assert_non_null(namespace->door);
	assert_int_equal(batch->n_series, 0);
	assert_int_equal(namespace->sampled_nsec, script.now_nsec);
	strcat(script.visited, " ");
	strcat(script.visited, namespace->label);
	script.cpu_nsec += script.cost_nsec;
	if (namespace->door->refused)
		return reason_set(&script.reason, -EPERM, "scripted setns");
	for (unsigned i = 0; i < script.n_rows; i++) {
		struct label labels[] = { namespace_label(namespace), { "123456789", i + 1 } };

		batch_row(batch, &table, labels, ARRAY_SIZE(labels));
		batch_count(batch, 0, 1);
	}
	if (script.failing && strcmp(namespace->label, script.failing) == 0)
		return reason_set(&script.reason, script.failure, "scripted sample");
	return 0;
}

static void *adopt(void *context, void *data)
{
	assert_ptr_equal(context, &script);
	script.n_adopted++;
	return (char *)data + 1;
}

static const struct namespace_tour_ops ops = { .sample = sample };
static const struct namespace_tour_ops adopting_ops = { .sample = sample, .adopt = adopt };

static void open_tour(void)
{
	assert_int_equal(namespace_tour_open(&script.env, &ops, &script, &script.tour), 0);
}

static int begin(void **state)
{
	(void)state;
	memset(&script, 0, sizeof(script));
	script.found[0] = "a";
	script.found[1] = "b";
	script.found[2] = "c";
	script.now_nsec = 1000 * MSEC;
	script.cost_nsec = 2 * MSEC;
	script.n_rows = 1;
	script.wanted.choice = COLLECTOR_NAMESPACES_ALL;
	script.env = (struct collector_env){
		.tally = &script.tally,
		.reason = &script.reason,
		.scope = { .namespaces = &script.wanted, .max_namespaces = 100 },
		.budget_nsec = 100 * MSEC,
	};
	script.batch = batch_new(SIZE_MAX);
	return script.batch ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	namespace_tour_close(script.tour);
	batch_free(script.batch);
	return 0;
}

/* One run, of which our own namespace took own_nsec; whom it visited. */
static const char *run(uint64_t own_nsec)
{
	script.visited[0] = script.reason.text[0] = '\0';
	script.now_nsec += 1000 * MSEC;
	batch_reset(script.batch, script.batch->max_series);
	assert_int_equal(namespace_tour_begin(script.tour), 0);
	script.cpu_nsec += own_nsec;
	assert_int_equal(namespace_tour_run(script.tour, script.batch), 0);
	return script.visited;
}

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

#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_staying_at_home),
		TEST(test_everyone_within_the_budget),
		TEST(test_turns_within_the_budget),
		TEST(test_one_turn_at_least),
		TEST(test_discovery_takes_its_time),
		TEST(test_gone),
		TEST(test_unreachable),
		TEST(test_failing_sample),
		TEST(test_partial_sample),
		TEST(test_inheritance),
		TEST(test_many_failing),
		TEST(test_series_bound),
		TEST(test_not_at_home),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
