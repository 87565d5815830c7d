/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The dumps by which sock_diag(7) lists sockets. What is in a reply is read by socket_message.h and
 * unix_message.h.
 */
#include <stdint.h>

#include "collectors/netlink.h"

enum socket_protocol {
	SOCKET_TCP,
	SOCKET_UDP,
	SOCKET_MPTCP,
	SOCKET_UNIX, /* stream and seqpacket */
	SOCKET_PROTOCOLS,
};

/* "tcp", "udp", … */
extern const char *const socket_protocol_names[SOCKET_PROTOCOLS];

/* idiag_state: the kernel's numbers (include/net/tcp_states.h), which other protocols borrow. */
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

enum sock_diag_dump {
	SOCK_DIAG_TCP, /* both families; neither TIME_WAIT nor listening sockets */
	SOCK_DIAG_TCP_LISTENING,
	SOCK_DIAG_UDP_IPV4,
	SOCK_DIAG_UDP_IPV6,
	SOCK_DIAG_MPTCP_IPV4,
	SOCK_DIAG_MPTCP_IPV6,
	SOCK_DIAG_UNIX,
	SOCK_DIAG_DUMPS,
};

extern const enum socket_protocol sock_diag_protocol[SOCK_DIAG_DUMPS];

/*
 * Runs the dump, see netlink_dump(). −ENOENT, −EOPNOTSUPP: this kernel cannot list the protocol
 * (CONFIG_INET_TCP_DIAG and its like; modules are loaded by asking).
 */
int sock_diag_run(struct netlink *netlink, enum sock_diag_dump dump, netlink_message_fn take,
                  void *context);

/* The same request for sockets in no state at all, to see whether the kernel can. */
int sock_diag_probe(struct netlink *netlink, enum sock_diag_dump dump);
