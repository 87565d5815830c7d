/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The walk over directories of the test's own, and over real cgroups where they can be made. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "collectors/cgroup.h"
#include "collectors/cgroup_mount.h"
#include "daemon/cleanup.h"

/* What a walk has told, and when it is to end. */
struct told {
	size_t n, stop_after;
	int result;
	uint64_t ids[64];
	char paths[64][64];
	size_t longest;
	const char *removed; /* as soon as anything is told */
};

static int tell(void *context, uint64_t id, const char *path, size_t length)
{
	struct told *told = context;

	assert_int_equal(length, strlen(path));
	if (length > told->longest)
		told->longest = length;
	if (told->n < ARRAY_SIZE(told->ids)) {
		told->ids[told->n] = id;
		(void)snprintf(told->paths[told->n], sizeof(told->paths[0]), "%s", path);
	}
	told->n++;
	if (told->removed)
		(void)rmdir(told->removed);
	return told->n == told->stop_after ? told->result : 0;
}

static uint64_t id_told(const struct told *told, const char *path)
{
	for (size_t i = 0; i < told->n; i++)
		if (strcmp(told->paths[i], path) == 0)
			return told->ids[i];
	return 0;
}

static uint64_t inode_of(const char *path)
{
	struct stat status;

	assert_int_equal(stat(path, &status), 0);
	return status.st_ino;
}

static void make(const char *path)
{
	assert_int_equal(mkdir(path, 0755), 0);
}

static int walk(const char *directory, const char *root, struct told *told)
{
	int fd cleanup(close) = open(directory, O_RDONLY | O_DIRECTORY);

	assert_true(fd >= 0);
	return cgroup_walk(fd, root, tell, told);
}

static int begin(void **state)
{
	static char directory[32];

	(void)snprintf(directory, sizeof(directory), "/tmp/test_cgroup.XXXXXX");
	*state = directory;
	return mkdtemp(directory) && chdir(directory) == 0 ? 0 : -1;
}

static int end(void **state)
{
	char command[64];

	(void)snprintf(command, sizeof(command), "rm -rf %s", (char *)*state);
	return chdir("/") || system(command); // NOLINT(cert-env33-c): a name of mkdtemp()
}

static void test_tree(void **state)
{
	struct told told = { 0 };

	(void)state;
	make("a.slice");
	make("a.slice/b.service");
	make("a.slice/b.service/c");
	make("a.slice/d e.service");
	make("init.scope");
	assert_true(close(creat("a.slice/file", 0644)) == 0);
	assert_int_equal(symlink("..", "a.slice/link"), 0);
	assert_int_equal(walk(".", "", &told), 0);
	assert_int_equal(told.n, 6);
	assert_string_equal(told.paths[0], "/");
	assert_int_equal(told.ids[0], inode_of("."));
	assert_int_equal(id_told(&told, "/a.slice"), inode_of("a.slice"));
	assert_int_equal(id_told(&told, "/a.slice/b.service"), inode_of("a.slice/b.service"));
	assert_int_equal(id_told(&told, "/a.slice/b.service/c"), inode_of("a.slice/b.service/c"));
	assert_int_equal(id_told(&told, "/a.slice/d e.service"), inode_of("a.slice/d e.service"));
	assert_int_equal(id_told(&told, "/init.scope"), inode_of("init.scope"));
}

/* A mount of a part of the tree: its paths begin where the part is. */
static void test_part(void **state)
{
	struct told told = { 0 };

	(void)state;
	make("b.service");
	assert_int_equal(walk(".", "/a.slice", &told), 0);
	assert_int_equal(told.n, 2);
	assert_string_equal(told.paths[0], "/a.slice");
	assert_string_equal(told.paths[1], "/a.slice/b.service");
}

static void test_stopped(void **state)
{
	struct told told = { .stop_after = 3, .result = 7 };

	(void)state;
	make("a");
	make("a/b");
	make("a/b/c");
	assert_int_equal(walk(".", "", &told), 7);
	assert_int_equal(told.n, 3);
	told = (struct told){ .stop_after = 1, .result = -EIO };
	assert_int_equal(walk(".", "", &told), -EIO);
	assert_int_equal(told.n, 1);
}

static void test_vanishing(void **state)
{
	struct told told = { .removed = "a/b" };

	(void)state;
	make("a");
	make("a/b");
	assert_int_equal(walk(".", "", &told), 0);
	assert_int_equal(told.n, 2);
}

static void test_bounds(void **state)
{
	struct told told = { 0 };
	static char root[PATH_MAX + 1];

	(void)state;
	for (int i = 0; i < CGROUP_DEPTH_MAX + 5; i++) {
		make("deep");
		assert_int_equal(chdir("deep"), 0);
	}
	assert_int_equal(walk(*state, "", &told), -E2BIG);
	assert_int_equal(told.n, 1 + CGROUP_DEPTH_MAX);

	/* Paths that would be too long are left out, and those below them. */
	told = (struct told){ 0 };
	memset(root, 'a', PATH_MAX - 8);
	assert_int_equal(walk(*state, root, &told), -E2BIG);
	assert_int_equal(told.n, 2);
	assert_int_equal(told.longest, PATH_MAX - 8 + 5);
	memset(root, 'a', PATH_MAX);
	assert_int_equal(walk(*state, root, &told), -E2BIG);
}

/* Out of descriptors is no answer: nothing may be concluded from it. */
static void test_no_descriptors(void **state)
{
	struct told told = { 0 };
	struct rlimit limit, few;

	(void)state;
	make("a");
	make("a/b");
	make("a/b/c");
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	few = limit;
	few.rlim_cur = (rlim_t)dup(0) + 3;
	close((int)few.rlim_cur - 3);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	assert_int_equal(walk(".", "", &told), -EMFILE);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_int_equal(walk(".", "", &told), 0);
}

/* On cgroup v2 itself the entries' numbers are the ids, and two links are a leaf. */
static void test_real(void **state)
{
	static struct cgroup_mount mount;
	char top[PATH_MAX + 64], below[PATH_MAX + 96];
	struct told told = { 0 };
	int fd = -1;

	(void)state;
	if (cgroup_mount_open("/proc/self/mountinfo", &mount, &fd) < 0) {
		print_message("# no cgroup v2 mount here\n");
		skip();
	}
	close(fd);
	(void)snprintf(top, sizeof(top), "%s/test-cgroup-%d", mount.point, (int)getpid());
	(void)snprintf(below, sizeof(below), "%s/below.service", top);
	if (mkdir(top, 0755) < 0) {
		print_message("# no cgroups can be made here: %s\n", strerror(errno));
		skip();
	}
	make(below);
	assert_int_equal(walk(top, "/top", &told), 0);
	assert_int_equal(told.n, 2);
	assert_int_equal(id_told(&told, "/top"), inode_of(top));
	assert_int_equal(id_told(&told, "/top/below.service"), inode_of(below));
	assert_int_equal(rmdir(below), 0);
	told = (struct told){ 0 };
	assert_int_equal(walk(top, "/top", &told), 0);
	assert_int_equal(told.n, 1);
	assert_int_equal(rmdir(top), 0);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_tree),      TEST(test_part),   TEST(test_stopped),
		TEST(test_vanishing), TEST(test_bounds), TEST(test_no_descriptors),
		TEST(test_real),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
