/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "collectors/netlink_socket.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

DEFINE_CLEANUP(struct mnl_socket, mnl_socket_close)

const char *netlink_error_text(int error)
{
	const char *text = strerrordesc_np(-error);

	return text ? text : "unknown error";
}

int netlink_connect(struct netlink *netlink)
{
	struct mnl_socket *socket cleanup(mnl_socket_close) = NULL;
	int flags = SOCK_CLOEXEC | (netlink->groups ? SOCK_NONBLOCK : 0), on = 1, error;

	socket = mnl_socket_open2(netlink->protocol, flags);
	if (!socket || mnl_socket_bind(socket, netlink->groups, MNL_SOCKET_AUTOPID) < 0) {
		error = errno == EPROTONOSUPPORT ? -EOPNOTSUPP : -errno; /* not in this kernel */
		return reason_set(netlink->env->reason, error, "netlink socket: %s",
		                  netlink_error_text(error));
	}

	/* Better words for errors, stricter reading of requests: a kernel without them will do. */
	(void)mnl_socket_setsockopt(socket, NETLINK_EXT_ACK, &on, sizeof(on));
	(void)mnl_socket_setsockopt(socket, NETLINK_CAP_ACK, &on, sizeof(on));
	(void)mnl_socket_setsockopt(socket, NETLINK_GET_STRICT_CHK, &on, sizeof(on));

	netlink->socket = steal_pointer(socket);
	return 0;
}

void netlink_disconnect(struct netlink *netlink)
{
	if (netlink->socket)
		mnl_socket_close(netlink->socket);
	netlink->socket = NULL;
}

ssize_t netlink_receive(struct netlink *netlink)
{
	ssize_t length;

	do {
		length = mnl_socket_recvfrom(netlink->socket, netlink->buffer,
		                             sizeof(netlink->buffer));
	} while (length < 0 && errno == EINTR);

	if (length < 0)
		return errno == ENOSPC ? -EMSGSIZE : -errno; /* libmnl's name for MSG_TRUNC */
	return length;
}

/* mnl_nlmsg_ok() would take a length beyond INT_MAX for a negative one, and let it pass. */
const struct nlmsghdr *netlink_next_message(const struct netlink *netlink, size_t length,
                                            size_t *offset)
{
	const struct nlmsghdr *message = (const void *)(netlink->buffer + *offset);

	if (*offset > length || length - *offset < sizeof(*message) ||
	    message->nlmsg_len < sizeof(*message) || message->nlmsg_len > length - *offset)
		return NULL;
	*offset += NLMSG_ALIGN((size_t)message->nlmsg_len);
	return message;
}
