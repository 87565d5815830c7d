/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files in /run/netns are bind mounts of nsfs, or links to such: what is on another file system than
 * our own /proc/self/ns/net is no namespace. A process that has gone, or is about to, is in none.
 */
#include "collectors/namespace_list.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/cleanup.h"
#include "daemon/collector.h"

DEFINE_CLEANUP(DIR, closedir)

/* A list being read. */
struct reading {
	struct namespace_list *list;
	const struct namespace_roots *roots;
	struct stat own; /* of our own namespace's file */
};

/* The index of the first place whose inode is not lower. */
static size_t place_index(const struct namespace_list *list, uint64_t inode)
{
	size_t low = 0, high = list->n_places;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (list->places[middle].inode < inode)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct namespace_place *namespace_list_find(const struct namespace_list *list, uint64_t inode)
{
	size_t i = place_index(list, inode);

	return i < list->n_places && list->places[i].inode == inode ? &list->places[i] : NULL;
}

/* A place without name or process for this inode, or the one that is there; NULL out of memory. */
static struct namespace_place *place_for(struct namespace_list *list, uint64_t inode)
{
	struct namespace_place *place = namespace_list_find(list, inode);
	size_t i = place_index(list, inode);

	if (place)
		return place;
	if (list->n_places == list->n_allocated) {
		size_t n = list->n_allocated ? 2 * list->n_allocated : 16;
		struct namespace_place *places = reallocarray(list->places, n, sizeof(*places));

		if (!places)
			return NULL;
		list->places = places;
		list->n_allocated = n;
	}
	place = list->places + i;
	memmove(place + 1, place, (list->n_places - i) * sizeof(*place));
	*place = (struct namespace_place){ .inode = inode };
	list->n_places++;
	return place;
}

static int add_name(struct reading *reading, const char *name, uint64_t inode)
{
	struct namespace_place *place = place_for(reading->list, inode);
	char *copy;

	if (!place)
		return -ENOMEM;
	if (place->name && strcmp(place->name, name) <= 0)
		return 0;
	copy = strdup(name);
	if (!copy)
		return -ENOMEM;
	free(place->name);
	place->name = copy;
	place->pid = 0;
	return 0;
}

static int add_process(struct reading *reading, pid_t pid, uint64_t inode)
{
	struct namespace_place *place;

	if (inode == reading->own.st_ino)
		return 0;
	place = place_for(reading->list, inode);
	if (!place)
		return -ENOMEM;
	if (!place->name && (!place->pid || pid < place->pid))
		place->pid = pid;
	return 0;
}

/* 1: a name of a namespace; 0: there is none of that name; or −ENOMEM. */
static int look_at_name(struct reading *reading, const char *name)
{
	char path[NAMESPACE_PATH_SIZE];
	struct stat status;
	int error;

	(void)snprintf(path, sizeof(path), "%s/%s", reading->roots->names, name);
	if (stat(path, &status) < 0 || status.st_dev != reading->own.st_dev ||
	    !S_ISREG(status.st_mode))
		return 0;
	error = status.st_ino == reading->own.st_ino ? 0 : add_name(reading, name, status.st_ino);
	return error ? error : 1;
}

static int read_wanted_names(struct reading *reading, const struct string_list *names)
{
	struct reason *lack = &reading->list->lack;
	size_t n_missing = 0;

	for (size_t i = 0; i < names->n; i++) {
		int found = look_at_name(reading, names->values[i]);

		if (found < 0)
			return found;
		if (found)
			continue;
		n_missing++;
		if (n_missing == 1)
			(void)reason_set(lack, 0, "there is no network namespace %s in %s",
			                 names->values[i], reading->roots->names);
	}
	if (n_missing > 1)
		(void)snprintf(lack->text + strlen(lack->text),
		               sizeof(lack->text) - strlen(lack->text),
		               ", nor %zu others that are configured", n_missing - 1);
	return 0;
}

/* NULL: it cannot be read, which is a lack unless it is not there. */
static DIR *open_directory(struct reading *reading, const char *path)
{
	DIR *directory = opendir(path);

	if (!directory && errno != ENOENT)
		(void)reason_set(&reading->list->lack, 0, "cannot see network namespaces in %s: %s",
		                 path, strerror(errno));
	return directory;
}

static int read_names(struct reading *reading)
{
	DIR *directory cleanup(closedir) = open_directory(reading, reading->roots->names);
	const struct dirent *entry;
	int found = 0;

	while (directory && found >= 0 && (entry = readdir(directory)))
		found = look_at_name(reading, entry->d_name);
	return found < 0 ? found : 0;
}

static int read_processes(struct reading *reading)
{
	DIR *directory cleanup(closedir) = open_directory(reading, reading->roots->processes);
	const struct dirent *entry;
	bool hidden = false;
	uint64_t inode = 0;
	int error = 0;

	while (directory && !error && (entry = readdir(directory))) {
		pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);

		if (pid <= 0)
			continue;
		error = namespace_of_process(dirfd(directory), pid, &inode);
		hidden |= error == -EACCES || error == -EPERM;
		error = error ? 0 : add_process(reading, pid, inode);
	}
	if (hidden)
		(void)reason_set(&reading->list->lack, 0,
		                 "cannot see the network namespaces of some processes, "
		                 "which takes CAP_SYS_PTRACE");
	return error;
}

static void empty(struct namespace_list *list)
{
	for (size_t i = 0; i < list->n_places; i++)
		free(list->places[i].name);
	list->n_places = 0;
	list->lack.text[0] = '\0';
}

int namespace_list_read(struct namespace_list *list, const struct choice_or_strings *wanted,
                        const struct namespace_roots *roots, struct reason *reason)
{
	struct reading reading = { .list = list, .roots = roots };
	char path[NAMESPACE_PATH_SIZE];
	int error;

	empty(list);
	(void)snprintf(path, sizeof(path), "%s/self/ns/net", roots->processes);
	if (stat(path, &reading.own) < 0)
		return reason_set(reason, -errno, "%s: %s", path, strerror(errno));
	if (wanted->choice == COLLECTOR_NAMESPACES_NAMED)
		error = read_wanted_names(&reading, &wanted->strings);
	else
		error = read_names(&reading);
	if (!error && wanted->choice == COLLECTOR_NAMESPACES_ALL)
		error = read_processes(&reading);
	return error ? reason_set(reason, error, "network namespaces: out of memory") : 0;
}

void namespace_list_clear(struct namespace_list *list)
{
	empty(list);
	free(list->places);
	*list = (struct namespace_list){ 0 };
}
