/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cgroup v2 is at /sys/fs/cgroup, at /sys/fs/cgroup/unified where v1 is in use as well, or wherever
 * somebody has mounted it. What is mounted over it later hides it: what was opened is looked at.
 */
#include "collectors/cgroup_mount.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>

#include "daemon/cleanup.h"

/* Fields of a line before the optional ones, which a "-" ends; the type comes after it. */
enum {
	FIELD_ROOT = 3,
	FIELD_POINT = 4,
	FIELD_OPTIONAL = 6,
};

static bool is_octal(const char *text)
{
	for (int i = 0; i < 3; i++)
		if (text[i] < '0' || text[i] > '7')
			return false;
	return true;
}

/* Takes back the kernel's escapes of blanks and backslashes: \040. false: it does not fit. */
static bool unescape(const char *text, size_t length, char ret[static PATH_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < length; i++) {
		if (n + 1 == PATH_MAX)
			return false;
		if (text[i] == '\\' && length - i > 3 && is_octal(text + i + 1)) {
			ret[n++] = (char)((text[i + 1] - '0') << 6 | (text[i + 2] - '0') << 3 |
			                  (text[i + 3] - '0'));
			i += 3;
		} else {
			ret[n++] = text[i];
		}
	}
	ret[n] = '\0';
	return true;
}

static bool is_field(const char *field, size_t length, const char *text)
{
	return strlen(text) == length && memcmp(field, text, length) == 0;
}

bool cgroup_mount_parse(const char *line, struct cgroup_mount *ret_mount)
{
	const char *fields[FIELD_OPTIONAL] = { 0 };
	size_t lengths[FIELD_OPTIONAL] = { 0 }, length = strcspn(line, " \n");
	bool type_is_next = false;

	for (size_t n = 0; length > 0; n++) {
		if (n < FIELD_OPTIONAL) {
			fields[n] = line;
			lengths[n] = length;
		} else if (type_is_next) {
			break;
		} else {
			type_is_next = is_field(line, length, "-");
		}
		line += length + (line[length] == ' ');
		length = strcspn(line, " \n");
	}
	if (!type_is_next || !is_field(line, length, "cgroup2") ||
	    !unescape(fields[FIELD_ROOT], lengths[FIELD_ROOT], ret_mount->root) ||
	    !unescape(fields[FIELD_POINT], lengths[FIELD_POINT], ret_mount->point))
		return false;
	if (strcmp(ret_mount->root, "/") == 0)
		ret_mount->root[0] = '\0';
	return true;
}

static int open_point(const struct cgroup_mount *mount, int *ret_fd)
{
	int fd cleanup(close) = open(mount->point, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct statfs filesystem;

	if (fd < 0 || fstatfs(fd, &filesystem) < 0)
		return -errno;
	if (filesystem.f_type != CGROUP2_SUPER_MAGIC)
		return -ENOENT;
	*ret_fd = steal_fd(&fd);
	return 0;
}

static void close_file(FILE *file)
{
	(void)fclose(file);
}
DEFINE_CLEANUP(FILE, close_file)

int cgroup_mount_open(const char *mountinfo, struct cgroup_mount *ret_mount, int *ret_fd)
{
	FILE *file cleanup(close_file) = fopen(mountinfo, "re");
	char *line cleanup(free) = NULL;
	int error = -ENOENT;
	size_t size = 0;

	if (!file)
		return -errno;
	while (error < 0 && getline(&line, &size, file) >= 0)
		if (cgroup_mount_parse(line, ret_mount))
			error = open_point(ret_mount, ret_fd);
	return error;
}
