/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Where a network namespace was found: by a name that ip-netns(8) or the like has given it, or else
 * by a process that is in it. It is known by its inode in nsfs, which no two have at the same time.
 */
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "collectors/unit_name.h"

/* Directories; others than these are for tests. */
struct namespace_roots {
	const char *names;     /* "/run/netns" */
	const char *processes; /* "/proc" */
};

extern const struct namespace_roots namespace_roots;

struct namespace_place {
	uint64_t inode;
	char *name; /* in roots->names, or NULL: a process is in it */
	pid_t pid;  /* of the lowest number; 0 with a name */
};

#define NAMESPACE_PATH_SIZE 512

/* Writes the path of the nsfs file that leads there. */
void namespace_place_path(const struct namespace_place *place, const struct namespace_roots *roots,
                          char ret_path[static NAMESPACE_PATH_SIZE]);

#define NAMESPACE_NAME_SIZE UNIT_NAME_SIZE

/*
 * Writes what people call it: its name; or the owning unit or container of the process, see
 * unit_name.h; or "net:[INODE]", as readlink(1) shows it, where that process is in the root cgroup
 * or in none, or has gone.
 */
void namespace_place_name(const struct namespace_place *place, const struct namespace_roots *roots,
                          char ret_name[static NAMESPACE_NAME_SIZE]);

/*
 * The inode of the network namespace that a process is in, by descriptor of roots->processes:
 * 0 or −errno; −EACCES when it may not be known.
 */
int namespace_of_process(int processes_fd, pid_t pid, uint64_t *ret_inode);
