/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Retransmissions as they are exported: by unit, command and network namespace of the socket's
 * owner. Bounded by limits.max_groups: what has no place is added to the group "(other)", so that
 * sums over all groups stay exact. Only after five minutes without any event may a group have to
 * give way to another.
 */
#include "bpf/retransmit.h"
#include "daemon/collector.h"

struct retransmit_groups;

/* Labels; absent where things are not told apart by them. */
struct retransmit_key {
	struct label unit;
	struct label comm;
	struct label netns;
};

/* 0 or −ENOMEM with the reason filled. */
int retransmit_groups_open(const struct collector_env *env, struct retransmit_groups **ret_groups);
void retransmit_groups_close(struct retransmit_groups *groups);
DEFINE_CLEANUP(struct retransmit_groups, retransmit_groups_close)

/* Makes the groups of a former collector those of the one with this env. */
void retransmit_groups_adopt(struct retransmit_groups *groups, const struct collector_env *env);

/* Counts what happened since the last time; NULL: nobody knows whose it was. */
void retransmit_groups_add(struct retransmit_groups *groups, const struct retransmit_key *key,
                           const struct retransmit_counts *counts, uint64_t now_usec);

/* "(other)" is there from the start, so that sums are never of nothing. */
void retransmit_groups_write(const struct retransmit_groups *groups, struct batch *batch);

extern const struct metric_table retransmit_table;
