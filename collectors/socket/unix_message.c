/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was sent waits in the receiver's queue, and counts against the sender's buffer (unix(7)). */
#include "collectors/socket/unix_message.h"

#include <errno.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <string.h>
#include <sys/socket.h>

#include "collectors/attribute.h"

#define ATTRIBUTES (UNIX_DIAG_MEMINFO + 1)

static int queue_parse(const struct nlattr *attribute, struct socket_message *socket)
{
	struct unix_diag_rqlen queue;

	/* Of a listening socket it is the limit of its backlog. */
	socket->has_queue = attribute && socket->state != SOCKET_LISTEN;
	if (!socket->has_queue)
		return 0;
	if (mnl_attr_get_payload_len(attribute) < sizeof(queue))
		return -EBADMSG;
	memcpy(&queue, mnl_attr_get_payload(attribute), sizeof(queue));
	socket->queue_bytes = queue.udiag_wqueue;
	return 0;
}

static void memory_parse(const struct nlattr *attribute, struct socket_message *socket)
{
	uint32_t memory[SK_MEMINFO_SNDBUF + 1];

	socket->has_memory = attribute && mnl_attr_get_payload_len(attribute) >= sizeof(memory);
	if (!socket->has_memory)
		return;
	memcpy(memory, mnl_attr_get_payload(attribute), sizeof(memory));
	socket->buffer_bytes = memory[SK_MEMINFO_SNDBUF];
	socket->queued_bytes = memory[SK_MEMINFO_WMEM_ALLOC];
}

int unix_message_parse(const struct nlmsghdr *message, struct socket_message *ret_socket)
{
	const size_t header = NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(struct unix_diag_msg));
	const struct unix_diag_msg *diag = mnl_nlmsg_get_payload(message);
	const struct nlattr *table[ATTRIBUTES];
	struct socket_message socket = { .protocol = SOCKET_UNIX, .family = SOCKET_NO_FAMILY };

	if (message->nlmsg_len < header ||
	    attributes_sort((const char *)message + header, message->nlmsg_len - header, table,
	                    ATTRIBUTES) < 0)
		return -EBADMSG;
	if (diag->udiag_type != SOCK_STREAM && diag->udiag_type != SOCK_SEQPACKET)
		return -ENODATA;
	if (diag->udiag_state != SOCKET_ESTABLISHED && diag->udiag_state != SOCKET_CLOSE &&
	    diag->udiag_state != SOCKET_LISTEN)
		return -EBADMSG;
	socket.state = diag->udiag_state;
	socket.inode = diag->udiag_ino;
	socket.cookie = (uint64_t)diag->udiag_cookie[1] << 32 | diag->udiag_cookie[0];
	if (queue_parse(table[UNIX_DIAG_RQLEN], &socket) < 0)
		return -EBADMSG;
	memory_parse(table[UNIX_DIAG_MEMINFO], &socket);
	*ret_socket = socket;
	return 0;
}
