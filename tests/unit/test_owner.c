/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of owners against a scripted tree of cgroups. */
#define cgroup_mount_open scripted_mount_open
#define cgroup_walk       scripted_walk

#include "collectors/owner.c"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

struct scripted_cgroup {
	uint64_t id;
	const char *path;
};

static struct {
	const struct scripted_cgroup *cgroups;
	size_t n;
	uint64_t n_services; /* besides those: /N.service of id N */
	int mount_error, walk_error;

	unsigned n_walks;
	uint64_t n_told;
	struct reason reason;
	struct collector_env env;
} script;

int cgroup_mount_open(const char *mountinfo, struct cgroup_mount *ret_mount, int *ret_fd)
{
	assert_string_equal(mountinfo, "/proc/self/mountinfo");
	if (script.mount_error)
		return script.mount_error;
	(void)strcpy(ret_mount->root, "/root");
	(void)strcpy(ret_mount->point, "/point");
	*ret_fd = open("/", O_RDONLY | O_CLOEXEC);
	return 0;
}

int cgroup_walk(int root_fd, const char *root, cgroup_fn found, void *context)
{
	int result = 0;
	char path[32];

	assert_true(root_fd >= 0);
	assert_string_equal(root, "/root");
	script.n_walks++;
	for (size_t i = 0; i < script.n && !result; i++) {
		script.n_told++;
		result = found(context, script.cgroups[i].id, script.cgroups[i].path,
		               strlen(script.cgroups[i].path));
	}
	for (uint64_t id = 1; id <= script.n_services && !result; id++) {
		int length = snprintf(path, sizeof(path), "/%llu.service", (unsigned long long)id);

		script.n_told++;
		result = found(context, id, path, (size_t)length);
	}
	return result ? result : script.walk_error;
}

static int begin(void **state)
{
	(void)state;
	memset(&script, 0, sizeof(script));
	script.env = (struct collector_env){ .reason = &script.reason };
	return 0;
}

static struct owner_table *open_table(const struct named_lists *groups)
{
	struct owner_table *table = NULL;

	assert_int_equal(owner_table_open(&script.env, groups, &table), 0);
	return table;
}

static void resolve(struct owner_table *table, uint64_t id)
{
	assert_int_equal(owner_table_resolve(table, &id, 1), 0);
}

static void expect(struct owner_table *table, uint64_t id, const char *name)
{
	struct label label = owner_find(table, id);

	assert_int_equal(label.length, strlen(name));
	assert_memory_equal(label.value ? label.value : "", name, strlen(name));
}

static const struct scripted_cgroup some[] = {
	{ 1, "/" },
	{ 10, "/system.slice" },
	{ 11, "/system.slice/nginx.service" },
	{ 12, "/system.slice/nginx.service/worker" },
	{ 13, "/system.slice/ssh.service" },
	{ 14, "/system.slice/apache2@a.service" },
};

static void test_one_walk(void **state)
{
	const uint64_t ids[] = { 12, 11, 12, 0, 13, 11 };
	struct owner_table *table;

	(void)state;
	script.cgroups = some;
	script.n = ARRAY_SIZE(some);
	table = open_table(NULL);
	assert_string_equal(script.reason.text, "");
	expect(table, 11, "");
	assert_int_equal(script.n_walks, 0);
	assert_int_equal(owner_table_resolve(table, ids, ARRAY_SIZE(ids)), 0);
	assert_int_equal(script.n_walks, 1);
	/* The walk ended as soon as all were found. */
	assert_int_equal(script.n_told, 5);
	expect(table, 11, "nginx.service");
	expect(table, 12, "nginx.service");
	expect(table, 13, "ssh.service");
	expect(table, 14, "");
	expect(table, 0, "(none)");
	assert_ptr_equal(owner_find(table, 11).value, owner_find(table, 12).value);

	assert_int_equal(owner_table_resolve(table, ids, ARRAY_SIZE(ids)), 0);
	assert_int_equal(owner_table_resolve(table, NULL, 0), 0);
	assert_int_equal(script.n_walks, 1);
	owner_table_close(table);
}

static void test_unknown_costs_one_walk(void **state)
{
	struct owner_table *table;

	(void)state;
	script.cgroups = some;
	script.n = ARRAY_SIZE(some);
	table = open_table(NULL);
	for (int i = 0; i < 3; i++) {
		resolve(table, 99);
		expect(table, 99, "(none)");
	}
	resolve(table, 0);
	assert_int_equal(script.n_walks, 1);
	assert_int_equal(script.n_told, ARRAY_SIZE(some));
	owner_table_close(table);
}

/* What was known keeps its name; what is new is found by the next walk. */
static void test_deleted_and_new(void **state)
{
	struct owner_table *table;

	(void)state;
	script.cgroups = some;
	script.n = 3;
	table = open_table(NULL);
	resolve(table, 11);
	script.cgroups = some + 4;
	script.n = 2;
	resolve(table, 13);
	resolve(table, 11);
	expect(table, 11, "nginx.service");
	expect(table, 13, "ssh.service");
	assert_int_equal(script.n_walks, 2);
	owner_table_close(table);
}

static void test_groups(void **state)
{
	char nginx[] = "^nginx\\.service$", apache[] = "^apache2", broken[] = "(", name[] = "web";
	char *web[] = { nginx, apache };
	struct named_list list = { name, { ARRAY_SIZE(web), web } };
	const struct named_lists groups = { 1, &list };
	const uint64_t ids[] = { 11, 12, 13, 14, 99 };
	struct owner_table *table;

	(void)state;
	script.cgroups = some;
	script.n = ARRAY_SIZE(some);
	table = open_table(&groups);
	assert_int_equal(owner_table_resolve(table, ids, ARRAY_SIZE(ids)), 0);
	expect(table, 11, "web");
	expect(table, 12, "web");
	expect(table, 13, "ssh.service");
	expect(table, 14, "web");
	expect(table, 99, "(none)");
	owner_table_close(table);

	web[0] = broken;
	table = NULL;
	assert_int_equal(owner_table_open(&script.env, &groups, &table), -EINVAL);
	assert_null(table);
	assert_true(strlen(script.reason.text) > 0);
}

