/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What a reply of unix_diag (linux/unix_diag.h) says of the sending side of a Unix socket. */
#include "collectors/socket/socket_message.h"

/*
 * Parses one reply. 0; −ENODATA: a datagram socket, whose queue is its receiver's; −EBADMSG: not a
 * whole one. The kernel tells no cgroup of Unix sockets.
 */
int unix_message_parse(const struct nlmsghdr *message, struct socket_message *ret_socket);
