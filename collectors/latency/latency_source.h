/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The programs of bpf/latency.bpf.c and their maps. They are loaded once, and attached for a burst at
 * a time; between bursts no map is written.
 */
#include <stdbool.h>
#include <stdint.h>

#include "bpf/latency.h"
#include "collectors/bpf_probes.h"
#include "collectors/latency/latency_counts.h"
#include "collectors/latency/latency_element.h"
#include "daemon/collector.h"

enum latency_role {
	LATENCY_ROLE_SEND,
	LATENCY_ROLE_DATAGRAM_IPV4,
	LATENCY_ROLE_DATAGRAM_IPV6,
	LATENCY_ROLE_FILTER_BEGIN,
	LATENCY_ROLE_FILTER_END,
	LATENCY_ROLE_QUEUE,
	LATENCY_ROLE_DEQUEUE,
	LATENCY_ROLE_START,
	LATENCY_ROLE_STARTED,
	LATENCY_ROLE_COMPLETE,
	LATENCY_ROLE_DROP,
	LATENCY_ROLE_ACKNOWLEDGE,
	LATENCY_ROLE_DESTROY,
	LATENCY_ROLES,
};

struct latency_source;

/* What bursts are to be like. */
struct latency_wish {
	uint64_t netns; /* 0: all */
	uint64_t max_devices;
	uint64_t one_in;
};

/*
 * Loads the programs. 0, or −errno with the reason filled: −ENOSYS, −EPERM, −EOPNOTSUPP as of
 * bpf_probes_open(), −ENOMEM.
 */
int latency_source_open(struct latency_source **ret_source, struct reason *reason);
void latency_source_close(struct latency_source *source);
DEFINE_CLEANUP(struct latency_source, latency_source_close)

/* Who has which role, in the order of enum latency_role. */
const struct bpf_probes *latency_source_probes(const struct latency_source *source);

/*
 * Begins a burst, with nothing left of the one before. Completions of packets are looked for if that
 * is so: whoever receives packets pays for it. 0, or −errno with the reason filled and nothing
 * attached.
 */
int latency_source_begin(struct latency_source *source, const struct latency_wish *wish,
                         bool completions, struct reason *reason);

/* From here on nothing new is begun. */
void latency_source_stop(struct latency_source *source);

/* Takes off whoever has nothing to wait for any more. Returns what is still waited for. */
uint64_t latency_source_drain(struct latency_source *source);

/*
 * Takes everyone off, but for those who take long and cost little where they are; what has not ended
 * is lost, and counted as that.
 */
void latency_source_end(struct latency_source *source);

/* Takes off those as well, after latency_source_end(). */
void latency_source_rest(struct latency_source *source);

/* Devices are written by programs, except when none is attached. 0 or −errno, the reason filled. */
int latency_source_get_devices(const struct latency_source *source,
                               struct latency_devices *ret_devices, struct reason *reason);
int latency_source_put_devices(struct latency_source *source, const struct latency_devices *devices,
                               struct reason *reason);

/* Makes all 0 that was measured of the device in the slot; while nothing is attached. */
int latency_source_clear(struct latency_source *source, uint32_t slot, struct reason *reason);

/* The generation that devices were seen in during the last burst, or are seen in this one. */
uint32_t latency_source_generation(const struct latency_source *source);

/* Adds what was measured of a segment to the sums. 0, or −errno with the reason filled. */
int latency_source_add(struct latency_source *source, enum latency_segment segment, uint32_t slot,
                       struct latency_sums *sums, struct reason *reason);

/* The counts of all CPUs. 0, or −errno with the reason filled. */
int latency_source_count(struct latency_source *source, struct latency_counts *ret_counts,
                         struct reason *reason);

/* What has been begun and not ended, of these counts. */
struct latency_pending latency_source_pending(const struct latency_source *source,
                                              const struct latency_counts *counts);

/* Tells the programs, and what was lost by these counts. */
void latency_source_account(const struct latency_source *source,
                            const struct latency_counts *counts, struct collector_tally *tally);
