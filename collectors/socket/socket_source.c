/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "collectors/socket/socket_source.h"

#include <unistd.h>

int socket_source_open(struct socket_source *source, const struct collector_env *env,
                       struct namespace_door *door)
{
	struct reason ignored;
	int error = netlink_open_in(env, door, NETLINK_SOCK_DIAG, 0, &source->netlink);

	if (error < 0)
		return error;
	(void)namespace_door_open_file(door, "/proc/thread-self/net/sockstat", &source->sockstat_fd,
	                               &ignored);
	return 0;
}

void socket_source_close(struct socket_source *source)
{
	netlink_close(source->netlink);
	if (source->sockstat_fd >= 0)
		close(source->sockstat_fd);
	*source = SOCKET_SOURCE_CLOSED;
}
