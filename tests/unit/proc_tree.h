/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* A directory that passes for /proc, of files that the test writes or that were recorded. */
#include "tests/unit/fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>

struct proc_tree {
	char path[64];
	int fd;
};

static inline void proc_tree_begin(struct proc_tree *tree)
{
	(void)snprintf(tree->path, sizeof(tree->path), "/tmp/txpathd-proc.XXXXXX");
	assert_non_null(mkdtemp(tree->path));
	tree->fd = open(tree->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(tree->fd >= 0);
}

static inline int proc_tree_remove(const char *path, const struct stat *status, int type,
                                   struct FTW *place)
{
	(void)status;
	(void)type;
	(void)place;
	return remove(path);
}

static inline void proc_tree_end(struct proc_tree *tree)
{
	close(tree->fd);
	assert_int_equal(nftw(tree->path, proc_tree_remove, 8, FTW_DEPTH | FTW_PHYS), 0);
}

/* Writes a file, and makes the directories above it. */
static inline void proc_tree_write(const struct proc_tree *tree, const char *name, const char *text,
                                   size_t length)
{
	char path[256];
	int fd;

	(void)snprintf(path, sizeof(path), "%s", name);
	for (char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		assert_true(mkdirat(tree->fd, path, 0700) == 0 || errno == EEXIST);
		*slash = '/';
	}
	fd = openat(tree->fd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, length), length);
	close(fd);
}

/* What sysctl(8) has written: "net.ipv4.tcp_sack = 1". */
static inline void proc_tree_write_sysctls(const struct proc_tree *tree,
                                           const struct fixture *listing)
{
	const char *line = listing->bytes, *end = listing->bytes + listing->length;

	while (line < end) {
		const char *newline = memchr(line, '\n', (size_t)(end - line));
		const char *equals = memmem(line, (size_t)(newline - line), " = ", 3);
		char name[128];

		(void)snprintf(name, sizeof(name), "sys/%.*s", (int)(equals - line), line);
		for (char *dot = strchr(name, '.'); dot; dot = strchr(dot, '.'))
			*dot = '/';
		proc_tree_write(tree, name, equals + 3, (size_t)(newline + 1 - equals - 3));
		line = newline + 1;
	}
}
