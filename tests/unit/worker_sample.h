/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* A crew of one collector whose every answer the test decides, and which tells what it was asked. */
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
#include "daemon/log.h"

static const struct metric_table fake_table = {
	.families =
		(const struct metric_family[]){
			{ .name = "fake_samples", .help = "Samples." },
		},
	.n_families = 1,
};

static const struct metric_table *const fake_tables[] = { &fake_table, NULL };

struct fake_options {
	uint64_t number;
};

static const struct option fake_options_table[] = { { .name = "number",
	                                              .help = "A number.",
	                                              .type = OPTION_INTEGER,
	                                              .offset =
	                                                      offsetof(struct fake_options, number),
	                                              .fallback = "1",
	                                              .min = 1,
	                                              .max = 9 },
	                                            OPTION_END };

struct fake {
	const struct collector_env *env;
	int heritage; /* sum of the numbers of all that it is the heir of */
};

/* What the fake collector does next; written by the test, read by the worker. */
static atomic_int open_result, collect_result, n_opened, n_closed, n_collected;
static atomic_bool hold, open_lacks, collect_lacks;

/* What the last collection, or the last close, has found; written by the worker. */
static atomic_int seen_number, seen_heritage, closed_number;
static atomic_uint seen_namespaces;
static atomic_ulong seen_max_groups, seen_budget_nsec;

static inline uint64_t fake_number(const struct fake *fake)
{
	return ((const struct fake_options *)fake->env->options)->number;
}

static inline int fake_open(const struct collector_env *env, void **ret_state)
{
	int r = atomic_load(&open_result);
	struct fake *fake;

	if (r < 0)
		return reason_set(env->reason, r, "the fake cannot open");
	if (atomic_load(&open_lacks))
		(void)reason_set(env->reason, 0, "opened without something");
	env->tally->n_namespaces++;
	atomic_fetch_add(&n_opened, 1);
	fake = calloc(1, sizeof(*fake));
	fake->env = env;
	*ret_state = fake;
	return 0;
}

static inline void fake_see(const struct fake *fake)
{
	atomic_store(&seen_number, (int)fake_number(fake));
	atomic_store(&seen_heritage, fake->heritage);
	atomic_store(&seen_namespaces, fake->env->scope.namespaces->choice);
	atomic_store(&seen_max_groups, fake->env->scope.max_groups);
	atomic_store(&seen_budget_nsec, fake->env->budget_nsec);
}

static inline int fake_collect(void *state, struct batch *batch)
{
	const struct fake *fake = state;

	while (atomic_load(&hold))
		usleep(1000);
	fake_see(fake);
	if (atomic_load(&collect_result) < 0)
		return reason_set(fake->env->reason, atomic_load(&collect_result),
		                  "the fake failed");
	if (atomic_load(&collect_lacks))
		(void)reason_set(fake->env->reason, 0, "sampled without something");
	batch_row(batch, &fake_table, NULL, 0);
	batch_count(batch, 0, (uint64_t)atomic_fetch_add(&n_collected, 1));
	return 0;
}

/* Tended as often as the test wants; when it was last. */
static atomic_ulong tend_usec, tended_usec, seen_cpu_percent;
static atomic_int n_tended;
static atomic_bool hold_tending;

static inline uint64_t fake_tend(void *state, uint64_t now_usec)
{
	const struct fake *fake = state;
	uint64_t pause_usec = atomic_load(&tend_usec);

	while (atomic_load(&hold_tending))
		usleep(1000);
	atomic_store(&tended_usec, now_usec);
	atomic_store(&seen_cpu_percent, fake->env->cpu_percent);
	atomic_fetch_add(&n_tended, 1);
	return pause_usec ? now_usec + pause_usec : UINT64_MAX;
}

static inline void fake_inherit(void *state, void *former)
{
	struct fake *fake = state;
	const struct fake *other = former;

	/* What each of them reads is still there. */
	assert_ptr_not_equal(fake->env, other->env);
	fake->heritage = other->heritage + (int)fake_number(other);
}

static inline void fake_close(void *state)
{
	assert_non_null(state);
	atomic_store(&closed_number, (int)fake_number(state));
	free(state);
	atomic_fetch_add(&n_closed, 1);
}

static const struct collector_ops fake_collector = {
	.name = "fake",
	.summary = "A fake.",
	.interval = "10ms",
	.tables = fake_tables,
	.options = fake_options_table,
	.options_size = sizeof(struct fake_options),
	.capabilities = 1,
	.namespace_capabilities = 6,
	.open = fake_open,
	.collect = fake_collect,
	.tend = fake_tend,
	.inherit = fake_inherit,
	.close = fake_close,
};

static const struct collector_ops *const fakes[] = { &fake_collector, NULL };

struct sample {
	struct settings_schema *schema;
	struct settings *settings;
	struct crew *crew;
	int changed_fd;
};

/* The settings of a file with that text. */
static inline struct settings *sample_settings(struct sample *sample, const char *text)
{
	struct configuration_faults faults = { 0 };
	struct settings *settings = NULL;
	char path[] = "/tmp/txpathd-test-XXXXXX";
	struct settings_source source = { .path = path };
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	assert_int_equal(settings_load(sample->schema, &source, &faults, &settings), 0);
	unlink(path);
	return settings;
}

static inline void sample_apply(struct sample *sample, const char *text)
{
	settings_unref(sample->settings);
	sample->settings = sample_settings(sample, text);
	assert_int_equal(crew_apply(sample->crew, sample->settings), 0);
}

static inline int sample_setup(void **state)
{
	struct sample *sample = calloc(1, sizeof(*sample));

	log_set_level(LOG_CRIT);
	atomic_store(&open_result, 0);
	atomic_store(&collect_result, 0);
	atomic_store(&n_opened, 0);
	atomic_store(&n_closed, 0);
	atomic_store(&hold, false);
	atomic_store(&hold_tending, false);
	atomic_store(&tend_usec, 0);
	atomic_store(&n_tended, 0);
	atomic_store(&open_lacks, false);
	atomic_store(&collect_lacks, false);
	sample->schema = settings_schema_new(fakes);
	assert_non_null(sample->schema);
	sample->settings = sample_settings(sample, "{}");
	sample->changed_fd = eventfd(0, EFD_NONBLOCK);
	*state = sample;
	return 0;
}

static inline int sample_teardown(void **state)
{
	struct sample *sample = *state;

	crew_free(sample->crew);
	settings_unref(sample->settings);
	settings_schema_unref(sample->schema);
	close(sample->changed_fd);
	free(sample);
	return 0;
}

static inline struct worker *sample_start(struct sample *sample)
{
	assert_int_equal(crew_new(fakes, sample->settings, WORKER_BUDGET_SETTINGS,
	                          sample->changed_fd, &sample->crew),
	                 0);
	return crew_worker(sample->crew, 0);
}

static inline struct worker_status sample_wait_for(struct worker *worker, enum worker_state state)
{
	struct worker_status status;

	for (;;) { /* the test runner's own time limit ends it */
		worker_status(worker, monotonic_usec(), &status);
		if (status.state == state)
			return status;
		usleep(1000);
	}
}

/* Until so many more collections than now have been made. */
static inline void sample_wait_for_more(int n_more)
{
	int n = atomic_load(&n_collected) + n_more;

	while (atomic_load(&n_collected) < n)
		usleep(1000);
}
