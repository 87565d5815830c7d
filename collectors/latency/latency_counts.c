/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "collectors/latency/latency_counts.h"

#include "collectors/bpf_account.h"

struct latency_pending latency_counts_balance(const struct latency_counts *counts)
{
	const __u64 *n = counts->n;
	int64_t n_sends = (int64_t)(n[LATENCY_SENDS] - n[LATENCY_SENDS_CLOSED_UNSENT]);

	return (struct latency_pending){
		.n_sends = n_sends - (int64_t)(n[LATENCY_SENDS_ACKED] + n[LATENCY_SENDS_CLOSED]),
		.n_unsent = n_sends - (int64_t)n[LATENCY_SENDS_SENT],
		.n_queued = (int64_t)(n[LATENCY_QUEUED] - n[LATENCY_QUEUED_OVERWRITTEN] -
		                      n[LATENCY_QUEUED_FORGOTTEN] - n[LATENCY_QUEUED_DEQUEUED] -
		                      n[LATENCY_QUEUED_BYPASSED] - n[LATENCY_QUEUED_DROPPED]),
		.n_completions =
			(int64_t)(n[LATENCY_COMPLETIONS] - n[LATENCY_COMPLETIONS_OVERWRITTEN] -
		                  n[LATENCY_COMPLETIONS_FORGOTTEN] -
		                  n[LATENCY_COMPLETIONS_REFUSED] - n[LATENCY_COMPLETIONS_DONE] -
		                  n[LATENCY_COMPLETIONS_FREED] - n[LATENCY_COMPLETIONS_DROPPED]),
	};
}

static int64_t above(int64_t now, int64_t before)
{
	return now > before ? now - before : 0;
}

struct latency_pending latency_counts_pending(const struct latency_counts *counts,
                                              const struct latency_pending *settled)
{
	const struct latency_pending now = latency_counts_balance(counts);

	return (struct latency_pending){
		.n_sends = above(now.n_sends, settled->n_sends),
		.n_unsent = above(now.n_unsent, settled->n_unsent),
		.n_queued = above(now.n_queued, settled->n_queued),
		.n_completions = above(now.n_completions, settled->n_completions),
	};
}

void latency_counts_account(const struct latency_counts *counts, uint64_t n_unfinished,
                            struct collector_tally *tally)
{
	const __u64 *n = counts->n;

	bpf_account_loss(tally, "overwritten",
	                 n[LATENCY_SENDS_CROWDED] + n[LATENCY_QUEUED_OVERWRITTEN] +
	                         n[LATENCY_STARTED_OVERWRITTEN] +
	                         n[LATENCY_COMPLETIONS_OVERWRITTEN]);
	bpf_account_loss(tally, "freed",
	                 n[LATENCY_SENDS_CLOSED] + n[LATENCY_SENDS_CLOSED_UNSENT] +
	                         n[LATENCY_QUEUED_FORGOTTEN] + n[LATENCY_QUEUED_DROPPED] +
	                         n[LATENCY_COMPLETIONS_FORGOTTEN] + n[LATENCY_COMPLETIONS_REFUSED] +
	                         n[LATENCY_COMPLETIONS_DROPPED]);
	bpf_account_loss(tally, "unfinished", n_unfinished);
	bpf_account_loss(tally, "no_memory", n[LATENCY_SENDS_UNTRACKED]);
	bpf_account_loss(tally, "unclear", n[LATENCY_SENDS_UNCLEAR]);
	bpf_account_loss(tally, "bulk", n[LATENCY_BULK_UNSEEN]);
}
