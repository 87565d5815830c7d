/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Below latency.bpf.c, and for it alone: which slot a device has. */
#include "bpf/latency_maps.h"

static __always_inline void look_at_device(const struct net_device *dev,
                                           struct latency_device *device)
{
	if (device->generation == settings.generation)
		return;
	device->hardware = dev->dev.parent != NULL;
	(void)bpf_probe_read_kernel(device->name, sizeof(device->name), dev->name);
	device->generation = settings.generation;
}

/*
 * Gives the device a slot. Whoever else gives one to the same device meanwhile tries the same ones in
 * the same order.
 */
static __always_inline __u32 give_slot(__u64 key, __u32 home)
{
	__u32 slot, i;

	if (devices.n_used >= settings.max_devices)
		return LATENCY_OTHER;
	if (__sync_fetch_and_add(&devices.n_used, 1) >= settings.max_devices)
		goto none;
	for (i = 0; i < LATENCY_SLOTS; i++) {
		__u64 found;

		slot = home + i;
		asm volatile("%0 &= 63" : "+r"(slot));
		found = devices.slots[slot].key;
		if (found == LATENCY_FREE || found == LATENCY_GIVEN) {
			__u64 before =
				__sync_val_compare_and_swap(&devices.slots[slot].key, found, key);

			if (before == found)
				return slot;
			found = before;
		}
		if (found == key) {
			__sync_fetch_and_sub(&devices.n_used, 1);
			return slot;
		}
	}
none:
	__sync_fetch_and_sub(&devices.n_used, 1);
	return LATENCY_OTHER;
}

/* The slot that a device has, or LATENCY_OTHER. */
static __always_inline __u32 look_for_slot(__u64 key, __u32 home)
{
	__u32 slot, i;

	for (i = 0; i < LATENCY_SLOTS; i++) {
		slot = home + i;
		asm volatile("%0 &= 63" : "+r"(slot));
		if (devices.slots[slot].key == key)
			return slot;
		if (devices.slots[slot].key == LATENCY_FREE)
			break;
	}
	return LATENCY_OTHER;
}

/* The slot of the device, which it is given when it has none; −1: it is not one of those wanted. */
static __always_inline int find_slot(const struct net_device *dev, __u32 *ret_hardware)
{
	__u32 netns = dev->nd_net.net->ns.inum, home, slot;
	__u64 key = (__u64)netns << 32 | (__u32)dev->ifindex;

	*ret_hardware = 0;
	if (settings.netns && settings.netns != netns)
		return -1;
	home = key * GOLDEN_RATIO >> 58;
	slot = look_for_slot(key, home);
	if (slot >= LATENCY_SLOTS)
		slot = give_slot(key, home);
	if (slot >= LATENCY_SLOTS)
		return LATENCY_OTHER;
	look_at_device(dev, &devices.slots[slot]);
	*ret_hardware = devices.slots[slot].hardware;
	return slot;
}
