/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* A network device as rtnetlink tells of it (rtnetlink(7), linux/if_link.h: IFLA_…). */
#include <linux/if.h>
#include <linux/if_link.h>
#include <stdbool.h>
#include <stdint.h>

#include "collectors/netlink.h"
#include "daemon/batch.h"

#define NIC_KIND_SIZE    32
#define NIC_ADDRESS_SIZE 32

/* Zeroed where nothing is told: two may be compared by their bytes. */
struct nic_link {
	int index;
	unsigned name_length;
	char name[IFNAMSIZ]; /* any bytes but NUL and '/', zero to the end */
	unsigned kind_length;
	char kind[NIC_KIND_SIZE]; /* "veth", …; empty for what is no virtual device */
	int master;               /* index of the bridge or bond that it belongs to, or 0 */
	unsigned flags;           /* IFF_… */
	uint32_t mtu;
	uint32_t queue_length; /* packets, of the default qdisc */
	uint32_t n_queues;     /* for sending, in use or not */
	uint32_t address_length;
	unsigned char address[NIC_ADDRESS_SIZE];
	uint32_t carrier_changes;
	bool has_carrier_changes;
};

/* Parses an RTM_NEWLINK. −EBADMSG: not a whole one. −ENODATA: not of a device, but of its port. */
int nic_link_parse(const struct nlmsghdr *message, struct nic_link *ret_link);

/* The index in an RTM_DELLINK that means the device; 0: none. */
int nic_link_parse_removal(const struct nlmsghdr *message);

/* Whether it is one of those that container engines make by the hundred. */
bool nic_link_is_container(const struct nic_link *link);

/* Parses an RTM_NEWSTATS with IFLA_STATS_LINK_64. −EBADMSG: not a whole one. */
int nic_counters_parse(const struct nlmsghdr *message, int *ret_index,
                       struct rtnl_link_stats64 *ret_counters);

static inline struct label nic_link_label(const struct nic_link *link)
{
	return (struct label){ link->name, link->name_length };
}
