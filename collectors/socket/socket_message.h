/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What a reply of sock_diag(7) says of the sending side of a socket. What the kernel does not say
 * is told apart from 0 by the has_ members.
 */
#include <linux/netlink.h>
#include <linux/tcp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collectors/socket/sock_diag.h"

enum socket_family {
	SOCKET_IPV4,
	SOCKET_IPV6,
	SOCKET_NO_FAMILY, /* unix sockets */
	SOCKET_FAMILIES,
};

/* An end of a connection. */
struct socket_end {
	uint8_t address[16]; /* network byte order; of IPv4 the first 4 */
	uint16_t port;       /* host byte order */
};

#define SOCKET_ALGORITHM_SIZE 16 /* TCP_CA_NAME_MAX */

struct socket_message {
	enum socket_protocol protocol;
	enum socket_family family;
	enum socket_state state;

	uint64_t cookie;    /* sk_cookie: unique until the next boot */
	uint64_t cgroup_id; /* of INET_DIAG_CGROUP_ID (Linux 5.9), or 0 */
	uint32_t inode;
	uint32_t uid;
	struct socket_end local, peer; /* of internet sockets */

	bool has_queue;       /* listening, TIME_WAIT and embryonic sockets have none */
	uint32_t queue_bytes; /* not yet acknowledged (TCP, MPTCP), not yet sent (others) */

	bool has_memory;       /* INET_DIAG_SKMEMINFO */
	uint32_t queued_bytes; /* wmem_queued, wmem_alloc of UDP and unix; overhead included */
	uint32_t buffer_bytes; /* sndbuf */

	/* TCP alone. */
	char algorithm[SOCKET_ALGORITHM_SIZE]; /* zero to the end; "" when not told */
	size_t info_length;                    /* of the kernel's tcp_info; 0: there is none */
	struct tcp_info info;                  /* zero where the kernel's was shorter */
};

/* Whether the kernel's tcp_info reaches as far as that field. */
#define SOCKET_MESSAGE_HAS(message, field) \
	((message)->info_length >= offsetof(struct tcp_info, field) + sizeof((message)->info.field))

/*
 * Parses one reply of a dump of the protocol, which is not unix. −EBADMSG: not a whole one. A
 * tcp_info that is longer than known is cut, one that is shorter zero at its end.
 */
int socket_message_parse(const struct nlmsghdr *message, enum socket_protocol protocol,
                         struct socket_message *ret_socket);

/* tcpi_notsent_bytes, never above the queue: the two are read one after the other. */
static inline uint32_t socket_message_unsent(const struct socket_message *socket)
{
	return socket->info.tcpi_notsent_bytes < socket->queue_bytes
		? socket->info.tcpi_notsent_bytes
		: socket->queue_bytes;
}
