/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * setns(2) with CLONE_NEWNET and nothing else: what sandboxes look at is that argument. It may fail
 * for want of memory on the way home, too, so the thread has to know where it is.
 */
#include "collectors/namespace_door.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/cleanup.h"

#define HOME        "/proc/self/ns/net"
#define RETURNS_MAX 8

/* The kernel's own state of this thread, as far as it cannot be asked for cheaply. */
static _Thread_local bool is_away;

static int open_home(int *ret_fd, struct reason *reason)
{
	*ret_fd = open(HOME, O_RDONLY | O_CLOEXEC);
	if (*ret_fd < 0)
		return reason_set(reason, -errno, "own network namespace: %s", strerror(errno));
	return 0;
}

static int go_home(int home_fd, struct reason *reason)
{
	for (unsigned i = 0; i < RETURNS_MAX; i++) {
		is_away = setns(home_fd, CLONE_NEWNET) < 0;
		if (!is_away)
			return 0;
	}
	return reason_set(reason, -errno, "cannot return to the own network namespace: %s",
	                  strerror(errno));
}

int namespace_door_check_home(struct reason *reason)
{
	int home_fd cleanup(close) = -1;
	int error;

	if (!is_away)
		return 0;
	error = open_home(&home_fd, reason);
	return error ? error : go_home(home_fd, reason);
}

int namespace_door_open(const char *path, uint64_t inode, struct namespace_door *ret_door,
                        struct reason *reason)
{
	int fd cleanup(close) = -1, home_fd cleanup(close) = -1;
	struct stat status;
	int error;

	/* What is not nsfs does not have that inode, but must not be waited for either. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 && (errno == ENOENT || errno == ESRCH || errno == ENOTDIR))
		return -ENOENT;
	if (fd < 0 || fstat(fd, &status) < 0)
		return reason_set(reason, -errno, "%s: %s", path, strerror(errno));
	if (status.st_ino != inode)
		return -ENOENT;
	error = open_home(&home_fd, reason);
	if (error)
		return error;
	*ret_door = (struct namespace_door){ steal_fd(&fd), steal_fd(&home_fd), false };
	return 0;
}

void namespace_door_close(struct namespace_door *door)
{
	if (door->fd >= 0)
		close(door->fd);
	if (door->home_fd >= 0)
		close(door->home_fd);
	*door = NAMESPACE_DOOR_CLOSED;
}

int namespace_door_visit(struct namespace_door *door, int (*call)(void *context), void *context,
                         struct reason *reason)
{
	int error, way_home;

	door->refused = setns(door->fd, CLONE_NEWNET) < 0;
	if (door->refused)
		return reason_set(reason, -errno, "%s", strerror(errno));
	error = call(context);
	way_home = go_home(door->home_fd, reason);
	return way_home ? way_home : error;
}

struct opening {
	const char *path;
	int fd;
};

static int open_file(void *context)
{
	struct opening *opening = context;

	opening->fd = open(opening->path, O_RDONLY | O_CLOEXEC);
	return opening->fd < 0 ? -errno : 0;
}

int namespace_door_open_file(struct namespace_door *door, const char *path, int *ret_fd,
                             struct reason *reason)
{
	struct opening opening = { path, -1 };
	int error = door ? 0 : namespace_door_check_home(reason);

	if (error)
		return error;
	error = door ? namespace_door_visit(door, open_file, &opening, reason)
		     : open_file(&opening);
	if (error && opening.fd >= 0)
		close(opening.fd);
	if (error && !(door && door->refused) && opening.fd < 0)
		return reason_set(reason, error, "%s: %s", path, strerror(-error));
	if (!error)
		*ret_fd = opening.fd;
	return error;
}
