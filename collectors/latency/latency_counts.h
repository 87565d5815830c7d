/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What the programs count: begun, ended and lost. */
#include <stdint.h>

#include "bpf/latency.h"
#include "daemon/collector.h"

/* What has been begun and not ended. */
struct latency_pending {
	int64_t n_sends;
	int64_t n_unsent; /* of those, not transmitted yet */
	int64_t n_queued;
	int64_t n_completions;
};

static inline uint64_t latency_pending_sum(struct latency_pending pending)
{
	return (uint64_t)(pending.n_sends + pending.n_queued + pending.n_completions);
}

/*
 * Begun less ended, since the programs were loaded. What has never ended stays in it; and it may be
 * below 0, as the counts of all CPUs are not of one moment.
 */
struct latency_pending latency_counts_balance(const struct latency_counts *counts);

/* What has been begun and not ended since the balance was that. */
struct latency_pending latency_counts_pending(const struct latency_counts *counts,
                                              const struct latency_pending *settled);

/* Tells what was lost, and why. */
void latency_counts_account(const struct latency_counts *counts, uint64_t n_unfinished,
                            struct collector_tally *tally);
