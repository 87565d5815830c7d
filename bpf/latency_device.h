/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Below latency.bpf.c, and for it alone: which slot a device has. */
#include "bpf/latency_maps.h"

static __always_inline void look_at_device(const struct latency_settings *wanted,
                                           const struct net_device *dev,
                                           struct latency_device *device)
{
	if (device->generation == wanted->generation)
		return;
	device->hardware = dev->dev.parent != NULL;
	(void)bpf_probe_read_kernel(device->name, sizeof(device->name), dev->name);
	device->generation = wanted->generation;
}

/* The slot of the device, which it is given when it has none; −1: it is not one of those wanted. */
static __always_inline int find_slot(const struct latency_settings *wanted,
                                     const struct net_device *dev, __u32 *ret_hardware)
{
	__u32 netns = dev->nd_net.net->ns.inum, first = 0, home, slot, i;
	__u64 key = (__u64)netns << 32 | (__u32)dev->ifindex, found;
	struct latency_devices *all;

	*ret_hardware = 0;
	if (wanted->netns && wanted->netns != netns)
		return -1;
	all = bpf_map_lookup_elem(&devices, &first);
	if (!all)
		return -1;
	home = key * GOLDEN_RATIO >> 58;
	for (i = 0; i < LATENCY_SLOTS; i++) {
		slot = home + i;
		asm volatile("%0 &= 63" : "+r"(slot));
		found = all->slots[slot].key;
		if (found == key)
			goto found;
		if (found == LATENCY_FREE)
			break;
	}
	if (all->n_used >= wanted->max_devices)
		return LATENCY_OTHER;
	if (__sync_fetch_and_add(&all->n_used, 1) >= wanted->max_devices) {
		__sync_fetch_and_sub(&all->n_used, 1);
		return LATENCY_OTHER;
	}
	/* Whoever else gives the same device a slot tries the same ones in the same order. */
	for (i = 0; i < LATENCY_SLOTS; i++) {
		slot = home + i;
		asm volatile("%0 &= 63" : "+r"(slot));
		found = all->slots[slot].key;
		if (found == LATENCY_FREE || found == LATENCY_GIVEN) {
			__u64 before =
				__sync_val_compare_and_swap(&all->slots[slot].key, found, key);

			if (before == found)
				goto found;
			found = before;
		}
		if (found == key) {
			__sync_fetch_and_sub(&all->n_used, 1);
			goto found;
		}
	}
	__sync_fetch_and_sub(&all->n_used, 1);
	return LATENCY_OTHER;
found:
	look_at_device(wanted, dev, &all->slots[slot]);
	*ret_hardware = all->slots[slot].hardware;
	return slot;
}
