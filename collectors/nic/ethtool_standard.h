/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Counters that mean the same for every driver that has them, as they are those of IEEE 802.3 (clause
 * 30.3.1.1) and of RMON (RFC 2819): ETHTOOL_MSG_STATS_GET, Linux 5.13. Only what is about sending;
 * of the group eth-phy nothing is.
 */
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <stdbool.h>
#include <stdint.h>

enum nic_standard_counter {
	NIC_MAC_FRAMES,
	NIC_MAC_BYTES,
	NIC_MAC_MULTICAST,
	NIC_MAC_BROADCAST,
	NIC_MAC_SINGLE_COLLISION, /* from here on events */
	NIC_MAC_MULTIPLE_COLLISIONS,
	NIC_MAC_DEFERRED,
	NIC_MAC_LATE_COLLISION,
	NIC_MAC_EXCESSIVE_COLLISIONS,
	NIC_MAC_INTERNAL_ERROR,
	NIC_MAC_CARRIER_SENSE_ERROR,
	NIC_MAC_EXCESSIVE_DEFERRAL,
	NIC_STANDARD_COUNTERS,
};

#define NIC_FRAME_SIZES_MAX 16 /* the kernel has room for 11 */

/* Frames sent of low to high bytes. */
struct nic_frame_size {
	uint32_t low, high;
	uint64_t n_frames;
};

/* Empty when zeroed. */
struct nic_standard {
	uint32_t present; /* bit per counter */
	uint32_t n_sizes;
	uint64_t values[NIC_STANDARD_COUNTERS];
	struct nic_frame_size sizes[NIC_FRAME_SIZES_MAX];
};

static inline bool nic_standard_is_empty(const struct nic_standard *standard)
{
	return !standard->present && !standard->n_sizes;
}

/* A request for all devices: what stands behind the netlink header. */
struct ethtool_standard_request {
	struct genlmsghdr header;
	struct nlattr which; /* an empty nest: all of them */
	struct nlattr groups;
	struct nlattr no_mask;
	struct nlattr size;
	uint32_t size_bits;
	struct nlattr value;
	uint32_t value_bits;
};

struct ethtool_standard_request ethtool_standard_request(void);

/* What a reply tells, and of which device. −EBADMSG: not a whole one. */
int ethtool_standard_parse(const struct nlmsghdr *message, int *ret_index,
                           struct nic_standard *ret_standard);
