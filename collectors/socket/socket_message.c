/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * struct inet_diag_msg, and the attributes behind it (linux/inet_diag.h). tcp_info has grown at its
 * end with almost every kernel, and is only 4-byte aligned here.
 */
#include "collectors/socket/socket_message.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/mptcp.h>
#include <linux/sock_diag.h>
#include <string.h>

#include "collectors/attribute.h"

/* A state of request sockets that the kernel keeps to itself; mapped should it ever leak. */
#define STATE_NEW_SYN_RECV 12

#define ATTRIBUTES         (INET_DIAG_CGROUP_ID + 1)

/*
 * The backlog limit stands in idiag_wqueue of a listening socket. What is left of a socket in
 * TIME_WAIT (its FIN_WAIT_2 included), and what is not one yet in SYN_RECV, have no send queue;
 * they are told from whole sockets by the lack of tcp_info.
 */
static bool has_queue(const struct socket_message *socket)
{
	if (socket->protocol != SOCKET_TCP)
		return socket->state != SOCKET_LISTEN;
	if (socket->state == SOCKET_LISTEN || socket->state == SOCKET_TIME_WAIT)
		return false;
	return socket->info_length > 0 ||
		(socket->state != SOCKET_FIN_WAIT_2 && socket->state != SOCKET_SYN_RECV);
}

static void info_parse(const struct nlattr *attribute, struct socket_message *socket)
{
	size_t length = attribute ? mnl_attr_get_payload_len(attribute) : 0;
	size_t known = length < sizeof(socket->info) ? length : sizeof(socket->info);

	socket->info_length = length;
	if (known)
		memcpy(&socket->info, mnl_attr_get_payload(attribute), known);
	memset((char *)&socket->info + known, 0, sizeof(socket->info) - known);
}

/*
 * MPTCP keeps what its subflows have not taken yet, and what was not acknowledged by them all, and
 * reports idiag_wqueue as empty.
 */
static void mptcp_queue_parse(const struct nlattr *attribute, struct socket_message *socket)
{
	struct mptcp_info info;
	uint64_t queue_bytes;

	if (!attribute ||
	    mnl_attr_get_payload_len(attribute) <
	            offsetof(struct mptcp_info, mptcpi_snd_una) + sizeof(info.mptcpi_snd_una)) {
		socket->has_queue = false;
		return;
	}
	memcpy(&info, mnl_attr_get_payload(attribute),
	       offsetof(struct mptcp_info, mptcpi_snd_una) + sizeof(info.mptcpi_snd_una));
	queue_bytes = info.mptcpi_write_seq - info.mptcpi_snd_una;
	socket->queue_bytes = queue_bytes < UINT32_MAX ? (uint32_t)queue_bytes : 0;
}

static void memory_parse(const struct nlattr *attribute, struct socket_message *socket)
{
	uint32_t memory[SK_MEMINFO_WMEM_QUEUED + 1];

	socket->has_memory = attribute && mnl_attr_get_payload_len(attribute) >= sizeof(memory);
	if (!socket->has_memory)
		return;
	memcpy(memory, mnl_attr_get_payload(attribute), sizeof(memory));
	socket->buffer_bytes = memory[SK_MEMINFO_SNDBUF];
	socket->queued_bytes = memory[socket->protocol == SOCKET_UDP ? SK_MEMINFO_WMEM_ALLOC
	                                                             : SK_MEMINFO_WMEM_QUEUED];
}

static void owner_parse(const struct nlattr *attribute, struct socket_message *socket)
{
	if (attribute && mnl_attr_get_payload_len(attribute) >= sizeof(socket->cgroup_id))
		memcpy(&socket->cgroup_id, mnl_attr_get_payload(attribute),
		       sizeof(socket->cgroup_id));
}

static void attributes_parse(const struct nlattr *table[static ATTRIBUTES],
                             struct socket_message *socket)
{
	owner_parse(table[INET_DIAG_CGROUP_ID], socket);
	memory_parse(table[INET_DIAG_SKMEMINFO], socket);
	if (socket->protocol != SOCKET_TCP) {
		info_parse(NULL, socket);
		return;
	}
	info_parse(table[INET_DIAG_INFO], socket);
	if (table[INET_DIAG_CONG])
		(void)attribute_string(table[INET_DIAG_CONG], socket->algorithm,
		                       sizeof(socket->algorithm));
}

static void message_parse(const struct inet_diag_msg *diag, struct socket_message *socket)
{
	socket->family = diag->idiag_family == AF_INET6 ? SOCKET_IPV6 : SOCKET_IPV4;
	socket->cookie = (uint64_t)diag->id.idiag_cookie[1] << 32 | diag->id.idiag_cookie[0];
	socket->inode = diag->idiag_inode;
	socket->uid = diag->idiag_uid;
	memcpy(socket->local.address, diag->id.idiag_src, sizeof(socket->local.address));
	memcpy(socket->peer.address, diag->id.idiag_dst, sizeof(socket->peer.address));
	socket->local.port = ntohs(diag->id.idiag_sport);
	socket->peer.port = ntohs(diag->id.idiag_dport);
}

int socket_message_parse(const struct nlmsghdr *message, enum socket_protocol protocol,
                         struct socket_message *ret_socket)
{
	const size_t header = NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(struct inet_diag_msg));
	const struct inet_diag_msg *diag = mnl_nlmsg_get_payload(message);
	const struct nlattr *table[ATTRIBUTES];
	struct socket_message *socket = ret_socket;
	unsigned state;

	if (message->nlmsg_len < header ||
	    attributes_sort((const char *)message + header, message->nlmsg_len - header, table,
	                    ATTRIBUTES) < 0)
		return -EBADMSG;
	state = diag->idiag_state == STATE_NEW_SYN_RECV ? SOCKET_SYN_RECV : diag->idiag_state;
	if (state < SOCKET_ESTABLISHED || state >= SOCKET_STATES)
		return -EBADMSG;

	/* All but tcp_info, which is written whole. */
	memset(socket, 0, offsetof(struct socket_message, info));
	socket->protocol = protocol;
	socket->state = state;
	message_parse(diag, socket);
	attributes_parse(table, socket);
	socket->has_queue = has_queue(socket);
	if (!socket->has_queue)
		return 0;
	if (protocol == SOCKET_MPTCP)
		mptcp_queue_parse(table[INET_DIAG_INFO], socket);
	else
		socket->queue_bytes = diag->idiag_wqueue;
	return 0;
}
