/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The collector contract: everything the daemon knows of a collector, and all that a collector
 * knows of the daemon. A collector answers "what is it now?"; clocks, threads, HTTP, formats and
 * logging are the daemon's.
 */
#include <stdbool.h>
#include <stdint.h>

#include "daemon/batch.h"
#include "daemon/metric.h"
#include "daemon/reason.h"

struct option;

/* What befell a collector on its way to its samples: counters, only ever added to. */
struct collector_tally {
	uint64_t interrupted_dumps; /* dumps or walks begun anew because the kernel's state moved */
	uint64_t overflowed_groups; /* label values folded into (other) by a bound */
	uint64_t skipped_objects;   /* objects left out: malformed, told twice, or gone meanwhile */
};

/* What a collector is given; it stays valid and in place from open to close. */
struct collector_env {
	const void *options; /* the collector's own struct, filled from its option table */
	struct collector_tally *tally; /* written by the collector's thread only */
	struct reason *reason;         /* filled by a call that fails */
};

struct collector_ops {
	const char *name;     /* configuration key, and value of the "collector" label */
	const char *summary;  /* one line, for --list-collectors and the reference */
	const char *interval; /* default, as the configuration writes it: "1s" */

	const struct metric_table *const *tables; /* all it may emit; ended by NULL */
	const struct option *options; /* what its configuration may hold; ended by a NULL name */
	size_t options_size;          /* of the struct that the options describe */
	uint64_t capabilities;        /* needed while it runs: bits 1 << CAP_… */

	/*
	 * All three run on the collector's own thread and may block there.
	 *
	 * open: 0 and the state, or −errno with env->reason filled. −EOPNOTSUPP, −EPERM and −ENOSYS
	 * mean that this machine or build cannot: not tried again until the configuration changes.
	 * With 0, a reason says what the collector will have to go without.
	 * collect: fills the empty batch with the truth now and returns 0, or returns −errno with
	 * env->reason filled and the batch is thrown away. Errors of the batch itself stick to it.
	 * close: releases the state; NULL is accepted.
	 */
	int (*open)(const struct collector_env *env, void **ret_state);
	int (*collect)(void *state, struct batch *batch);
	void (*close)(void *state);
};
