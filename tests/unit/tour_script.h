/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The tour of network namespaces, included whole, with a script for all that it is made of. */
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

static inline bool path_is_of(const char *path, const char *name)
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

static inline int sample(void *context, struct namespace *namespace, struct batch *batch)
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

static inline void *adopt(void *context, void *data)
{
	assert_ptr_equal(context, &script);
	script.n_adopted++;
	return (char *)data + 1;
}

static const struct namespace_tour_ops ops = { .sample = sample };
static const struct namespace_tour_ops adopting_ops = { .sample = sample, .adopt = adopt };

static inline void open_tour(void)
{
	assert_int_equal(namespace_tour_open(&script.env, &ops, &script, &script.tour), 0);
}

static inline int begin(void **state)
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

static inline int end(void **state)
{
	(void)state;
	namespace_tour_close(script.tour);
	batch_free(script.batch);
	return 0;
}

/* One run, of which our own namespace took own_nsec; whom it visited. */
static inline const char *run(uint64_t own_nsec)
{
	script.visited[0] = script.reason.text[0] = '\0';
	script.now_nsec += 1000 * MSEC;
	batch_reset(script.batch, script.batch->max_series);
	assert_int_equal(namespace_tour_begin(script.tour), 0);
	script.cpu_nsec += own_nsec;
	assert_int_equal(namespace_tour_run(script.tour, script.batch), 0);
	return script.visited;
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)
