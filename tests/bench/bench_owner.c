/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finding the owners of sockets in cgroups below the mounted cgroup v2, against opening and listing
 * every directory of it. Where no cgroups can be made, plain directories stand for them.
 *
 *	bench_owner [CGROUPS [ROUNDS]]
 */
#define cgroup_mount_open bench_mount_open

#include "collectors/owner.c"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "tests/bench/floor.h"

#define SERVICES_PER_SLICE 50

static struct {
	struct cgroup_mount mount;
	int fd;
	uint64_t *ids;
	size_t n_ids;
} tree;

int cgroup_mount_open(const char *mountinfo, struct cgroup_mount *ret_mount, int *ret_fd)
{
	(void)mountinfo;
	*ret_mount = tree.mount;
	*ret_fd = dup(tree.fd);
	return 0;
}

/* A new directory in the mounted tree, or a plain one. */
static void choose_tree(void)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	char line[8192];

	while (file && fgets(line, sizeof(line), file)) {
		if (!cgroup_mount_parse(line, &tree.mount))
			continue;
		(void)strcat(tree.mount.point, "/bench_owner");
		if (mkdir(tree.mount.point, 0755) == 0)
			break;
		tree.mount.point[0] = '\0';
	}
	if (file)
		(void)fclose(file);
	if (!tree.mount.point[0]) {
		printf("no cgroups can be made here: plain directories\n");
		(void)strcpy(tree.mount.point, "/tmp/bench_owner.XXXXXX");
		if (!mkdtemp(tree.mount.point))
			bench_fail("mkdtemp");
	}
	tree.fd = open(tree.mount.point, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (tree.fd < 0)
		bench_fail(tree.mount.point);
}

static void for_each(size_t first, size_t end, void (*act)(const char *name, int is_slice))
{
	char name[64];

	for (size_t i = first; i < end; i++) {
		size_t slice = i / SERVICES_PER_SLICE;

		(void)snprintf(name, sizeof(name), "bench%zu.slice", slice);
		if (i % SERVICES_PER_SLICE == 0)
			act(name, 1);
		(void)snprintf(name, sizeof(name), "bench%zu.slice/unit%zu.service", slice, i);
		act(name, 0);
	}
}

static void make(const char *name, int is_slice)
{
	struct stat status;

	if (mkdirat(tree.fd, name, 0755) < 0 || fstatat(tree.fd, name, &status, 0) < 0)
		bench_fail(name);
	if (!is_slice)
		tree.ids[tree.n_ids++] = status.st_ino;
}

static void remove_service(const char *name, int is_slice)
{
	if (!is_slice)
		(void)unlinkat(tree.fd, name, AT_REMOVEDIR);
}

static void remove_slice(const char *name, int is_slice)
{
	if (is_slice)
		(void)unlinkat(tree.fd, name, AT_REMOVEDIR);
}

static void run_floor(int parent_fd, const char *name)
{
	int fd = openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory = fdopendir(fd);
	const struct dirent *entry;

	if (!directory)
		bench_fail(name);
	for (entry = readdir(directory); entry; entry = readdir(directory))
		if (entry->d_type == DT_DIR && entry->d_name[0] != '.')
			run_floor(fd, entry->d_name);
	(void)closedir(directory);
}

/* A table that knows nothing yet finds them all. */
static uint64_t run_resolve(void)
{
	struct reason reason = { 0 };
	const struct collector_env env = { .reason = &reason };
	struct owner_table *table = NULL;
	uint64_t start;

	if (owner_table_open(&env, NULL, &table) < 0 || !table)
		bench_fail("owner_table_open");
	start = clock_nsec(CLOCK_THREAD_CPUTIME_ID);
	if (owner_table_resolve(table, tree.ids, tree.n_ids) < 0)
		bench_fail(reason.text);
	start = clock_nsec(CLOCK_THREAD_CPUTIME_ID) - start;
	for (size_t i = 0; i < tree.n_ids; i++)
		if (owner_find(table, tree.ids[i]).length < strlen("unit0.service"))
			bench_fail("owner_find");
	owner_table_close(table);
	return start;
}

static void measure(size_t n_rounds)
{
	uint64_t *floors = calloc(n_rounds, sizeof(*floors));
	uint64_t *ours = calloc(n_rounds, sizeof(*ours));
	uint64_t floor_nsec, our_nsec;

	if (!floors || !ours)
		bench_fail("calloc");
	for (size_t i = 0; i < n_rounds; i++) {
		uint64_t start = clock_nsec(CLOCK_THREAD_CPUTIME_ID);

		run_floor(tree.fd, ".");
		floors[i] = clock_nsec(CLOCK_THREAD_CPUTIME_ID) - start;
		ours[i] = run_resolve();
	}
	floor_nsec = median_nsec(floors, n_rounds);
	our_nsec = median_nsec(ours, n_rounds);
	printf("%6zu cgroups  floor %9.3f ms  resolve %9.3f ms  %6.0f ns per cgroup  ratio %.3f\n",
	       tree.n_ids, (double)floor_nsec / 1e6, (double)our_nsec / 1e6,
	       (double)our_nsec / (double)tree.n_ids, (double)our_nsec / (double)floor_nsec);
	free(floors);
	free(ours);
}

int main(int argc, char **argv)
{
	size_t n = argc > 1 ? (size_t)atoi(argv[1]) : 2000;
	size_t n_rounds = argc > 2 ? (size_t)atoi(argv[2]) : 101;

	tree.ids = calloc(n, sizeof(*tree.ids));
	if (!tree.ids)
		bench_fail("calloc");
	choose_tree();
	for_each(0, n / 20, make);
	measure(n_rounds);
	for_each(n / 20, n, make);
	measure(n_rounds);
	for_each(0, n, remove_service);
	for_each(0, n, remove_slice);
	(void)rmdir(tree.mount.point);
	close(tree.fd);
	free(tree.ids);
	return EXIT_SUCCESS;
}
