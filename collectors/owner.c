/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An id that was seen on a socket is of a cgroup that was there before the walk began, or is gone
 * for good: ids are not given twice. So a walk that does not find it settles the matter.
 *
 * A hash table with linear probing, at most half full. An id takes its place when it is asked for,
 * and its name in the walk; one without a name is wanted. The clock ticks with each question.
 */
#include "collectors/owner.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/cgroup.h"
#include "collectors/cgroup_mount.h"
#include "collectors/name_pool.h"
#include "collectors/unit_name.h"
#include "config/named_lists.h"

#define PLACES_MIN 256

struct owner_place {
	uint64_t id;
	uint64_t asked; /* when last; 0: the place is free */
	struct name *name;
};

/* What is known of ids, whatever tells it. */
struct known {
	struct name_pool names;
	struct name *none;
	uint64_t clock;
	size_t n_wanted;

	struct owner_place *places;
	size_t n_places; /* a power of two */
	size_t n_used;
};

struct owner_table {
	const struct collector_env *env;
	int root_fd; /* −1: no tree */
	struct cgroup_mount mount;
	const struct named_lists *groups; /* or NULL */
	struct owner_patterns patterns;

	struct known known;
};

static int out_of_memory(const struct owner_table *table)
{
	return reason_set(table->env->reason, -ENOMEM, "owners of sockets: out of memory");
}

/* The place that holds the id, or the free one where it belongs. */
static struct owner_place *find_place(const struct owner_table *table, uint64_t id)
{
	size_t mask = table->known.n_places - 1;
	size_t i = (id * UINT64_C(0x9e3779b97f4a7c15) >> 32) & mask;

	while (table->known.places[i].asked && table->known.places[i].id != id)
		i = (i + 1) & mask;
	return &table->known.places[i];
}

/* Moves to a table of n_places those that were asked for after the given time; others go. */
static int rebuild(struct owner_table *table, size_t n_places, uint64_t after)
{
	struct owner_place *old = table->known.places;
	size_t n_old = table->known.n_places;
	struct owner_place *places = calloc(n_places, sizeof(*places));

	if (!places)
		return out_of_memory(table);
	table->known.places = places;
	table->known.n_places = n_places;
	table->known.n_used = 0;
	for (size_t i = 0; i < n_old; i++) {
		if (old[i].asked > after) {
			*find_place(table, old[i].id) = old[i];
			table->known.n_used++;
		} else if (old[i].asked) {
			table->known.n_wanted -= !old[i].name;
			name_pool_put(&table->known.names, old[i].name);
		}
	}
	free(old);
	return 0;
}