static void test_no_tree(void **state)
{
	struct owner_table *table;

	(void)state;
	script.mount_error = -ENOENT;
	table = open_table(NULL);
	assert_string_equal(script.reason.text, "no cgroup v2 mount: sockets have no owner");
	expect(table, 11, "(none)");
	resolve(table, 11);
	assert_int_equal(script.n_walks, 0);
	owner_table_close(table);

	script.mount_error = -EACCES;
	table = open_table(NULL);
	assert_string_equal(
		script.reason.text,
		"no cgroup v2 mount can be read: sockets have no owner (Permission denied)");
	owner_table_close(table);
}

/* A walk that fails settles nothing; one that met its bounds does. */
static void test_failed_walk(void **state)
{
	const uint64_t ids[] = { 11, 99 };
	struct owner_table *table;

	(void)state;
	script.cgroups = some;
	script.n = ARRAY_SIZE(some);
	script.walk_error = -EMFILE;
	table = open_table(NULL);
	assert_int_equal(owner_table_resolve(table, ids, 2), -EMFILE);
	assert_string_equal(script.reason.text, "cgroups below /point: Too many open files");
	expect(table, 11, "nginx.service");
	expect(table, 99, "");

	script.walk_error = -E2BIG;
	resolve(table, 11);
	assert_int_equal(script.n_walks, 2);
	assert_string_equal(script.reason.text,
	                    "more cgroups than are looked into: (none) has 1 owners");
	expect(table, 99, "(none)");
	owner_table_close(table);
}

static size_t count_known(struct owner_table *table, uint64_t first, uint64_t end)
{
	size_t n = 0;

	for (uint64_t id = first; id < end; id++)
		n += find_place(table, id)->asked != 0;
	return n;
}

/* At the bound those that were not asked for longest go, and the rest stays right. */
static void test_bound(void **state)
{
	static uint64_t ids[2 * OWNER_IDS_MAX];
	struct owner_table *table;
	char name[32];

	(void)state;
	script.n_services = ARRAY_SIZE(ids);
	table = open_table(NULL);
	for (size_t i = 0; i < ARRAY_SIZE(ids); i++)
		ids[i] = i + 1;
	/* No more than half of the table at once. */
	assert_int_equal(owner_table_resolve(table, ids, ARRAY_SIZE(ids)), 0);
	assert_int_equal(table->known.n_used, OWNER_NEW_IDS_MAX);
	assert_int_equal(owner_table_resolve(table, ids, OWNER_IDS_MAX), 0);
	assert_int_equal(table->known.n_used, OWNER_IDS_MAX);
	assert_int_equal(script.n_walks, 2);

	for (uint64_t id = 1; id <= 1000; id++)
		(void)owner_find(table, id);
	resolve(table, OWNER_IDS_MAX + 1);
	assert_true(table->known.n_used < OWNER_IDS_MAX);
	assert_int_equal(count_known(table, 1, 1001), 1000);
	assert_int_equal(count_known(table, 1001, 1002), 0);
	assert_int_equal(count_known(table, OWNER_IDS_MAX / 2 + 1, OWNER_IDS_MAX + 2),
	                 OWNER_IDS_MAX / 2 + 1);

	/* All new at once: none of them is given up for another of them. */
	assert_int_equal(owner_table_resolve(table, ids + OWNER_IDS_MAX + 1, OWNER_NEW_IDS_MAX), 0);
	assert_int_equal(script.n_walks, 4);
	for (uint64_t id = OWNER_IDS_MAX + 1; id <= OWNER_IDS_MAX + OWNER_NEW_IDS_MAX; id++) {
		(void)snprintf(name, sizeof(name), "%llu.service", (unsigned long long)id);
		expect(table, id, name);
	}
	assert_int_equal(table->known.n_wanted, 0);
	assert_int_equal(table->known.n_places, 2 * OWNER_IDS_MAX);
	owner_table_close(table);
}

/* What is wanted and given up is wanted no more. */
static void test_wanted_and_evicted(void **state)
{
	static uint64_t ids[OWNER_NEW_IDS_MAX];
	struct owner_table *table;

	(void)state;
	script.walk_error = -ENOMEM;
	table = open_table(NULL);
	for (size_t round = 0; round < 5; round++) {
		for (size_t i = 0; i < ARRAY_SIZE(ids); i++)
			ids[i] = 1 + round * ARRAY_SIZE(ids) + i;
		assert_int_equal(owner_table_resolve(table, ids, ARRAY_SIZE(ids)), -ENOMEM);
		assert_int_equal(table->known.n_wanted, table->known.n_used);
		assert_true(table->known.n_used <= OWNER_IDS_MAX);
	}
	script.walk_error = 0;
	resolve(table, ids[0]);
	assert_int_equal(table->known.n_wanted, 0);
	expect(table, ids[ARRAY_SIZE(ids) - 1], "(none)");
	owner_table_close(table);
}

#define TEST(function) cmocka_unit_test_setup(function, begin)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_one_walk),        TEST(test_unknown_costs_one_walk),
		TEST(test_deleted_and_new), TEST(test_groups),
		TEST(test_no_tree),         TEST(test_failed_walk),
		TEST(test_bound),           TEST(test_wanted_and_evicted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
