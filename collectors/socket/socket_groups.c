/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A group that gives way takes its counters with it. They are not added to "(other)", where they
 * would look like traffic of the present.
 */
#include "collectors/socket/socket_groups.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/clock.h"

#define OTHER      0
#define GROUPS_MIN 16
#define KEEP_USEC  (300 * USEC_PER_SEC)
#define OTHER_NAME "(other)"
#define FNV_OFFSET UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME  UINT64_C(0x100000001b3)

static uint64_t hash_of(struct label unit, const struct socket_key *key)
{
	uint64_t hash = FNV_OFFSET;

	for (size_t i = 0; i < unit.length; i++)
		hash = (hash ^ (uint8_t)unit.value[i]) * FNV_PRIME;
	hash = (hash ^ key->port) * FNV_PRIME;
	hash = (hash ^ key->peer) * FNV_PRIME;
	hash = (hash ^ key->algorithm) * FNV_PRIME;
	return hash ^ hash >> 32;
}

static bool is_group(const struct socket_group *group, uint64_t hash, struct label unit,
                     const struct socket_key *key)
{
	return group->hash == hash && group->unit.length == unit.length &&
		memcmp(group->unit.value, unit.value, unit.length) == 0 &&
		group->key.port == key->port && group->key.peer == key->peer &&
		group->key.algorithm == key->algorithm;
}

static void slot_put(struct socket_groups *groups, uint32_t place)
{
	size_t i = groups->groups[place].hash & (groups->n_slots - 1);

	while (groups->slots[i] != 0)
		i = (i + 1) & (groups->n_slots - 1);
	groups->slots[i] = place;
}

static void slots_fill(struct socket_groups *groups)
{
	memset(groups->slots, 0, groups->n_slots * sizeof(*groups->slots));
	for (uint32_t place = OTHER + 1; place < groups->n; place++)
		slot_put(groups, place);
}

static int groups_grow(struct socket_groups *groups)
{
	size_t n = groups->n_allocated ? 2 * groups->n_allocated : GROUPS_MIN;
	uint32_t *slots = calloc(2 * n, sizeof(*slots));
	struct socket_group *grown = reallocarray(groups->groups, n, sizeof(*grown));

	if (grown)
		groups->groups = grown;
	if (!grown || !slots) {
		free(slots);
		return -ENOMEM;
	}
	free(groups->slots);
	groups->slots = slots;
	groups->n_slots = 2 * n;
	groups->n_allocated = n;
	slots_fill(groups);
	return 0;
}

/* The place of the group, or 0. */
static uint32_t place_find(const struct socket_groups *groups, uint64_t hash, struct label unit,
                           const struct socket_key *key)
{
	for (size_t i = hash & (groups->n_slots - 1);; i = (i + 1) & (groups->n_slots - 1)) {
		uint32_t place = groups->slots[i];

		if (place == 0 || is_group(&groups->groups[place], hash, unit, key))
			return place;
	}
}

/* The place of the group that has been empty for the longest, and long enough; or 0. */
static uint32_t idle_find(const struct socket_groups *groups, uint64_t now_usec)
{
	uint64_t oldest_usec = now_usec > KEEP_USEC ? now_usec - KEEP_USEC : 0;
	uint32_t found = 0;

	for (uint32_t place = OTHER + 1; place < groups->n; place++) {
		if (groups->groups[place].alive_usec >= oldest_usec)
			continue;
		oldest_usec = groups->groups[place].alive_usec;
		found = place;
	}
	return found;
}

/* A place for a new group, or 0 when there is none. */
static uint32_t place_take(struct socket_groups *groups, uint64_t now_usec)
{
	uint32_t place;

	if (groups->n - 1 < groups->setup->env->scope.max_groups) {
		if (groups->n == groups->n_allocated && groups_grow(groups) < 0)
			return 0;
		return (uint32_t)groups->n++;
	}
	place = idle_find(groups, now_usec);
	if (!place)
		return 0;
	free((char *)(uintptr_t)groups->groups[place].unit.value);
	groups->setup->env->tally->evicted_groups++;
	return place;
}

static void group_init(struct socket_groups *groups, struct socket_group *group,
                       const struct socket_key *key)
{
	*group = (struct socket_group){ .key = *key };
	group->key.cgroup_id = 0;
	peak_init(&group->peak, groups->setup->options->peak_window_usec);
}

