/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The programs of bpf/retransmit.bpf.c and their maps. */
#include <stdbool.h>
#include <stdint.h>

#include "bpf/retransmit.h"
#include "daemon/collector.h"

struct retransmit_source;

/* Of what happened since the last time. */
struct retransmit_sample {
	size_t n; /* owners */
	const struct retransmit_owner *owners;
	const struct retransmit_counts *counts; /* of each */
	struct retransmit_counts nobodys;       /* what there was no room for */
};

/*
 * Loads the programs. 0, or −errno with the reason filled: −ENOSYS, −EPERM, −EOPNOTSUPP as of
 * bpf_probes_open(), −ENOMEM.
 */
int retransmit_source_open(struct retransmit_source **ret_source, struct reason *reason);
void retransmit_source_close(struct retransmit_source *source);
DEFINE_CLEANUP(struct retransmit_source, retransmit_source_close)

/*
 * Has them count in the network namespace of this inode, 0: in all, and by command or not. 0, or
 * −errno with the reason filled.
 */
int retransmit_source_configure(struct retransmit_source *source, uint64_t netns, bool comm,
                                struct reason *reason);

/*
 * Takes out of the maps what was counted since the last time; the sample is valid until the next. 0,
 * or −errno with the reason filled, and nothing is lost.
 */
int retransmit_source_take(struct retransmit_source *source, struct retransmit_sample *ret_sample,
                           struct reason *reason);

/* Tells the programs and their losses, and in the reason what they go without; both as of now. */
void retransmit_source_account(const struct retransmit_source *source,
                               struct collector_tally *tally, struct reason *ret_lack);
