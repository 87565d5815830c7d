/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The registry of txpathd-blocking, a program that is txpathd with one collector more: after some
 * good samples its collect() never returns, as if a driver held it. Compiled only into tests.
 */
#include <errno.h>

#include "collectors/qdisc.h"
#include "collectors/socket.h"
#include "config/option.h"
#include "daemon/registry.h"

struct blocking_options {
	uint64_t good_samples;
};

struct blocking {
	uint64_t samples_left;
	uint64_t n;
};

static const struct option blocking_options_table[] = {
	{ .name = "good_samples",
	  .help = "Samples before the one that never returns.",
	  .type = OPTION_INTEGER,
	  .offset = offsetof(struct blocking_options, good_samples),
	  .fallback = "3",
	  .min = 0,
	  .max = 1000000 },
	OPTION_END
};

static const struct metric_table blocking_table = {
	.families =
		(const struct metric_family[]){
			{ .name = "test_blocking_samples_total",
	                  .help = "Samples before the one that never returned.",
	                  .type = METRIC_COUNTER },
		},
	.n_families = 1,
};

static const struct metric_table *const blocking_tables[] = { &blocking_table, NULL };

static int blocking_open(const struct collector_env *env, void **ret_state)
{
	const struct blocking_options *options = env->options;
	struct blocking *blocking = calloc(1, sizeof(*blocking));

	if (!blocking)
		return -ENOMEM;
	blocking->samples_left = options->good_samples;
	*ret_state = blocking;
	return 0;
}

static int blocking_collect(void *state, struct batch *batch)
{
	struct blocking *blocking = state;

	while (blocking->samples_left == 0)
		(void)pause();
	blocking->samples_left--;
	batch_row(batch, &blocking_table, NULL, 0);
	batch_count(batch, 0, ++blocking->n);
	return 0;
}

static void blocking_close(void *state)
{
	free(state);
}

static const struct collector_ops blocking_collector = {
	.name = "blocking",
	.summary = "A collector that the kernel never lets go.",
	.interval = "100ms",
	.tables = blocking_tables,
	.options = blocking_options_table,
	.options_size = sizeof(struct blocking_options),
	.open = blocking_open,
	.collect = blocking_collect,
	.close = blocking_close,
};

const struct collector_ops *const registry[] = {
	&socket_collector,
	&qdisc_collector,
	&blocking_collector,
	NULL,
};
