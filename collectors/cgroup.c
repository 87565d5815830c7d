/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Depth first, with an open directory per level. The entries of a directory tell the ids. One that
 * has two links, its own and its parent's, has no cgroups in it: to ask for that is a fraction of
 * listing the thirty to sixty files of each, and most cgroups are such leaves.
 */
#include "collectors/cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/cleanup.h"

struct level {
	DIR *directory;
	size_t path_length;
};

struct walk {
	cgroup_fn found;
	void *context;
	size_t n_directories;
	bool cut; /* something is beyond the bounds */

	size_t n_levels;
	struct level levels[CGROUP_DEPTH_MAX];
	char path[PATH_MAX];
};

/* Opens a directory as one more level. 0 also when it is gone or may not be read. */
static int walk_enter(struct walk *walk, int parent_fd, const char *name, size_t path_length)
{
	int fd cleanup(close) =
		openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *directory;

	if (fd < 0)
		return errno == EMFILE || errno == ENFILE || errno == ENOMEM ? -errno : 0;
	directory = fdopendir(fd);
	if (!directory)
		return -errno;
	(void)steal_fd(&fd);
	walk->levels[walk->n_levels++] = (struct level){ directory, path_length };
	return 0;
}

static void walk_leave(struct walk *walk)
{
	(void)closedir(walk->levels[--walk->n_levels].directory);
}

static bool is_leaf(int parent_fd, const char *name)
{
	struct stat status;

	return fstatat(parent_fd, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && status.st_nlink == 2;
}

static bool is_directory(const struct dirent *entry)
{
	return entry->d_type == DT_DIR && strcmp(entry->d_name, ".") != 0 &&
		strcmp(entry->d_name, "..") != 0;
}

static int walk_take(struct walk *walk, const struct level *level, const struct dirent *entry)
{
	size_t name_length = strlen(entry->d_name);
	size_t length = level->path_length + 1 + name_length;
	int result, fd = dirfd(level->directory);

	if (length >= sizeof(walk->path)) {
		walk->cut = true;
		return 0;
	}
	if (walk->n_directories++ == CGROUP_DIRECTORIES_MAX)
		return -E2BIG;
	walk->path[level->path_length] = '/';
	memcpy(walk->path + level->path_length + 1, entry->d_name, name_length + 1);
	result = walk->found(walk->context, entry->d_ino, walk->path, length);
	if (result || is_leaf(fd, entry->d_name))
		return result;
	if (walk->n_levels == CGROUP_DEPTH_MAX) {
		walk->cut = true;
		return 0;
	}
	return walk_enter(walk, fd, entry->d_name, length);
}

static int walk_root(struct walk *walk, int root_fd, const char *root)
{
	size_t length = strlen(root);
	struct stat status;
	int result;

	if (length >= sizeof(walk->path))
		return -E2BIG;
	memcpy(walk->path, root, length + 1);
	if (fstat(root_fd, &status) < 0)
		return -errno;
	result =
		walk->found(walk->context, status.st_ino, length ? root : "/", length ? length : 1);
	return result ? result : walk_enter(walk, root_fd, ".", length);
}

int cgroup_walk(int root_fd, const char *root, cgroup_fn found, void *context)
{
	struct walk walk = { .found = found, .context = context };
	int result = walk_root(&walk, root_fd, root);

	while (!result && walk.n_levels) {
		const struct level *level = &walk.levels[walk.n_levels - 1];
		const struct dirent *entry = readdir(level->directory);

		if (!entry)
			walk_leave(&walk);
		else if (is_directory(entry))
			result = walk_take(&walk, level, entry);
	}
	while (walk.n_levels)
		walk_leave(&walk);
	return !result && walk.cut ? -E2BIG : result;
}
