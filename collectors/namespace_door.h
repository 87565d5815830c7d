/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The way into another network namespace, for the length of a visit: the namespace of a socket is
 * that of the thread at the time of socket(2), and that of a file below /proc/thread-self/net the
 * one at the time of open(2); both can be used from home. The calling thread alone changes its
 * namespace (setns(2)), and is back before any of this returns.
 *
 * An open door, and whatever was opened behind it, keeps a namespace alive that nobody else holds
 * any more, with all devices in it. Neither may be kept from one sample to the next.
 *
 * Home is where the process' first thread is, which never leaves.
 */
#include <stdbool.h>
#include <stdint.h>

#include "daemon/reason.h"

struct namespace_door {
	int fd;       /* of the namespace, or -1 */
	int home_fd;  /* of our own, or -1 */
	bool refused; /* entering has failed: what is behind the door is not to blame */
};

/* A door that is closed. */
#define NAMESPACE_DOOR_CLOSED ((struct namespace_door){ .fd = -1, .home_fd = -1 })

/*
 * Opens the door to the namespace of this inode by a file of nsfs (/proc/PID/ns/net, or a bind
 * mount of it). −ENOENT: the file is not there, or leads into another one by now. Else 0 or −errno
 * with the reason filled: −EACCES or −EPERM when it may not be opened.
 */
int namespace_door_open(const char *path, uint64_t inode, struct namespace_door *ret_door,
                        struct reason *reason);

/* A closed one is accepted. */
void namespace_door_close(struct namespace_door *door);

static inline void namespace_door_close_p(struct namespace_door *door)
{
	namespace_door_close(door);
}

/*
 * Calls back inside, and answers what that answered; −errno with the reason filled when the thread
 * could not enter (the door says so, and nothing was called: −EPERM without CAP_SYS_ADMIN) or could
 * not return. What was opened inside is good only when this is 0.
 */
int namespace_door_visit(struct namespace_door *door, int (*call)(void *context), void *context,
                         struct reason *reason);

/*
 * Opens a file for reading inside; only /proc/thread-self/net/… differs from what is at home. NULL
 * is the door to our own namespace. 0 and a descriptor, or −errno with the reason filled.
 */
int namespace_door_open_file(struct namespace_door *door, const char *path, int *ret_fd,
                             struct reason *reason);

/*
 * Whether the calling thread is at home; where an earlier return has failed it tries again. 0, or
 * −errno with the reason filled: nothing may be opened or told as if it were our own namespace's.
 */
int namespace_door_check_home(struct reason *reason);
