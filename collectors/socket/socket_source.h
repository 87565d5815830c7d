/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* By what the sockets of one network namespace are read: a socket for dumps, and a file. */
#include "collectors/namespace_door.h"
#include "collectors/netlink.h"

struct socket_source {
	struct netlink *netlink;
	int sockstat_fd; /* /proc/net/sockstat, or −1 */
};

#define SOCKET_SOURCE_CLOSED ((struct socket_source){ .sockstat_fd = -1 })

/*
 * Opens what is behind the door, which must stay open as long as the source; NULL: at home. What
 * sockstat tells can be done without. 0, or −errno with the reason filled.
 */
int socket_source_open(struct socket_source *source, const struct collector_env *env,
                       struct namespace_door *door);

/* A closed one is accepted. */
void socket_source_close(struct socket_source *source);

static inline void socket_source_close_p(struct socket_source *source)
{
	socket_source_close(source);
}
