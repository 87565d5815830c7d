/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The first place where a sent byte waits: the socket's send queue.
 *
 * TCP is asked for by the legacy TCPDIAG_GETSOCK request, because it lists both families in one
 * walk of the kernel's hash table, where SOCK_DIAG_BY_FAMILY needs one walk for each. State bit 13
 * (bound but inactive, Linux 6.8) is never asked for: it costs a walk of the bind table. Request
 * sockets (NEW_SYN_RECV) come with the bit of SYN_RECV, and say that they are SYN_RECV.
 */
#include "collectors/socket/sock_diag.h"

#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <string.h>

#include "collectors/attribute.h"

/* A state of request sockets that the kernel keeps to itself; mapped should it ever leak. */
#define STATE_NEW_SYN_RECV 12

#define EXTENSION(type)    (1U << ((type)-1))

const enum socket_protocol sock_diag_protocol[SOCK_DIAG_DUMPS] = {
	[SOCK_DIAG_TCP] = SOCKET_TCP,
	[SOCK_DIAG_UDP_IPV4] = SOCKET_UDP,
	[SOCK_DIAG_UDP_IPV6] = SOCKET_UDP,
};

int sock_diag_dump(struct netlink *netlink, enum sock_diag_dump dump, uint32_t states,
                   netlink_message_fn take, void *context)
{
	const struct inet_diag_req tcp = {
		.idiag_family = AF_INET, /* ignored: all families are listed */
		.idiag_ext = EXTENSION(INET_DIAG_INFO),
		.idiag_states = states,
	};
	const struct inet_diag_req_v2 udp = {
		.sdiag_family = dump == SOCK_DIAG_UDP_IPV6 ? AF_INET6 : AF_INET,
		.sdiag_protocol = IPPROTO_UDP,
		.idiag_states = states,
	};
	const struct netlink_request requests[SOCK_DIAG_DUMPS] = {
		[SOCK_DIAG_TCP] = { "TCP socket dump", TCPDIAG_GETSOCK, &tcp, sizeof(tcp) },
		[SOCK_DIAG_UDP_IPV4] = { "UDP over IPv4 socket dump", SOCK_DIAG_BY_FAMILY, &udp,
		                         sizeof(udp) },
		[SOCK_DIAG_UDP_IPV6] = { "UDP over IPv6 socket dump", SOCK_DIAG_BY_FAMILY, &udp,
		                         sizeof(udp) },
	};

	return netlink_dump(netlink, &requests[dump], take, context);
}

/* tcpi_notsent_bytes, if the kernel's tcp_info reaches that far. */
static bool unsent_bytes(const struct nlattr *info, uint32_t *ret_bytes)
{
	const size_t offset = offsetof(struct tcp_info, tcpi_notsent_bytes);

	if (mnl_attr_get_payload_len(info) < offset + sizeof(*ret_bytes))
		return false;
	memcpy(ret_bytes, (const char *)mnl_attr_get_payload(info) + offset, sizeof(*ret_bytes));
	return true;
}

/*
 * The backlog limit stands in idiag_wqueue of a listening socket. What is left of a socket in
 * TIME_WAIT (its FIN_WAIT_2 included), and what is not one yet in SYN_RECV, have no send queue;
 * they are told from whole sockets by the lack of tcp_info.
 */
static bool has_queue(enum socket_state state, bool has_info)
{
	if (state == SOCKET_LISTEN || state == SOCKET_TIME_WAIT)
		return false;
	return has_info || (state != SOCKET_FIN_WAIT_2 && state != SOCKET_SYN_RECV);
}

static void tcp_queue_parse(const struct inet_diag_msg *sock, const struct nlattr *info,
                            struct socket_message *socket)
{
	uint32_t unsent;

	socket->has_queue = has_queue(socket->state, info);
	if (!socket->has_queue)
		return;
	socket->queue_bytes = sock->idiag_wqueue;
	if (!info || !unsent_bytes(info, &unsent))
		return;

	/* The two are read one after the other, and the socket does not stand still. */
	socket->unsent_bytes = unsent < socket->queue_bytes ? unsent : socket->queue_bytes;
	socket->has_unsent = true;
}

int socket_message_parse(const struct nlmsghdr *message, enum socket_protocol protocol,
                         struct socket_message *ret_socket)
{
	const size_t header = NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(struct inet_diag_msg));
	const struct inet_diag_msg *sock = mnl_nlmsg_get_payload(message);
	const struct nlattr *table[INET_DIAG_INFO + 1];
	struct socket_message socket = { .family = SOCKET_IPV4 };
	unsigned state;

	if (message->nlmsg_len < header)
		return -EBADMSG;
	state = sock->idiag_state == STATE_NEW_SYN_RECV ? SOCKET_SYN_RECV : sock->idiag_state;
	if (state < SOCKET_ESTABLISHED || state >= SOCKET_STATES)
		return -EBADMSG;
	socket.state = state;
	if (sock->idiag_family == AF_INET6)
		socket.family = SOCKET_IPV6;

	if (protocol == SOCKET_UDP) {
		socket.has_queue = true;
		socket.queue_bytes = sock->idiag_wqueue;
	} else {
		if (attributes_sort((const char *)message + header, message->nlmsg_len - header,
		                    table, ARRAY_SIZE(table)) < 0)
			return -EBADMSG;
		tcp_queue_parse(sock, table[INET_DIAG_INFO], &socket);
	}
	*ret_socket = socket;
	return 0;
}
