/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Devices that the programs tell apart, in slots. A slot of one that has not been seen for long is
 * given to others, between bursts.
 */
#include <stdbool.h>
#include <stdint.h>

#include "bpf/latency.h"

struct latency_slots {
	struct latency_devices devices; /* as they were last read */
	uint64_t seen_usec[LATENCY_SLOTS];
	uint32_t generations[LATENCY_SLOTS]; /* that it was last seen in */
};

static inline bool latency_slot_is_used(const struct latency_device *device)
{
	return device->key != LATENCY_FREE && device->key != LATENCY_GIVEN;
}

static inline uint32_t latency_slot_netns(const struct latency_device *device)
{
	return (uint32_t)(device->key >> 32);
}

/* Takes note of when those in use were seen, of the devices that have been read. */
void latency_slots_note(struct latency_slots *slots, uint64_t now_usec);

/* Whether any device is one of hardware. */
bool latency_slots_have_hardware(const struct latency_slots *slots);

/*
 * Gives up the slots of devices that have not been seen for long, which is sooner when max_devices
 * leave no slot to others. Returns a bit for each of them: what was measured there is to be cleared.
 */
uint64_t latency_slots_recycle(struct latency_slots *slots, uint64_t max_devices,
                               uint64_t now_usec);
