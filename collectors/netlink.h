/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Netlink (RFC 3549, netlink(7)) as the collectors use it: whole dumps, and multicast
 * notifications. Messages are handed over where they were received, checked to lie within their
 * datagram; what is inside a message is for its parser to check.
 */
#include <libmnl/libmnl.h>
#include <linux/netlink.h>
#include <stddef.h>
#include <stdint.h>

#include "collectors/namespace_door.h"
#include "daemon/cleanup.h"
#include "daemon/collector.h"

struct netlink;

/* What is asked of the kernel: message type, and the family's own header and attributes. */
struct netlink_request {
	const char *name; /* for reasons: "RTM_GETQDISC dump" */
	uint16_t type;
	const void *body;
	size_t body_size; /* at most 256 */
};

/* Takes one message; anything but 0 ends the dump or the draining, and becomes its result. */
typedef int (*netlink_message_fn)(const struct nlmsghdr *message, void *context);

/*
 * Opens a socket of the protocol (NETLINK_ROUTE, …) in our own network namespace, subscribed to the
 * mask of multicast groups. One with groups is for netlink_drain(), one without for dumps.
 * env must outlive it: failures fill its reason, interruptions go to its tally. 0 or −errno.
 */
int netlink_open(const struct collector_env *env, int protocol, unsigned groups,
                 struct netlink **ret_netlink);

/*
 * The same in the namespace behind the door, which must stay open as long as this does: a dump that
 * was given up is followed by another socket. NULL is the door to our own. One parameter more than
 * is good, rather than a struct for two of them.
 */
int netlink_open_in(const struct collector_env *env, struct namespace_door *door, int protocol,
                    unsigned groups, struct netlink **ret_netlink);

/*
 * Subscribes to a multicast group by its number, as those of generic netlink have that are not known
 * beforehand. Makes the socket one for netlink_drain() alone. 0, or −errno with the reason filled.
 */
int netlink_join(struct netlink *netlink, uint32_t group);

void netlink_close(struct netlink *netlink);
DEFINE_CLEANUP(struct netlink, netlink_close)

/*
 * Runs one dump and hands each of its messages to take; blocks until the kernel has ended it.
 *
 * 0: the whole dump was taken. −EINTR: the kernel's table changed (NLM_F_DUMP_INTR) or a reply was
 * lost (ENOBUFS); counted, what was taken is to be thrown away, see netlink_repeat(). −EMSGSIZE: a
 * datagram beyond 32 KiB. −EBADMSG: lengths that do not add up. Else the kernel's own −errno, with
 * its words (extended acknowledgement) in the reason, or whatever take returned.
 */
int netlink_dump(struct netlink *netlink, const struct netlink_request *request,
                 netlink_message_fn take, void *context);

/*
 * Calls sample, which starts from nothing each time, until it answers something else than −EINTR,
 * at most 4 times; returns its last answer. Reasons of those before are not left in the reason.
 */
int netlink_repeat(struct reason *reason, int (*sample)(void *context), void *context);

/*
 * Hands every notification that waits to take, and does not block. −ENOBUFS: some were lost; all
 * that waited were discarded then, so that a dump made next is newer than anything to come.
 */
int netlink_drain(struct netlink *netlink, netlink_message_fn take, void *context);
