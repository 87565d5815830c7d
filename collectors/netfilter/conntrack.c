/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A packet that is sent meets connection tracking at the output hook, where it finds or makes its
 * entry, and behind postrouting, where a new one is put into the table, or the packet dropped.
 *
 * Read from /proc, where it may be read by anybody, and where nothing is loaded by asking: ctnetlink
 * tells the same numbers, but only with CAP_NET_ADMIN, and loads nf_conntrack_netlink, which lets
 * entries be announced. The counters are 32 bits wide and kept by each CPU, both ways. The file's
 * columns are found by their names: they have changed, and "chainlength" counts chains that were
 * too long since Linux 5.15 (nothing before).
 *
 * The limit is told of each network namespace, as each one's entries are held to it by themselves.
 */
#include "collectors/netfilter/conntrack.h"

#include <errno.h>
#include <string.h>

#include "collectors/netfilter/proc_line.h"

#define COUNT_PATH "/proc/sys/net/netfilter/nf_conntrack_count"
#define LIMIT_PATH "/proc/sys/net/netfilter/nf_conntrack_max"
#define STAT_PATH  "/proc/thread-self/net/stat/nf_conntrack"

enum {
	ENTRIES,
	ENTRIES_LIMIT,
	COUNTERS, /* the first one */
	FAMILIES = COUNTERS + CONNTRACK_COUNTERS,
};

static const char *const column_names[CONNTRACK_COUNTERS] = {
	[CONNTRACK_INSERT_FAILED] = "insert_failed",   [CONNTRACK_DROP] = "drop",
	[CONNTRACK_EARLY_DROP] = "early_drop",         [CONNTRACK_INVALID] = "invalid",
	[CONNTRACK_SEARCH_RESTART] = "search_restart", [CONNTRACK_CLASH_RESOLVE] = "clashres",
	[CONNTRACK_CHAIN_TOO_LONG] = "chainlength",
};

static const struct metric_family families[FAMILIES] = {
	[ENTRIES] = {
		.name = "txpath_conntrack_entries",
		.help = "Connections tracked (/proc/sys/net/netfilter/nf_conntrack_count).",
	},
	[ENTRIES_LIMIT] = {
		.name = "txpath_conntrack_entries_limit",
		.help = "Most connections that may be tracked; 0 is without limit (/proc/sys/net/netfilter/nf_conntrack_max).",
	},
	[COUNTERS + CONNTRACK_INSERT_FAILED] = {
		.name = "txpath_conntrack_insert_failed_total",
		.help = "Connections that could not be put into the table, another one being there; their packet was dropped (insert_failed of /proc/net/stat/nf_conntrack, all CPUs).",
		.type = METRIC_COUNTER,
	},
	[COUNTERS + CONNTRACK_DROP] = {
		.name = "txpath_conntrack_drops_total",
		.help = "Packets dropped because the table was full or their connection could not be put into it (drop of /proc/net/stat/nf_conntrack, all CPUs).",
		.type = METRIC_COUNTER,
	},
	[COUNTERS + CONNTRACK_EARLY_DROP] = {
		.name = "txpath_conntrack_early_drops_total",
		.help = "Connections not yet answered that were thrown out of a full table for a new one (early_drop of /proc/net/stat/nf_conntrack, all CPUs).",
		.type = METRIC_COUNTER,
	},
	[COUNTERS + CONNTRACK_INVALID] = {
		.name = "txpath_conntrack_invalid_total",
		.help = "Packets that could not be tracked, as they belong to no connection and begin none (invalid of /proc/net/stat/nf_conntrack, all CPUs).",
		.type = METRIC_COUNTER,
	},
	[COUNTERS + CONNTRACK_SEARCH_RESTART] = {
		.name = "txpath_conntrack_search_restarts_total",
		.help = "Searches begun anew because the table was resized or an entry moved meanwhile (search_restart of /proc/net/stat/nf_conntrack, all CPUs).",
		.type = METRIC_COUNTER,
	},
	[COUNTERS + CONNTRACK_CLASH_RESOLVE] = {
		.name = "txpath_conntrack_clash_resolves_total",
		.help = "Packets given to the connection that another CPU had just put into the table (clashres of /proc/net/stat/nf_conntrack, all CPUs).",
		.type = METRIC_COUNTER,
	},
	[COUNTERS + CONNTRACK_CHAIN_TOO_LONG] = {
		.name = "txpath_conntrack_chain_too_long_total",
		.help = "Connections refused because too many had their place in the table (chainlength of /proc/net/stat/nf_conntrack, all CPUs).",
		.type = METRIC_COUNTER,
	},
};

