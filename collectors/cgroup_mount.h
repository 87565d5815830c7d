/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Where cgroup v2 is mounted: /proc/PID/mountinfo, as proc_pid_mountinfo(5) has it. */
#include <limits.h>
#include <stdbool.h>

struct cgroup_mount {
	char root[PATH_MAX];  /* the cgroup that is mounted; "" for the topmost */
	char point[PATH_MAX]; /* where */
};

/* Whether the line is of a mounted cgroup v2; ret_mount is unspecified otherwise. */
bool cgroup_mount_parse(const char *line, struct cgroup_mount *ret_mount);

/*
 * Opens the first mounted cgroup v2 of the mountinfo file that can be opened. −ENOENT: there is
 * none; −errno of the file, or of the last one that is there.
 */
int cgroup_mount_open(const char *mountinfo, struct cgroup_mount *ret_mount, int *ret_fd);
