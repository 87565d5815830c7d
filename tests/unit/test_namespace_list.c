/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Network namespaces are found in a tree of plain files: names by the inodes of the files, processes
 * by links, dangling, that say these.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "collectors/namespace_list.h"
#include "daemon/cleanup.h"
#include "daemon/collector.h"

static struct {
	char directory[64];
	char names[128], processes[128];
	struct namespace_roots roots;
	struct namespace_list list;
	struct reason reason;
} tree;

static const char *path_of(const char *path)
{
	static char text[512];

	(void)snprintf(text, sizeof(text), "%s/%s", tree.directory, path);
	return text;
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path_of(path), "we");

	assert_non_null(file);
	(void)fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static uint64_t inode_of(const char *path)
{
	struct stat status;

	assert_int_equal(stat(path_of(path), &status), 0);
	return status.st_ino;
}

static void make_directory(const char *path)
{
	assert_int_equal(mkdir(path_of(path), 0755), 0);
}

static uint64_t add_name(const char *name)
{
	char path[300];

	(void)snprintf(path, sizeof(path), "netns/%s", name);
	write_file(path, "");
	return inode_of(path);
}

static void add_process(int pid, uint64_t inode, const char *cgroup)
{
	char path[64], target[64];

	(void)snprintf(path, sizeof(path), "proc/%d", pid);
	make_directory(path);
	(void)snprintf(path, sizeof(path), "proc/%d/ns", pid);
	make_directory(path);
	(void)snprintf(path, sizeof(path), "proc/%d/ns/net", pid);
	(void)snprintf(target, sizeof(target), "net:[%" PRIu64 "]", inode);
	assert_int_equal(symlink(target, path_of(path)), 0);
	(void)snprintf(path, sizeof(path), "proc/%d/cgroup", pid);
	if (cgroup)
		write_file(path, cgroup);
}

static int begin(void **state)
{
	(void)state;
	memset(&tree, 0, sizeof(tree));
	(void)snprintf(tree.directory, sizeof(tree.directory), "/tmp/namespaces-XXXXXX");
	if (!mkdtemp(tree.directory))
		return -1;
	(void)snprintf(tree.names, sizeof(tree.names), "%s/netns", tree.directory);
	(void)snprintf(tree.processes, sizeof(tree.processes), "%s/proc", tree.directory);
	tree.roots = (struct namespace_roots){ tree.names, tree.processes };
	make_directory("netns");
	make_directory("proc");
	make_directory("proc/self");
	make_directory("proc/self/ns");
	write_file("proc/self/ns/net", "");
	return 0;
}

static int remove_entry(const char *path, const struct stat *status, int flag, struct FTW *walk)
{
	(void)status;
	(void)flag;
	(void)walk;
	return remove(path);
}

