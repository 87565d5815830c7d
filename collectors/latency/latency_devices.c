/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The programs look for a device from where its key hashes to until they meet a slot that nobody has
 * ever had. So one that is given up stays to be passed over, unless that slot follows.
 */
#include "collectors/latency/latency_devices.h"

#include "daemon/clock.h"

#define KEEP_USEC      (600 * USEC_PER_SEC)
#define KEEP_FULL_USEC (60 * USEC_PER_SEC)

void latency_slots_note(struct latency_slots *slots, uint64_t now_usec)
{
	for (size_t i = 0; i < LATENCY_SLOTS; i++) {
		const struct latency_device *device = &slots->devices.slots[i];

		if (!latency_slot_is_used(device) || slots->generations[i] == device->generation)
			continue;
		slots->generations[i] = device->generation;
		slots->seen_usec[i] = now_usec;
	}
}

bool latency_slots_have_hardware(const struct latency_slots *slots)
{
	bool any = false;

	for (size_t i = 0; i < LATENCY_SLOTS; i++) {
		const struct latency_device *device = &slots->devices.slots[i];

		any |= latency_slot_is_used(device) && device->hardware;
	}
	return any;
}

static void free_given(struct latency_devices *devices)
{
	/* Twice, because the last slot is followed by the first. */
	for (size_t i = 2 * LATENCY_SLOTS; i > 0; i--) {
		struct latency_device *device = &devices->slots[(i - 1) % LATENCY_SLOTS];

		if (device->key == LATENCY_GIVEN &&
		    devices->slots[i % LATENCY_SLOTS].key == LATENCY_FREE)
			device->key = LATENCY_FREE;
	}
}

uint64_t latency_slots_recycle(struct latency_slots *slots, uint64_t max_devices, uint64_t now_usec)
{
	struct latency_devices *devices = &slots->devices;
	uint64_t keep_usec = devices->n_used < max_devices ? KEEP_USEC : KEEP_FULL_USEC;
	uint64_t given = 0;

	for (size_t i = 0; i < LATENCY_SLOTS; i++) {
		struct latency_device *device = &devices->slots[i];

		if (!latency_slot_is_used(device) || now_usec < slots->seen_usec[i] + keep_usec)
			continue;
		*device = (struct latency_device){ .key = LATENCY_GIVEN };
		slots->generations[i] = 0;
		devices->n_used--;
		given |= UINT64_C(1) << i;
	}
	if (given)
		free_given(devices);
	return given;
}
