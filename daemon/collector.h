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

struct argument;
struct choice_or_strings;
struct json_t;
struct option;

/* Programs that a collector has in the kernel (BPF), and causes for which they lose events. */
#define COLLECTOR_PROGRAMS_MAX 24
#define COLLECTOR_LOSSES_MAX   8

struct collector_program {
	const char *name; /* static */
	bool attached;
	bool accounted; /* run_nsec and n_runs are kept by the kernel */
	uint64_t run_nsec, n_runs;
};

/* Events that were seen and not counted, or counted as nobody's. */
struct collector_loss {
	const char *cause; /* static */
	uint64_t n_events;
};

/* What befell a collector on its way to its samples. */
struct collector_tally {
	/* Counters, only ever added to. */
	uint64_t interrupted_dumps; /* dumps or walks begun anew because the kernel's state moved */
	uint64_t overflowed_groups; /* label values folded into (other) by a bound */
	uint64_t evicted_groups;    /* groups that nothing is in any more, given up for others */
	uint64_t skipped_objects;   /* objects left out: malformed, told twice, or gone meanwhile */
	uint64_t namespace_failures; /* samples of other network namespaces that failed */

	/* As it is now: other network namespaces. */
	uint64_t n_namespaces;             /* that are sampled, each in its turn */
	uint64_t n_unreachable_namespaces; /* that cannot be entered */
	uint64_t n_untracked_namespaces;   /* beyond limits.max_namespaces */

	size_t n_programs;
	struct collector_program programs[COLLECTOR_PROGRAMS_MAX];
	size_t n_losses;
	struct collector_loss losses[COLLECTOR_LOSSES_MAX];
};

/* What is configured for all collectors alike. */
struct collector_scope {
	const struct choice_or_strings *namespaces; /* a COLLECTOR_NAMESPACES_…, or names */
	uint64_t max_namespaces;                    /* others than our own, per collector */
	uint64_t max_groups;                        /* label values of a kind, per collector */
};

/* Which network namespaces: choices of the option "namespaces". */
enum {
	COLLECTOR_NAMESPACES_OWN,
	COLLECTOR_NAMESPACES_ALL,
	COLLECTOR_NAMESPACES_NAMED, /* those in the list */
};

/* What a collector is given; it stays valid and in place from open to close. */
struct collector_env {
	const void *options; /* the collector's own struct, filled from its option table */
	struct collector_tally *tally; /* written by the collector's thread only */
	struct reason *reason;         /* filled by a call that fails */
	const void *former; /* during open: the state that is to be inherited from, or NULL */
	struct collector_scope scope;
	uint64_t budget_nsec; /* CPU time that the next collection may take; set before each */
	uint64_t cpu_percent; /* of a core, that tending may take; set before each */
};

/*
 * A question that a collector answers over HTTP from what it has left in its last sample by
 * batch_detail(): what is too much for labels.
 */
struct collector_view {
	const char *path;    /* "/api/v1/sockets" */
	const char *summary; /* one line, for the reference */

	/*
	 * The answer to a request with these arguments, as JSON (a new reference). Runs on the
	 * control thread and must not block. −EINVAL: the reason names the argument and what is
	 * wrong with it. −ENOMEM.
	 */
	int (*answer)(const struct batch *batch, const struct argument *arguments,
	              size_t n_arguments, struct json_t **ret_document, struct reason *reason);
};

struct collector_ops {
	const char *name;     /* configuration key, and value of the "collector" label */
	const char *summary;  /* one line, for --list-collectors and the reference */
	const char *interval; /* default, as the configuration writes it: "1s" */

	const struct metric_table *const *tables; /* all it may emit; ended by NULL */
	const struct option *options;  /* what its configuration may hold; ended by a NULL name */
	size_t options_size;           /* of the struct that the options describe */
	uint64_t opening_capabilities; /* needed by open alone, and only once: bits 1 << CAP_… */
	uint64_t capabilities;         /* needed while it runs */
	uint64_t (*option_capabilities)(const void *options); /* and for these options; or NULL */
	uint64_t namespace_capabilities;   /* and for other network namespaces than its own */
	const struct collector_view *view; /* or NULL */

	/*
	 * All of these run on the collector's own thread and may block there.
	 *
	 * open: 0 and the state, or −errno with env->reason filled. −EOPNOTSUPP, −EPERM and −ENOSYS
	 * mean that this machine or build cannot: not tried again until the configuration changes.
	 * With 0, a reason says what the collector will have to go without.
	 * collect: fills the empty batch with the truth now and returns 0, or returns −errno with
	 * env->reason filled and the batch is thrown away. Errors of the batch itself stick to it.
	 * With 0, a reason says what the sample had to go without.
	 * tend: does what is due between collections, at times that the collector sets itself. Called
	 * after each open, and when the time (CLOCK_MONOTONIC, microseconds) that it has returned has
	 * come; it must not wait for anything but the kernel, and what goes wrong in it is told by the
	 * next collect. UINT64_MAX: never again. NULL: nothing is due.
	 * inherit: takes over from the former state, which was opened with other options and is
	 * closed next, what is to live on, such as counters; and what open has left to it because
	 * there was a former state, such as what needs opening_capabilities, which are gone. NULL:
	 * nothing.
	 * close: releases the state; NULL is accepted.
	 */
	int (*open)(const struct collector_env *env, void **ret_state);
	int (*collect)(void *state, struct batch *batch);
	uint64_t (*tend)(void *state, uint64_t now_usec);
	void (*inherit)(void *state, void *former);
	void (*close)(void *state);
};
