/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The counters of queues in generic netlink's family "netdev" (Linux 6.9, some drivers). */
#include <linux/genetlink.h>
#include <linux/netlink.h>

#include "collectors/nic/nic_queue.h"

/* A request for the queues of all devices: what stands behind the netlink header. */
struct netdev_request {
	struct genlmsghdr header;
	struct nlattr scope;
	uint32_t scope_bits; /* an unsigned number of 4 or 8 bytes */
};

struct netdev_request netdev_request(void);

/* What is told of one queue for sending. */
struct netdev_message {
	int device_index;
	uint32_t queue;
	struct nic_queue counters;
};

/* −ENODATA: of a queue for receiving. −EBADMSG: not a whole one. */
int netdev_message_parse(const struct nlmsghdr *message, struct netdev_message *ret_message);
