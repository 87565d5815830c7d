/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The registry of txpathd-blocking, a program that is txpathd with one collector more: a collector
 * that does in each sample what its configuration says, so that a test knows what is to be counted.
 * The last thing it does may be never to return, as if a driver held it. Compiled only into tests.
 */
#include <errno.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "collectors/drop/drop.h"
#include "collectors/latency/latency.h"
#include "collectors/netfilter/netfilter.h"
#include "collectors/nic/nic.h"
#include "collectors/qdisc/qdisc.h"
#include "collectors/retransmit/retransmit.h"
#include "collectors/socket/socket.h"
#include "collectors/stack/stack.h"
#include "config/json.h"
#include "config/option.h"
#include "daemon/argument.h"
#include "daemon/clock.h"
#include "daemon/registry.h"

#define STEPS_MAX   1000
#define SAMPLES_MAX 1000

enum { OPEN_WORKS, OPEN_LACKS, OPEN_FAILS, OPEN_UNSUPPORTED };

static const char *const open_names[] = { "works", "lacks", "fails", "unsupported", NULL };

struct blocking_options {
	struct string_list steps;
	unsigned open;
};

struct blocking {
	const struct collector_env *env;
	size_t n_samples;
	uint64_t begun_nsec[SAMPLES_MAX]; /* CLOCK_REALTIME of each sample, failed ones included */
};

static const struct metric_table sample_table = {
	.labels = { "sample" },
	.families =
		(const struct metric_family[]){
			{ .name = "test_blocking_sample_timestamp_seconds",
	                  .help = "When the sample was begun, since the Unix epoch.",
	                  .unit = METRIC_NSEC },
		},
	.n_families = 1,
};

static const struct metric_table row_table = {
	.labels = { "name" },
	.families =
		(const struct metric_family[]){
			{ .name = "test_blocking_row", .help = "A row that was asked for." },
		},
	.n_families = 1,
};

static const struct metric_table *const blocking_tables[] = { &sample_table, &row_table, NULL };

static void write_rows(struct batch *batch, const char *prefix, uint64_t n)
{
	for (uint64_t i = 0; i < n; i++) {
		char name[32];
		int length = snprintf(name, sizeof(name), "%s%" PRIu64, prefix, i);
		struct label label = { name, (size_t)length };

		batch_row(batch, &row_table, &label, 1);
		batch_count(batch, 0, i);
	}
}

static void sleep_msec(uint64_t msec)
{
	uint64_t until_usec = monotonic_usec() + msec * 1000;

	while (monotonic_usec() < until_usec)
		(void)usleep(1000);
}

static void spin_usec(uint64_t usec)
{
	uint64_t until_nsec = clock_nsec(CLOCK_THREAD_CPUTIME_ID) + usec * NSEC_PER_USEC;

	while (clock_nsec(CLOCK_THREAD_CPUTIME_ID) < until_nsec)
		;
}

static void hang(void)
{
	for (;;)
		(void)pause();
}

enum verb {
	OK,
	FAIL,
	HANG,
	SLEEP,
	SPIN,
	INTERRUPT,
	SKIP,
	FOLD,
	EVICT,
	ROWS,
	GARBLE,
	LACK,
	NAMESPACES,
	UNREACHABLE,
	UNTRACKED,
	MISS,
	VERBS,
};

static const char *const verbs[VERBS] = {
	[OK] = "ok",
	[FAIL] = "fail",
	[HANG] = "hang",
	[SLEEP] = "sleep",
	[SPIN] = "spin",
	[INTERRUPT] = "interrupt",
	[SKIP] = "skip",
	[FOLD] = "fold",
	[EVICT] = "evict",
	[ROWS] = "rows",
	[GARBLE] = "garble",
	[LACK] = "lack",
	[NAMESPACES] = "namespaces",
	[UNREACHABLE] = "unreachable",
	[UNTRACKED] = "untracked",
	[MISS] = "miss",
};

/* A step is a verb and a number: "sleep 300". */
static enum verb step_parse(const char *step, uint64_t *ret_n)
{
	char word[16];
	enum verb verb = OK;

	*ret_n = 0;
	if (sscanf(step, "%15s %" SCNu64, word, ret_n) < 1)
		return VERBS;
	while (verb < VERBS && strcmp(verbs[verb], word) != 0)
		verb++;
	return verb;
}

static int step_check(const char *step, struct reason *reason)
{
	uint64_t n;

	if (step_parse(step, &n) < VERBS)
		return 0;
	return reason_set(reason, -EINVAL, "no such step");
}

/* What the verb counts or sets; NULL: it is about something else. */
static uint64_t *tallied(struct collector_tally *tally, enum verb verb)
{
	uint64_t *const figures[VERBS] = {
		[INTERRUPT] = &tally->interrupted_dumps,
		[SKIP] = &tally->skipped_objects,
		[FOLD] = &tally->overflowed_groups,
		[EVICT] = &tally->evicted_groups,
		[NAMESPACES] = &tally->n_namespaces,
		[UNREACHABLE] = &tally->n_unreachable_namespaces,
		[UNTRACKED] = &tally->n_untracked_namespaces,
		[MISS] = &tally->namespace_failures,
	};

	return verb < VERBS ? figures[verb] : NULL;
}