static uint32_t group_new(struct socket_groups *groups, uint64_t hash, struct label unit,
                          const struct socket_key *key, uint64_t now_usec)
{
	const size_t n = groups->n;
	char *copy = malloc(unit.length + 1);
	uint32_t place = copy ? place_take(groups, now_usec) : 0;
	struct socket_group *group;

	if (!place) {
		free(copy);
		return 0;
	}
	group = &groups->groups[place];
	group_init(groups, group, key);
	group->hash = hash;
	group->unit = (struct label){ memcpy(copy, unit.value, unit.length), unit.length };
	if (groups->n > n)
		slot_put(groups, place);
	else
		slots_fill(groups); /* without the one that gave way */
	return place;
}

/* The group of that unit and key; "(other)" when there is no place for it, which is counted. */
static struct socket_group *group_find(struct socket_groups *groups, struct label unit,
                                       const struct socket_key *key, uint64_t now_usec)
{
	const struct socket_key *other = &groups->groups[OTHER].key;
	uint64_t hash;
	uint32_t place = OTHER;

	if (!groups->setup->sorting.by_unit)
		unit = label_of("");
	/* Where the unit does not tell, what is in no list is the same group as what has no place. */
	if (key->overflow) {
		groups->setup->env->tally->overflowed_groups++;
	} else if (groups->setup->sorting.by_unit || key->port != other->port ||
	           key->peer != other->peer || key->algorithm != other->algorithm) {
		hash = hash_of(unit, key);
		place = place_find(groups, hash, unit, key);
		if (!place)
			place = group_new(groups, hash, unit, key, now_usec);
		groups->setup->env->tally->overflowed_groups += place == OTHER;
	}
	groups->has_other |= place == OTHER;
	return &groups->groups[place];
}

int socket_groups_init(struct socket_groups *groups, const struct socket_setup *setup,
                       enum socket_protocol protocol)
{
	const struct socket_sorting *sorting = &setup->sorting;
	const struct socket_key other = socket_sorting_other(sorting, protocol);

	*groups = (struct socket_groups){ .setup = setup };
	if (groups_grow(groups) < 0)
		return -ENOMEM;
	groups->n = 1;
	group_init(groups, &groups->groups[OTHER], &other);
	groups->groups[OTHER].unit = sorting->by_unit ? label_of(OTHER_NAME) : label_of("");
	/* Where nothing is told apart, the one group is known from the start. */
	groups->has_other = !sorting->by_unit && !sorting->by_local_port && !sorting->by_peer &&
		!sorting->by_algorithm;
	return 0;
}

void socket_groups_clear(struct socket_groups *groups)
{
	for (size_t place = OTHER + 1; place < groups->n; place++)
		free((char *)(uintptr_t)groups->groups[place].unit.value);
	free(groups->groups);
	free(groups->slots);
	*groups = (struct socket_groups){ 0 };
}

void socket_groups_begin(struct socket_groups *groups)
{
	for (size_t i = 0; i < groups->n; i++)
		groups->groups[i].sums = (struct socket_sums){ 0 };
}

void socket_groups_add(struct socket_groups *groups, const struct socket_cell *cell,
                       struct label unit, uint64_t now_usec)
{
	struct socket_group *group = group_find(groups, unit, &cell->key, now_usec);

	socket_sums_add(&group->sums, &cell->sums);
	socket_totals_add(&group->totals, &cell->totals);
	if (cell->sums.n_sockets)
		group->alive_usec = now_usec;
}

void socket_groups_end(struct socket_groups *groups, uint64_t now_usec)
{
	for (size_t i = 0; i < groups->n; i++)
		peak_add(&groups->groups[i].peak, now_usec,
		         groups->groups[i].sums.longest_queue_bytes);
}

static void group_inherit(struct socket_group *group, const struct socket_group *old)
{
	socket_totals_add(&group->totals, &old->totals);
	group->alive_usec = old->alive_usec;
	if (old->peak.slot_usec == group->peak.slot_usec)
		group->peak = old->peak;
}

void socket_groups_inherit(struct socket_groups *groups, const struct socket_groups *former)
{
	if (former->has_other) {
		group_inherit(&groups->groups[OTHER], &former->groups[OTHER]);
		groups->has_other = true;
	}
	for (size_t i = OTHER + 1; i < former->n; i++) {
		const struct socket_group *old = &former->groups[i];
		struct socket_group *group =
			group_find(groups, old->unit, &old->key, old->alive_usec);

		if (group != &groups->groups[OTHER])
			group_inherit(group, old);
	}
}
