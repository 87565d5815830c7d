/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "collectors/namespace_place.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "daemon/cleanup.h"

/* Of /proc/PID/cgroup as much as holds the line of cgroup v2, which comes last, in all but oddities. */
#define CGROUP_TEXT_SIZE 8192

const struct namespace_roots namespace_roots = { "/run/netns", "/proc" };

void namespace_place_path(const struct namespace_place *place, const struct namespace_roots *roots,
                          char ret_path[static NAMESPACE_PATH_SIZE])
{
	if (place->name)
		(void)snprintf(ret_path, NAMESPACE_PATH_SIZE, "%s/%s", roots->names, place->name);
	else
		(void)snprintf(ret_path, NAMESPACE_PATH_SIZE, "%s/%d/ns/net", roots->processes,
		               place->pid);
}

int namespace_of_process(int processes_fd, pid_t pid, uint64_t *ret_inode)
{
	char path[32], target[64];
	ssize_t length;

	(void)snprintf(path, sizeof(path), "%d/ns/net", pid);
	/* Unlike stat(2), this does not take hold of the namespace, not even for a moment. */
	length = readlinkat(processes_fd, path, target, sizeof(target) - 1);
	if (length < 0)
		return -errno;
	target[length] = '\0';
	return sscanf(target, "net:[%" SCNu64 "]", ret_inode) == 1 ? 0 : -EBADMSG;
}

/* Reads a file of a process to the end of the buffer at most, as a string; "" when it cannot. */
static void read_text(int processes_fd, const char *path, char *text, size_t size)
{
	int fd cleanup(close) = openat(processes_fd, path, O_RDONLY | O_CLOEXEC);
	ssize_t length = 1;
	size_t filled = 0;

	while (fd >= 0 && filled + 1 < size && length > 0) {
		length = read(fd, text + filled, size - 1 - filled);
		filled += length > 0 ? (size_t)length : 0;
	}
	text[filled] = '\0';
}

static bool is_root(const char *name, size_t length)
{
	return length == 1 && name[0] == '/';
}

/* Whether the name of who owns the process was written, and it is still this namespace's process. */
static bool owner_name(const struct namespace_place *place, const struct namespace_roots *roots,
                       char ret_name[static NAMESPACE_NAME_SIZE])
{
	int fd cleanup(close) = open(roots->processes, O_PATH | O_DIRECTORY | O_CLOEXEC);
	char path[32], text[CGROUP_TEXT_SIZE];
	uint64_t inode = 0;
	size_t length;

	if (fd < 0)
		return false;
	(void)snprintf(path, sizeof(path), "%d/cgroup", place->pid);
	read_text(fd, path, text, sizeof(text));
	length = unit_name_of_process(text, ret_name);
	if (!length || is_root(ret_name, length))
		return false;
	ret_name[length] = '\0';
	return namespace_of_process(fd, place->pid, &inode) == 0 && inode == place->inode;
}

void namespace_place_name(const struct namespace_place *place, const struct namespace_roots *roots,
                          char ret_name[static NAMESPACE_NAME_SIZE])
{
	if (place->name)
		(void)snprintf(ret_name, NAMESPACE_NAME_SIZE, "%s", place->name);
	else if (!owner_name(place, roots, ret_name))
		(void)snprintf(ret_name, NAMESPACE_NAME_SIZE, "net:[%" PRIu64 "]", place->inode);
}
