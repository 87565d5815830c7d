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

static int failed(const struct netlink *netlink, int error)
{
	if (error == -EPROTONOSUPPORT)
		error = -EOPNOTSUPP; /* not in this kernel */
	return reason_set(netlink->env->reason, error, "netlink socket: %s",
	                  netlink_error_text(error));
}

/* A socket that is on its way. */
struct connection {
	const struct netlink *netlink;
	struct mnl_socket *socket;
};

static int make_socket(void *context)
{
	struct connection *connection = context;
	const struct netlink *netlink = connection->netlink;

	connection->socket = mnl_socket_open2(netlink->protocol,
	                                      SOCK_CLOEXEC | (netlink->groups ? SOCK_NONBLOCK : 0));
	return connection->socket ? 0 : failed(netlink, -errno);
}

/* Only the making of a socket depends on where the thread is. */
static int make_socket_in_place(const struct netlink *netlink, struct mnl_socket **ret_socket)
{
	struct connection connection = { netlink, NULL };
	struct reason *reason = netlink->env->reason;
	int error;

	if (netlink->door)
		error = namespace_door_visit(netlink->door, make_socket, &connection, reason);
	else
		error = namespace_door_check_home(reason);
	if (!error && !netlink->door)
		error = make_socket(&connection);
	*ret_socket = connection.socket;
	return error;
}

int netlink_connect(struct netlink *netlink)
{
	struct mnl_socket *socket cleanup(mnl_socket_close) = NULL;
	int error = make_socket_in_place(netlink, &socket), on = 1;

	if (error)
		return error;
	if (mnl_socket_bind(socket, netlink->groups, MNL_SOCKET_AUTOPID) < 0)
		return failed(netlink, -errno);

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
