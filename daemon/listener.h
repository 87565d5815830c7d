/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Sockets that listen, named by text:
 *
 *   127.0.0.1:10066   one IPv4 address
 *   [::1]:10066       one IPv6 address, and no IPv4 mapped into it; [fe80::1%eth0]:10066 with scope
 *   :10066            every address of both families
 *   unix:/run/x.sock  a stream socket of the file system, mode 0660
 *
 * Names are not looked up. Port 0 lets the kernel choose. Reasons begin with 'listen "TEXT": '.
 */
#include <stdbool.h>
#include <sys/types.h>

#include "daemon/cleanup.h"
#include "daemon/reason.h"

struct listener {
	char *text; /* as asked for */
	char *url;  /* as the kernel has it: "http://…" or "unix:…" */
	int fd;     /* non-blocking, closed on exec */

	/* The socket file that we made, if any, so that no other is removed in its place. */
	char *path;
	dev_t device;
	ino_t inode;
};

/* Whether the text has one of the forms above: 0, or −EINVAL with why not, but not of which text. */
int listener_check(const char *text, struct reason *reason);

/*
 * Opens the socket and listens. A socket file that nobody listens on is replaced; a live one, or a
 * file of another type, is −EADDRINUSE. Other errors as socket(2), bind(2), listen(2).
 */
int listener_open(const char *text, struct reason *reason, struct listener **ret_listener);

/* Closes the socket, and removes its file if it is still ours. NULL is accepted. */
void listener_close(struct listener *listener);
DEFINE_CLEANUP(struct listener, listener_close)