static int end(void **state)
{
	(void)state;
	namespace_list_clear(&tree.list);
	return nftw(tree.directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

static void read_all(void)
{
	const struct choice_or_strings all = { .choice = COLLECTOR_NAMESPACES_ALL };

	assert_int_equal(namespace_list_read(&tree.list, &all, &tree.roots, &tree.reason), 0);
	for (size_t i = 1; i < tree.list.n_places; i++)
		assert_true(tree.list.places[i - 1].inode < tree.list.places[i].inode);
}

static const struct namespace_place *expect_place(uint64_t inode, const char *name,
                                                  const char *path)
{
	const struct namespace_place *place = namespace_list_find(&tree.list, inode);
	char text[NAMESPACE_PATH_SIZE], label[NAMESPACE_NAME_SIZE];

	assert_non_null(place);
	assert_int_equal(place->inode, inode);
	namespace_place_name(place, &tree.roots, label);
	assert_string_equal(label, name);
	namespace_place_path(place, &tree.roots, text);
	assert_string_equal(text, path_of(path));
	return place;
}

static void test_names_and_processes(void **state)
{
	uint64_t own = inode_of("proc/self/ns/net"), blue = add_name("blue"), red = add_name("red");

	(void)state;
	add_process(1, own, "0::/init.scope\n");
	add_process(70, blue, "0::/system.slice/never.service\n");
	add_process(80, 999, "1:name=systemd:/x\n0::/system.slice/web.service\n");
	add_process(9, 999, "0::/system.slice/db.service\n");
	add_process(100, 1000, "0::/\n");
	add_process(101, 1001, NULL);
	make_directory("proc/102"); /* that has just gone */
	make_directory("proc/sys");
	read_all();
	assert_int_equal(tree.list.n_places, 5);
	expect_place(blue, "blue", "netns/blue");
	expect_place(red, "red", "netns/red");
	expect_place(999, "db.service", "proc/9/ns/net");
	expect_place(1000, "net:[1000]", "proc/100/ns/net");
	expect_place(1001, "net:[1001]", "proc/101/ns/net");
	assert_null(namespace_list_find(&tree.list, own));
	assert_string_equal(tree.list.lack.text, "");

	/* Read anew, and nothing is left of before. */
	assert_int_equal(unlink(path_of("netns/red")), 0);
	read_all();
	assert_int_equal(tree.list.n_places, 4);
}

static void test_several_names(void **state)
{
	uint64_t inode = add_name("middle");

	(void)state;
	assert_int_equal(symlink("middle", path_of("netns/early")), 0);
	assert_int_equal(symlink("middle", path_of("netns/zulu")), 0);
	assert_int_equal(symlink("../proc/self/ns/net", path_of("netns/own")), 0);
	assert_int_equal(symlink("nowhere", path_of("netns/broken")), 0);
	assert_int_equal(symlink("/proc/self/ns/net", path_of("netns/elsewhere")), 0);
	make_directory("netns/directory");
	read_all();
	assert_int_equal(tree.list.n_places, 1);
	expect_place(inode, "early", "netns/early");
}

static void test_wanted_names(void **state)
{
	static char text[][8] = { "red", "gone", "blue", "red", "away" };
	char *values[] = { text[0], text[1], text[2], text[3], text[4] };
	const struct choice_or_strings named = { COLLECTOR_NAMESPACES_NAMED,
		                                 { ARRAY_SIZE(values), values } };
	uint64_t blue = add_name("blue"), red = add_name("red");

	(void)state;
	(void)add_name("green");
	add_process(80, 999, NULL);
	assert_int_equal(namespace_list_read(&tree.list, &named, &tree.roots, &tree.reason), 0);
	assert_int_equal(tree.list.n_places, 2);
	expect_place(blue, "blue", "netns/blue");
	expect_place(red, "red", "netns/red");
	assert_non_null(strstr(tree.list.lack.text, "there is no network namespace gone in "));
	assert_non_null(strstr(tree.list.lack.text, ", nor 1 other"));

	(void)add_name("away");
	(void)add_name("gone");
	assert_int_equal(namespace_list_read(&tree.list, &named, &tree.roots, &tree.reason), 0);
	assert_int_equal(tree.list.n_places, 4);
	assert_string_equal(tree.list.lack.text, "");
}

/* A process that gets the number of another one gives no name to what that one was in. */
static void test_reused_number(void **state)
{
	struct namespace_place place = { .inode = 998, .pid = 80 };
	char name[NAMESPACE_NAME_SIZE];

	(void)state;
	add_process(80, 999, "0::/system.slice/web.service\n");
	namespace_place_name(&place, &tree.roots, name);
	assert_string_equal(name, "net:[998]");
	place.pid = 81;
	namespace_place_name(&place, &tree.roots, name);
	assert_string_equal(name, "net:[998]");
}

static void test_missing_roots(void **state)
{
	const struct choice_or_strings all = { .choice = COLLECTOR_NAMESPACES_ALL };

	(void)state;
	add_process(80, 999, NULL);
	assert_int_equal(rmdir(path_of("netns")), 0);
	read_all();
	assert_int_equal(tree.list.n_places, 1);
	assert_string_equal(tree.list.lack.text, "");

	write_file("netns", "no directory");
	read_all();
	assert_non_null(strstr(tree.list.lack.text, "netns: Not a directory"));

	assert_int_equal(unlink(path_of("proc/self/ns/net")), 0);
	assert_int_equal(namespace_list_read(&tree.list, &all, &tree.roots, &tree.reason), -ENOENT);
	assert_non_null(strstr(tree.reason.text, "proc/self/ns/net: No such file"));
}

static void test_many(void **state)
{
	(void)state;
	for (int i = 0; i < 100; i++)
		add_process(1000 - i, 5000 + (uint64_t)(i * 37 % 50), NULL);
	read_all();
	assert_int_equal(tree.list.n_places, 50);
	expect_place(5000, "net:[5000]", "proc/950/ns/net");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_names_and_processes), TEST(test_several_names), TEST(test_wanted_names),
		TEST(test_reused_number),       TEST(test_missing_roots), TEST(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