const struct metric_table conntrack_table = {
	.labels = { "netns" },
	.families = families,
	.n_families = FAMILIES,
};

static void find_columns(struct conntrack_sums *sums, const char *line)
{
	const char *word;
	size_t length;

	while (proc_word(&line, &word, &length)) {
		sums->n_columns++;
		for (size_t i = 0; i < CONNTRACK_COUNTERS; i++)
			if (strlen(column_names[i]) == length &&
			    memcmp(column_names[i], word, length) == 0)
				sums->column[i] = sums->n_columns;
	}
	sums->headed = true;
	sums->malformed = !proc_line_ends(line);
}

int conntrack_sums_add(const char *line, void *context)
{
	struct conntrack_sums *sums = context;

	if (!sums->headed) {
		find_columns(sums, line);
		return 0;
	}
	for (unsigned column = 1; column <= sums->n_columns; column++) {
		uint64_t number;

		if (!proc_number(&line, 16, UINT32_MAX, &number)) {
			sums->malformed = true;
			return 0;
		}
		for (size_t i = 0; i < CONNTRACK_COUNTERS; i++)
			sums->sum[i] += sums->column[i] == column ? number : 0;
	}
	sums->malformed |= !proc_line_ends(line);
	return 0;
}

struct single {
	bool found;
	uint64_t number;
};

static int take_single(const char *line, void *context)
{
	struct single *single = context;

	single->found = proc_number(&line, 10, UINT64_MAX, &single->number) && proc_line_ends(line);
	return 1; /* there is but one line */
}

/* A file that is not there gives no value, and one with something else in it counts as skipped. */
static int write_single(const struct netfilter_target *target, const char *path, unsigned family)
{
	const struct collector_env *env = target->env;
	struct single single = { 0 };
	int error = proc_lines(path, take_single, &single, env->reason);

	if (error < 0)
		return error;
	if (single.found)
		batch_count(target->batch, family, single.number);
	else
		env->tally->skipped_objects++;
	return 0;
}

/* All sums or none: without one CPU they would seem to have gone backwards. */
static int write_sums(const struct netfilter_target *target)
{
	const struct collector_env *env = target->env;
	struct conntrack_sums sums = { 0 };
	int error = proc_lines(STAT_PATH, conntrack_sums_add, &sums, env->reason);

	if (error == -EOPNOTSUPP)
		return reason_set(env->reason, error,
		                  "the counters need CONFIG_NF_CONNTRACK_PROCFS");
	if (error < 0)
		return error;
	if (sums.malformed || !sums.headed) {
		env->tally->skipped_objects++;
		return 0;
	}
	for (unsigned i = 0; i < CONNTRACK_COUNTERS; i++)
		if (sums.column[i])
			batch_count(target->batch, COUNTERS + i, sums.sum[i]);
	return 0;
}

int conntrack_write(const struct netfilter_target *target)
{
	int error;

	if (access(COUNT_PATH, F_OK) < 0 && errno == ENOENT)
		return reason_set(target->env->reason, -EOPNOTSUPP, "nf_conntrack is not loaded");
	batch_row(target->batch, &conntrack_table, &target->netns, 1);
	error = write_single(target, COUNT_PATH, ENTRIES);
	if (!error)
		error = write_single(target, LIMIT_PATH, ENTRIES_LIMIT);
	if (!error)
		error = write_sums(target);
	return error;
}
