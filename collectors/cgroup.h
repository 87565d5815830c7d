/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The tree of cgroup v2. A cgroup's id is the inode number of its directory, where that has 64
 * bits; it is never given to another cgroup while the machine runs.
 */
#include <stddef.h>
#include <stdint.h>

/* What a walk goes into; of more, nothing is told. */
#define CGROUP_DEPTH_MAX       32
#define CGROUP_DIRECTORIES_MAX 65536

/*
 * Is told of a cgroup; the path, from the topmost cgroup on, is terminated and valid during the
 * call. What is not 0 ends the walk.
 */
typedef int (*cgroup_fn)(void *context, uint64_t id, const char *path, size_t length);

/*
 * Tells of each cgroup below root_fd, which stands for the path root ("" for the topmost cgroup),
 * and of itself first. Cgroups that come during the walk may be left out; those that go, and those
 * that may not be read, are passed over. 0; what found() returned; −E2BIG: all was told that is
 * within the bounds; −EMFILE, −ENFILE, −ENOMEM.
 */
int cgroup_walk(int root_fd, const char *root, cgroup_fn found, void *context);
