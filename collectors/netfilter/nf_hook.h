/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Functions registered at the hooks that a packet passes on its way out. */
#include "collectors/netfilter/netfilter_target.h"
#include "collectors/netlink.h"

/* Whether the message tells of one function at the hook. */
bool nf_hook_message_is(const struct nlmsghdr *message, unsigned hook);

extern const struct metric_table nf_hook_table;

/*
 * Asks by a NETLINK_NETFILTER socket and writes a row for each family and hook. 0, or −errno with
 * the reason; −EINTR: the sample is to be taken anew.
 */
int nf_hook_write(const struct netfilter_target *target, struct netlink *netlink);