static int compare_times(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/*
 * Gives up the quarter that was not asked for longest. The new ids of one call are the youngest,
 * and half of all at most: it is never them.
 */
static int evict(struct owner_table *table)
{
	uint64_t *times cleanup(free) = calloc(table->known.n_used, sizeof(*times));
	size_t n = 0;

	if (!times)
		return out_of_memory(table);
	for (size_t i = 0; i < table->known.n_places; i++)
		if (table->known.places[i].asked)
			times[n++] = table->known.places[i].asked;
	qsort(times, n, sizeof(*times), compare_times);
	return rebuild(table, table->known.n_places, times[n / 4]);
}

static int make_room(struct owner_table *table)
{
	if (table->known.n_used == OWNER_IDS_MAX)
		return evict(table);
	if (2 * table->known.n_used == table->known.n_places)
		return rebuild(table, 2 * table->known.n_places, 0);
	return 0;
}

/* Gives the ids that are new their places. */
static int want(struct owner_table *table, const uint64_t *ids, size_t n)
{
	size_t n_new = 0;

	for (size_t i = 0; i < n && n_new < OWNER_NEW_IDS_MAX; i++) {
		struct owner_place *place = find_place(table, ids[i]);
		int error;

		if (!ids[i] || place->asked)
			continue;
		error = make_room(table);
		if (error < 0)
			return error;
		*find_place(table, ids[i]) =
			(struct owner_place){ .id = ids[i], .asked = ++table->known.clock };
		table->known.n_used++;
		table->known.n_wanted++;
		n_new++;
	}
	return 0;
}

static int take_cgroup(void *context, uint64_t id, const char *path, size_t length)
{
	struct owner_table *table = context;
	struct owner_place *place = find_place(table, id);
	char name[UNIT_NAME_SIZE];
	const char *group;

	if (!place->asked || place->name)
		return 0;
	length = unit_name(path, length, name);
	group = owner_patterns_match(&table->patterns, name);
	place->name = name_pool_get(&table->known.names, group ? group : name,
	                            group ? strlen(group) : length);
	if (!place->name)
		return -ENOMEM;
	table->known.n_wanted--;
	return table->known.n_wanted == 0;
}

/* What is wanted still is nowhere. */
static void settle(struct owner_table *table)
{
	for (size_t i = 0; table->known.n_wanted && i < table->known.n_places; i++) {
		struct owner_place *place = &table->known.places[i];

		if (!place->asked || place->name)
			continue;
		place->name = table->known.none;
		table->known.none->n_users++;
		table->known.n_wanted--;
	}
}

int owner_table_resolve(struct owner_table *table, const uint64_t *ids, size_t n)
{
	struct reason *reason = table->env->reason;
	int error;

	if (table->root_fd < 0)
		return 0;
	error = want(table, ids, n);
	if (error < 0 || !table->known.n_wanted)
		return error;
	error = cgroup_walk(table->root_fd, table->mount.root, take_cgroup, table);
	if (error == -E2BIG)
		(void)reason_set(reason, 0, "more cgroups than are looked into: %s has %zu owners",
		                 OWNER_NONE, table->known.n_wanted);
	else if (error < 0)
		return reason_set(reason, error, "cgroups below %s: %s", table->mount.point,
		                  strerror(-error));
	settle(table);
	return 0;
}

struct label owner_find(struct owner_table *table, uint64_t cgroup_id)
{
	struct owner_place *place;

	if (!cgroup_id || table->root_fd < 0)
		return (struct label){ table->known.none->text, table->known.none->length };
	place = find_place(table, cgroup_id);
	if (!place->asked)
		return (struct label){ 0 };
	place->asked = ++table->known.clock;
	if (!place->name)
		return (struct label){ 0 };
	return (struct label){ place->name->text, place->name->length };
}

static void open_tree(struct owner_table *table)
{
	int error = cgroup_mount_open("/proc/self/mountinfo", &table->mount, &table->root_fd);

	if (error == -ENOENT)
		(void)reason_set(table->env->reason, 0,
		                 "no cgroup v2 mount: sockets have no owner");
	else if (error < 0)
		(void)reason_set(table->env->reason, 0,
		                 "no cgroup v2 mount can be read: sockets have no owner (%s)",
		                 strerror(-error));
}

int owner_table_open(const struct collector_env *env, const struct named_lists *groups,
                     struct owner_table **ret_table)
{
	struct owner_table *table cleanup(owner_table_close) = calloc(1, sizeof(*table));
	int error;

	if (!table)
		return reason_set(env->reason, -ENOMEM, "owners of sockets: out of memory");
	table->env = env;
	table->groups = groups;
	table->root_fd = -1;
	error = owner_patterns_init(&table->patterns, groups, env->reason);
	if (error < 0)
		return error;
	table->known.none = name_pool_get(&table->known.names, OWNER_NONE, strlen(OWNER_NONE));
	if (!table->known.none)
		return out_of_memory(table);
	error = rebuild(table, PLACES_MIN, 0);
	if (error < 0)
		return error;
	open_tree(table);
	*ret_table = steal_pointer(table);
	return 0;
}

void owner_table_inherit(struct owner_table *table, struct owner_table *former)
{
	static const struct named_lists no_groups = { 0 };
	const struct known kept = table->known;

	if (!named_lists_equal(table->groups ? table->groups : &no_groups,
	                       former->groups ? former->groups : &no_groups))
		return;
	table->known = former->known;
	former->known = kept;
}

void owner_table_close(struct owner_table *table)
{
	if (!table)
		return;
	for (size_t i = 0; i < table->known.n_places; i++)
		name_pool_put(&table->known.names, table->known.places[i].name);
	name_pool_put(&table->known.names, table->known.none);
	owner_patterns_clear(&table->patterns);
	if (table->root_fd >= 0)
		close(table->root_fd);
	free(table->known.places);
	free(table);
}
