/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Drops as they are exported: by device, and for each device by reason and origin. Devices that have
 * drops are bounded by limits.max_groups: what has no place is added to the device "(other)", so
 * that sums over all devices stay exact. Only after five minutes without any drop may a device have
 * to give way to another.
 */
#include "bpf/drop.h"
#include "collectors/drop/drop_reasons.h"
#include "daemon/collector.h"

struct drop_groups;

/* Labels are absent for a packet without a device yet, and for our own network namespace. */
struct drop_event {
	struct label device;
	struct label netns;
	uint32_t reason;
	uint32_t origin;
	uint64_t n_packets;
};

/* 0 or −ENOMEM with the reason filled. */
int drop_groups_open(const struct collector_env *env, struct drop_groups **ret_groups);
void drop_groups_close(struct drop_groups *groups);
DEFINE_CLEANUP(struct drop_groups, drop_groups_close)

/* Makes the groups of a former collector those of the one with this env. */
void drop_groups_adopt(struct drop_groups *groups, const struct collector_env *env);

/*
 * Has the reasons that only packets on their way out have, and the hooks' one, be there at zero as
 * those of "(other)": sums are never of nothing. 0 or −ENOMEM.
 */
int drop_groups_expect(struct drop_groups *groups, const struct drop_reasons *reasons);

/* Counts what happened since the last time. */
void drop_groups_add(struct drop_groups *groups, const struct drop_event *event, uint64_t now_usec);

/* The same, of packets whose device is not known. */
void drop_groups_add_other(struct drop_groups *groups, const struct drop_event *event);

/* Packets that there was no memory to count. */
uint64_t drop_groups_lost(const struct drop_groups *groups);

void drop_groups_write(const struct drop_groups *groups, struct drop_reasons *reasons,
                       struct batch *batch);

extern const struct metric_table drop_table;
