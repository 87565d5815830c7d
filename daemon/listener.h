/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Sockets that listen: opened by an address, or adopted from who opened them. A socket file that is
 * made here has mode 0660.
 */
#include <sys/types.h>

#include "daemon/cleanup.h"
#include "daemon/reason.h"

struct listener {
	char *text; /* the address asked for, or the name of an adopted one */
	char *url;  /* as the kernel has it: see listen_address_url() */
	int fd;     /* non-blocking, closed on exec */

	/* The socket file that we made, if any, so that no other is removed in its place. */
	char *path;
	dev_t device;
	ino_t inode;
};

/*
 * Opens a socket and listens on the address, a text of daemon/listen_address.h. A socket file that
 * nobody listens on is replaced; a live one, or a file of another type, is −EADDRINUSE. Other errors
 * as socket(2), bind(2), listen(2). The reason begins with 'listen "TEXT": '.
 */
int listener_open(const char *text, struct reason *reason, struct listener **ret_listener);

/*
 * Takes over a socket that the service manager has opened under this name, and makes it non-blocking
 * and closed on exec. What is not a listening stream socket of AF_UNIX, AF_INET or AF_INET6 is
 * −EINVAL, what is not open −EBADF; the reason names descriptor and name. The descriptor stays the
 * caller's on failure.
 */
int listener_adopt(int fd, const char *name, struct reason *reason, struct listener **ret_listener);

/* Closes the socket, and removes its file if we made it and it is still ours. NULL is accepted. */
void listener_close(struct listener *listener);
DEFINE_CLEANUP(struct listener, listener_close)
