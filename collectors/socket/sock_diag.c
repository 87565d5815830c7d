/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The first place where a sent byte waits: the socket's send queue.
 *
 * TCP is asked for by the legacy TCPDIAG_GETSOCK request, because it lists both families in one
 * walk of the kernel's hash table, where SOCK_DIAG_BY_FAMILY needs one walk for each. What is left
 * of a connection in TIME_WAIT is filtered out in the kernel, and listening sockets, which are in a
 * table of their own, are asked for without any attributes. State bit 13 (bound but inactive, Linux
 * 6.8) is never asked for: it costs a walk of the bind table. Request sockets (NEW_SYN_RECV) come
 * with the bit of SYN_RECV.
 */
#include "collectors/socket/sock_diag.h"

#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <netinet/in.h>

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

#define STATE(state)    (1U << (state))
#define ALL_STATES      (STATE(SOCKET_STATES) - 2)
#define EXTENSION(type) (1U << ((type)-1))

const char *const socket_protocol_names[SOCKET_PROTOCOLS] = {
	[SOCKET_TCP] = "tcp",
	[SOCKET_UDP] = "udp",
	[SOCKET_MPTCP] = "mptcp",
	[SOCKET_UNIX] = "unix",
};

const enum socket_protocol sock_diag_protocol[SOCK_DIAG_DUMPS] = {
	[SOCK_DIAG_TCP] = SOCKET_TCP,          [SOCK_DIAG_TCP_LISTENING] = SOCKET_TCP,
	[SOCK_DIAG_UDP_IPV4] = SOCKET_UDP,     [SOCK_DIAG_UDP_IPV6] = SOCKET_UDP,
	[SOCK_DIAG_MPTCP_IPV4] = SOCKET_MPTCP, [SOCK_DIAG_MPTCP_IPV6] = SOCKET_MPTCP,
	[SOCK_DIAG_UNIX] = SOCKET_UNIX,
};

/* Names for reasons, and what is asked for. */
static const struct {
	const char *name;
	uint8_t family;
	uint32_t states;
	uint8_t extensions;
} dumps[SOCK_DIAG_DUMPS] = {
	[SOCK_DIAG_TCP] = { "TCP socket dump", AF_INET,
	                    ALL_STATES & ~(STATE(SOCKET_TIME_WAIT) | STATE(SOCKET_LISTEN)),
	                    EXTENSION(INET_DIAG_INFO) | EXTENSION(INET_DIAG_SKMEMINFO) |
	                            EXTENSION(INET_DIAG_CONG) },
	[SOCK_DIAG_TCP_LISTENING] = { "listening TCP socket dump", AF_INET, STATE(SOCKET_LISTEN),
	                              0 },
	[SOCK_DIAG_UDP_IPV4] = { "UDP over IPv4 socket dump", AF_INET, ALL_STATES,
	                         EXTENSION(INET_DIAG_SKMEMINFO) },
	[SOCK_DIAG_UDP_IPV6] = { "UDP over IPv6 socket dump", AF_INET6, ALL_STATES,
	                         EXTENSION(INET_DIAG_SKMEMINFO) },
	[SOCK_DIAG_MPTCP_IPV4] = { "MPTCP over IPv4 socket dump", AF_INET, ALL_STATES,
	                           EXTENSION(INET_DIAG_INFO) | EXTENSION(INET_DIAG_SKMEMINFO) },
	[SOCK_DIAG_MPTCP_IPV6] = { "MPTCP over IPv6 socket dump", AF_INET6, ALL_STATES,
	                           EXTENSION(INET_DIAG_INFO) | EXTENSION(INET_DIAG_SKMEMINFO) },
	[SOCK_DIAG_UNIX] = { "unix socket dump", AF_UNIX, ALL_STATES, 0 },
};

static int tcp_request(struct netlink *netlink, enum sock_diag_dump dump, uint32_t states,
                       netlink_message_fn take, void *context)
{
	const struct inet_diag_req body = {
		.idiag_family = dumps[dump].family, /* ignored: all families are listed */
		.idiag_ext = dumps[dump].extensions,
		.idiag_states = states,
	};
	const struct netlink_request request = { dumps[dump].name, TCPDIAG_GETSOCK, &body,
		                                 sizeof(body) };

	return netlink_dump(netlink, &request, take, context);
}

/* MPTCP's number does not fit the byte that there is for it, and stands in an attribute. */
static int inet_request(struct netlink *netlink, enum sock_diag_dump dump, uint32_t states,
                        netlink_message_fn take, void *context)
{
	const bool mptcp = sock_diag_protocol[dump] == SOCKET_MPTCP;
	const struct {
		struct inet_diag_req_v2 diag;
		struct nlattr header;
		uint32_t protocol;
	} body = {
		.diag = { .sdiag_family = dumps[dump].family,
		          .sdiag_protocol = mptcp ? (uint8_t)IPPROTO_MPTCP : IPPROTO_UDP,
		          .idiag_ext = dumps[dump].extensions,
		          .idiag_states = states },
		.header = { .nla_len = sizeof(body.header) + sizeof(body.protocol),
		            .nla_type = INET_DIAG_REQ_PROTOCOL },
		.protocol = IPPROTO_MPTCP,
	};
	const struct netlink_request request = { dumps[dump].name, SOCK_DIAG_BY_FAMILY, &body,
		                                 mptcp ? sizeof(body) : sizeof(body.diag) };

	return netlink_dump(netlink, &request, take, context);
}

static int unix_request(struct netlink *netlink, enum sock_diag_dump dump, uint32_t states,
                        netlink_message_fn take, void *context)
{
	const struct unix_diag_req body = {
		.sdiag_family = dumps[dump].family,
		.udiag_states = states,
		.udiag_show = UDIAG_SHOW_RQLEN | UDIAG_SHOW_MEMINFO,
	};
	const struct netlink_request request = { dumps[dump].name, SOCK_DIAG_BY_FAMILY, &body,
		                                 sizeof(body) };

	return netlink_dump(netlink, &request, take, context);
}

static int run(struct netlink *netlink, enum sock_diag_dump dump, uint32_t states,
               netlink_message_fn take, void *context)
{
	switch (sock_diag_protocol[dump]) {
	case SOCKET_TCP:
		return tcp_request(netlink, dump, states, take, context);
	case SOCKET_UNIX:
		return unix_request(netlink, dump, states, take, context);
	case SOCKET_UDP:
	case SOCKET_MPTCP:
	case SOCKET_PROTOCOLS:
		break;
	}
	return inet_request(netlink, dump, states, take, context);
}

int sock_diag_run(struct netlink *netlink, enum sock_diag_dump dump, netlink_message_fn take,
                  void *context)
{
	return run(netlink, dump, dumps[dump].states, take, context);
}

static int ignore_message(const struct nlmsghdr *message, void *context)
{
	(void)message;
	(void)context;
	return 0;
}

int sock_diag_probe(struct netlink *netlink, enum sock_diag_dump dump)
{
	return run(netlink, dump, 0, ignore_message, NULL);
}
