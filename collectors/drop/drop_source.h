/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The program of bpf/drop.bpf.c and its maps. */
#include "bpf/drop.h"
#include "collectors/drop/drop_reasons.h"
#include "daemon/collector.h"

struct drop_source;

/* Packets dropped since the last time. */
struct drop_sample {
	size_t n;
	const struct drop_key *keys;
	const __u64 *counts;

	size_t n_sums; /* of what the maps had no room for, by device */
	const struct drop_sum_key *sum_keys;
	const __u64 *sums;
};

/*
 * Loads the program, which counts nothing yet. 0, or −errno with the reason filled: −ENOSYS, −EPERM,
 * −EOPNOTSUPP as of bpf_probes_open(), −ENOMEM.
 */
int drop_source_open(struct drop_source **ret_source, struct reason *reason);
void drop_source_close(struct drop_source *source);
DEFINE_CLEANUP(struct drop_source, drop_source_close)

/*
 * Has it count in the network namespace of this inode, 0: in all, and tells it what reasons mean. 0,
 * or −errno with the reason filled.
 */
int drop_source_configure(struct drop_source *source, const struct drop_reasons *reasons,
                          uint64_t netns, struct reason *reason);

/*
 * Takes out of the maps what was counted since the last time; the sample is valid until the next. 0,
 * or −errno with the reason filled, and nothing is lost.
 */
int drop_source_take(struct drop_source *source, struct drop_sample *ret_sample,
                     struct reason *reason);

/* Tells the program and its losses, as of now. */
void drop_source_account(const struct drop_source *source, struct collector_tally *tally);