static int step_take(const struct blocking *blocking, const char *step, struct batch *batch)
{
	uint64_t n;
	enum verb verb = step_parse(step, &n);
	uint64_t *figure = tallied(blocking->env->tally, verb);

	if (figure)
		*figure += n;
	else if (verb == FAIL)
		return reason_set(blocking->env->reason, -EIO, "fails as it was told");
	else if (verb == LACK)
		return reason_set(blocking->env->reason, 0, "lacks %" PRIu64 " things", n);
	else if (verb == SLEEP)
		sleep_msec(n);
	else if (verb == SPIN)
		spin_usec(n);
	else if (verb == ROWS)
		write_rows(batch, "row ", n);
	else if (verb == GARBLE)
		write_rows(batch, "not UTF-8: \xff ", n);
	else if (verb == HANG)
		hang();
	return 0;
}

static void write_samples(const struct blocking *blocking, struct batch *batch)
{
	for (size_t i = 0; i < blocking->n_samples; i++) {
		char number[32];
		int length = snprintf(number, sizeof(number), "%zu", i + 1);
		struct label label = { number, (size_t)length };

		batch_row(batch, &sample_table, &label, 1);
		batch_count(batch, 0, blocking->begun_nsec[i]);
	}
}

/* For the view: when the sample was begun. */
static void write_detail(struct batch *batch, uint64_t begun_nsec)
{
	uint64_t *detail = batch_detail(batch, sizeof(*detail));

	if (detail)
		*detail = begun_nsec;
}

/* {"samples": [NSEC, …]}, the first ?most=N of them. */
static int view_answer(const struct batch *batch, const struct argument *arguments,
                       size_t n_arguments, struct json_t **ret_document, struct reason *reason)
{
	json_t *samples cleanup(json_decref) = json_array();
	size_t most = SIZE_MAX;

	for (size_t i = 0; i < n_arguments; i++)
		if (strcmp(arguments[i].name, "most") != 0 ||
		    sscanf(arguments[i].value, "%zu", &most) != 1)
			return reason_set(reason, -EINVAL, "\"%s\": no such argument, or no number",
			                  arguments[i].name);
	for (const struct batch_detail *detail = batch->details; detail; detail = detail->next) {
		uint64_t nsec;

		memcpy(&nsec, detail->bytes, sizeof(nsec));
		if (json_array_size(samples) < most)
			(void)json_array_append_new(samples, json_integer((json_int_t)nsec));
	}
	*ret_document = json_pack("{s:O, s:f}", "samples", samples, "third", 1.0 / 3);
	return *ret_document ? 0 : -ENOMEM;
}

static const struct collector_view blocking_view = {
	.path = "/api/v1/blocking",
	.summary = "Blocking",
	.answer = view_answer,
};

static int blocking_open(const struct collector_env *env, void **ret_state)
{
	const struct blocking_options *options = env->options;
	struct blocking *blocking;

	if (options->open == OPEN_FAILS)
		return reason_set(env->reason, -EIO, "cannot be opened");
	if (options->open == OPEN_UNSUPPORTED)
		return reason_set(env->reason, -EOPNOTSUPP, "not in this kernel");
	blocking = calloc(1, sizeof(*blocking));
	if (!blocking)
		return -ENOMEM;
	blocking->env = env;
	if (options->open == OPEN_LACKS)
		(void)reason_set(env->reason, 0, "goes without something");
	*ret_state = blocking;
	return 0;
}

/* One step a sample; behind the last one all is well. */
static int blocking_collect(void *state, struct batch *batch)
{
	struct blocking *blocking = state;
	const struct blocking_options *options = blocking->env->options;
	size_t n = blocking->n_samples;

	if (n < SAMPLES_MAX)
		blocking->begun_nsec[blocking->n_samples++] = clock_nsec(CLOCK_REALTIME);
	write_samples(blocking, batch);
	for (size_t i = 0; i < blocking->n_samples; i++)
		write_detail(batch, blocking->begun_nsec[i]);
	return n < options->steps.n ? step_take(blocking, options->steps.values[n], batch) : 0;
}

static void blocking_close(void *state)
{
	free(state);
}

static const struct option blocking_options_table[] = {
	{ .name = "steps",
	  .help = "What each sample does, in turn: ok, fail, hang, sleep MSEC, spin USEC, "
	          "interrupt N, skip N, fold N, evict N, rows N, garble N, lack N, namespaces N, "
	          "unreachable N, untracked N, miss N.",
	  .type = OPTION_STRINGS,
	  .offset = offsetof(struct blocking_options, steps),
	  .fallback = "[\"ok\", \"ok\", \"ok\", \"hang\"]",
	  .max = STEPS_MAX,
	  .check = step_check },
	{ .name = "open",
	  .help = "How opening it ends.",
	  .type = OPTION_CHOICE,
	  .offset = offsetof(struct blocking_options, open),
	  .fallback = "\"works\"",
	  .choices = open_names },
	OPTION_END
};

static const struct collector_ops blocking_collector = {
	.name = "blocking",
	.summary = "A collector that does as it is told.",
	.interval = "100ms",
	.tables = blocking_tables,
	.options = blocking_options_table,
	.options_size = sizeof(struct blocking_options),
	.namespace_capabilities = UINT64_C(1) << CAP_SYS_ADMIN,
	.view = &blocking_view,
	.open = blocking_open,
	.collect = blocking_collect,
	.close = blocking_close,
};

const struct collector_ops *const registry[] = {
	&socket_collector,    &stack_collector,
	&netfilter_collector, &qdisc_collector,
	&nic_collector,       &retransmit_collector,
	&drop_collector,      &latency_collector,
	&blocking_collector,  NULL,
};
