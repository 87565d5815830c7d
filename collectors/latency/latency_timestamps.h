/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The programs of bpf/latency_timestamp.bpf.c, which measure what the others cannot, into their maps.
 * They are at the topmost cgroup that is mounted, and look at sockets of our own network namespace:
 * sockets have a flag while a burst is on, which can be set and taken away in this one alone. Should
 * the daemon be killed meanwhile the flags stay, until the sockets are closed: they cost a comparison
 * for each send(), and nothing comes of them unless somebody else asks for such timestamps.
 *
 * NULL is accepted by all functions but latency_timestamps_open() and latency_timestamps_probes().
 */
#include "collectors/bpf_probes.h"
#include "daemon/cleanup.h"

struct latency_timestamps;

/*
 * For segments, bits 1 << LATENCY_…, with the maps of bpf/latency.bpf.c. 0, or −errno with the reason
 * filled: −EOPNOTSUPP before Linux 6.15 or without cgroup v2, −EPERM, −ENOMEM.
 */
int latency_timestamps_open(const struct bpf_maps *maps, unsigned segments,
                            struct latency_timestamps **ret_timestamps, struct reason *reason);
/* In a burst latency_timestamps_stop() is due before that. */
void latency_timestamps_close(struct latency_timestamps *timestamps);
DEFINE_CLEANUP(struct latency_timestamps, latency_timestamps_close)

const struct bpf_probes *latency_timestamps_probes(const struct latency_timestamps *timestamps);

/*
 * In a burst, whose settings are in the maps: sockets that are there are flagged, and those that come.
 * 0, or −errno with the reason filled, and latency_timestamps_end() is due.
 */
int latency_timestamps_begin(struct latency_timestamps *timestamps, struct reason *reason);

/* From here on nothing new is begun; the settings say so already. */
void latency_timestamps_stop(struct latency_timestamps *timestamps);

/* Takes the program off. */
void latency_timestamps_end(struct latency_timestamps *timestamps);
