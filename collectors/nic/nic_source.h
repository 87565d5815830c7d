/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * By what the devices of one network namespace are read, and noticed: sockets that are open, in our
 * own namespace all the time.
 */
#include "collectors/namespace.h"
#include "collectors/nic/nic_table.h"

struct nic_source {
	const struct namespace *namespace; /* NULL: our own */
	struct netlink *route;
	struct netlink *generic;       /* NULL: this kernel has none of the families */
	struct netlink *route_changes; /* this and the next one in our own namespace only */
	struct netlink *ethtool_changes;
	struct ethtool_ioctl ioctl;
};

#define NIC_SOURCE_CLOSED ((struct nic_source){ .ioctl = { .fd = -1 } })

/* 0, or −errno with the reason filled; either way it is to be closed. */
int nic_source_open(struct nic_source *source, const struct nic_setup *setup,
                    const struct namespace *namespace);
void nic_source_close(struct nic_source *source);

static inline void nic_source_close_p(struct nic_source *source)
{
	nic_source_close(source);
}

/*
 * Takes into the table what has changed, by notifications where there are any, else by listing all
 * devices. 0, or −errno with the reason filled: the table is incomplete.
 */
int nic_source_refresh(struct nic_source *source, struct nic_table *table);
