/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collectors/cgroup_mount.h"
#include "daemon/cleanup.h"

/* Root and point; NULL: no cgroup v2. */
static void test_lines(void **state)
{
	static const struct {
		const char *line, *root, *point;
	} samples[] = {
		{ "34 24 0:29 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n",
		  "", "/sys/fs/cgroup" },
		{ "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw", "",
		  "/sys/fs/cgroup/unified" },
		{ "41 31 0:38 / /a\\040b\\134\\011c\\012 rw shared:1 master:2 - cgroup2 none rw\n",
		  "", "/a b\\\tc\n" },
		{ "41 31 0:38 /docker/1\\040 /c rw - cgroup2 none rw\n", "/docker/1 ", "/c" },
		{ "41 31 0:38 /../.. /c rw - cgroup2 none rw\n", "/../..", "/c" },
		{ "41 31 0:38 / /c\\04 rw - cgroup2 none rw\n", "", "/c\\04" },
		{ "41 31 0:38 / /c\\ rw - cgroup2 none rw\n", "", "/c\\" },
		{ "41 31 0:38 / /c rw - cgroup2", "", "/c" },
		{ "32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n", NULL, NULL },
		{ "32 31 0:29 / /x rw - cgroup22 cgroup2 rw\n", NULL, NULL },
		{ "32 31 0:29 / /x rw - tmpfs cgroup2 rw - cgroup2\n", NULL, NULL },
		{ "32 31 0:29 / /cgroup2 rw shared:1 cgroup2 cgroup2 rw\n", NULL, NULL },
		{ "32 31 0:29 - cgroup2 rw\n", NULL, NULL },
		{ "32 31 0:29 / /x rw -\n", NULL, NULL },
		{ "32 31 0:29 / /x rw - ", NULL, NULL },
		{ "32 31\n", NULL, NULL },
		{ "\n", NULL, NULL },
		{ "", NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		struct cgroup_mount mount;
		bool is = cgroup_mount_parse(samples[i].line, &mount);

		assert_int_equal(is, samples[i].point != NULL);
		if (!is)
			continue;
		assert_string_equal(mount.root, samples[i].root);
		assert_string_equal(mount.point, samples[i].point);
	}
}

/* A path that is longer than paths can be is passed over, not cut. */
static void test_too_long(void **state)
{
	static struct cgroup_mount mount;
	static char line[3 * PATH_MAX], point[2 * PATH_MAX];

	(void)state;
	for (size_t length = PATH_MAX - 2; length < PATH_MAX + 3; length++) {
		memset(point, 'a', length);
		point[length] = '\0';
		(void)snprintf(line, sizeof(line), "1 1 0:1 / %s rw - cgroup2 none rw\n", point);
		assert_int_equal(cgroup_mount_parse(line, &mount), length < PATH_MAX);
	}
}

static int open_of(const char *mountinfo, struct cgroup_mount *mount, int *fd)
{
	char path[] = "/tmp/test_cgroup_mount.XXXXXX";
	FILE *file = fdopen(mkstemp(path), "w");
	int error;

	assert_non_null(file);
	assert_true(fputs(mountinfo, file) >= 0);
	assert_int_equal(fclose(file), 0);
	error = cgroup_mount_open(path, mount, fd);
	assert_int_equal(unlink(path), 0);
	return error;
}

/* What is no cgroup v2, whatever mountinfo says of it, or is not there, is not opened. */
static void test_open(void **state)
{
	static struct cgroup_mount mount;
	int fd = -1;

	(void)state;
	assert_int_equal(cgroup_mount_open("/nowhere/mountinfo", &mount, &fd), -ENOENT);
	assert_int_equal(open_of("", &mount, &fd), -ENOENT);
	assert_int_equal(open_of("1 1 0:1 / /nowhere rw - cgroup2 none rw\n"
	                         "1 1 0:1 / /tmp rw - cgroup2 none rw\n",
	                         &mount, &fd),
	                 -ENOENT);
	assert_int_equal(open_of("1 1 0:1 / /etc/passwd rw - cgroup2 none rw\n", &mount, &fd),
	                 -ENOTDIR);
	assert_int_equal(fd, -1);
}

/* The one that is here is found behind others. */
static void test_real(void **state)
{
	static struct cgroup_mount mount, again;
	static char text[2 * PATH_MAX];
	int fd = -1;

	(void)state;
	if (cgroup_mount_open("/proc/self/mountinfo", &mount, &fd) < 0) {
		print_message("# no cgroup v2 mount here\n");
		skip();
	}
	close(fd);
	fd = -1;
	(void)snprintf(text, sizeof(text),
	               "1 1 0:1 / /nowhere rw - cgroup2 none rw\n"
	               "1 1 0:1 /x %s rw - cgroup2 none rw\n",
	               mount.point);
	assert_int_equal(open_of(text, &again, &fd), 0);
	assert_string_equal(again.point, mount.point);
	assert_string_equal(again.root, "/x");
	assert_true(fd >= 0);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_real),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
