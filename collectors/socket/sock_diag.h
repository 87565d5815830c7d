/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Internet sockets as sock_diag(7) tells of them: the dumps that list them, and what a reply says
 * of a socket's sending side.
 */
#include <stdbool.h>
#include <stdint.h>

#include "collectors/netlink.h"

enum socket_protocol {
	SOCKET_TCP,
	SOCKET_UDP,
	SOCKET_PROTOCOLS,
};

enum socket_family {
	SOCKET_IPV4,
	SOCKET_IPV6,
	SOCKET_FAMILIES,
};

/* idiag_state: the kernel's numbers (include/net/tcp_states.h). */
enum socket_state {
	SOCKET_ESTABLISHED = 1,
	SOCKET_SYN_SENT,
	SOCKET_SYN_RECV,
	SOCKET_FIN_WAIT_1,
	SOCKET_FIN_WAIT_2,
	SOCKET_TIME_WAIT,
	SOCKET_CLOSE,
	SOCKET_CLOSE_WAIT,
	SOCKET_LAST_ACK,
	SOCKET_LISTEN,
	SOCKET_CLOSING,
	SOCKET_STATES, /* one past the last */
};

/* Of netlink_dump(): one table of sockets, all of one protocol. */
enum sock_diag_dump {
	SOCK_DIAG_TCP, /* both families */
	SOCK_DIAG_UDP_IPV4,
	SOCK_DIAG_UDP_IPV6,
	SOCK_DIAG_DUMPS,
};

extern const enum socket_protocol sock_diag_protocol[SOCK_DIAG_DUMPS];

/* Bits of the states that sock_diag_dump() may ask for. */
#define SOCK_DIAG_ALL_STATES ((1U << SOCKET_STATES) - 2)

/*
 * Dumps the sockets that are in one of the states, see netlink_dump(). −ENOENT: this kernel cannot
 * list the protocol (CONFIG_INET_TCP_DIAG, CONFIG_INET_UDP_DIAG; modules are loaded by asking).
 */
int sock_diag_dump(struct netlink *netlink, enum sock_diag_dump dump, uint32_t states,
                   netlink_message_fn take, void *context);

struct socket_message {
	enum socket_family family;
	enum socket_state state;
	bool has_queue; /* listening, TIME_WAIT and embryonic sockets have none */
	bool has_unsent;
	uint32_t queue_bytes;  /* idiag_wqueue: not yet acknowledged (TCP), not yet sent (UDP) */
	uint32_t unsent_bytes; /* tcpi_notsent_bytes (Linux 4.6), never above queue_bytes */
};

/* Parses one reply of a dump of the protocol. −EBADMSG: not a whole one. */
int socket_message_parse(const struct nlmsghdr *message, enum socket_protocol protocol,
                         struct socket_message *ret_socket);
