/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The connection tracking of one network namespace. */
#include "collectors/netfilter/netfilter_target.h"

/* What all CPUs have counted, by the names that conntrack(8) and the kernel give it. */
enum conntrack_counter {
	CONNTRACK_INSERT_FAILED,
	CONNTRACK_DROP,
	CONNTRACK_EARLY_DROP,
	CONNTRACK_INVALID,
	CONNTRACK_SEARCH_RESTART,
	CONNTRACK_CLASH_RESOLVE,
	CONNTRACK_CHAIN_TOO_LONG,
	CONNTRACK_COUNTERS,
};

/* All lines of /proc/net/stat/nf_conntrack, added up; begins zeroed. */
struct conntrack_sums {
	bool headed;    /* the names of the columns are known */
	bool malformed; /* a line does not fit them: the sums are worth nothing */
	unsigned n_columns;
	unsigned column[CONNTRACK_COUNTERS]; /* from 1 on; 0: this kernel does not count that */
	uint64_t sum[CONNTRACK_COUNTERS];
};

/* Takes one line of the file: a proc_line_fn whose context is a struct conntrack_sums. Returns 0. */
int conntrack_sums_add(const char *line, void *context);

extern const struct metric_table conntrack_table;

/*
 * Writes the row of the network namespace that the thread is in. 0, or −errno with the reason: −EOPNOTSUPP
 * where connections are not tracked.
 */
int conntrack_write(const struct netfilter_target *target);
