/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Below netlink.c, and for it alone: one socket, its datagrams, and the messages in them. */
#include <stdalign.h>
#include <sys/types.h>

#include "collectors/netlink.h"

/* A dump's datagrams never grow beyond 32 KiB unless one object needs more (Linux 3.18). */
#define RECEIVE_BUFFER_SIZE 32768

struct netlink {
	const struct collector_env *env;
	struct namespace_door *door; /* NULL: our own namespace */
	int protocol;
	unsigned groups;
	struct mnl_socket *socket; /* NULL after a dump was given up */
	uint32_t sequence;
	alignas(struct nlmsghdr) unsigned char buffer[RECEIVE_BUFFER_SIZE];
};

/* What −errno means, in words that need not be freed. */
const char *netlink_error_text(int error);

/* Opens and binds the socket; 0 or −errno with the reason filled. */
int netlink_connect(struct netlink *netlink);

/* Closes the socket if it is open. */
void netlink_disconnect(struct netlink *netlink);

/* Receives the next datagram: its length, or −errno; −EMSGSIZE when it did not fit. */
ssize_t netlink_receive(struct netlink *netlink);

/*
 * The message at the offset of a received datagram of this length, or NULL when no whole one is
 * there. Moves the offset on, to the length or beyond it behind the last one.
 */
const struct nlmsghdr *netlink_next_message(const struct netlink *netlink, size_t length,
                                            size_t *offset);
