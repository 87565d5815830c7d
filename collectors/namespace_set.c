/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A label is given when a namespace comes, and again when it is found by another name or owner than
 * before; what was sampled under the old one is thrown away then. Who comes second with a name that
 * somebody has gets its inode behind it, and keeps it.
 */
#include "collectors/namespace_set.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

static void member_free(struct namespace_set *set, struct namespace_member *member)
{
	if (member->namespace.data && set->forget)
		set->forget(member->namespace.data);
	batch_free(member->batch);
	free(member->place.name);
	free(member);
}

static bool is_taken(const struct namespace_set *set, const struct namespace_member *member)
{
	for (size_t i = 0; i < set->n_members; i++)
		if (set->members[i] != member &&
		    strcmp(set->members[i]->namespace.label, member->namespace.label) == 0)
			return true;
	return false;
}

/* Whether there is one: names may be made to look like what makes others unique. */
static bool give_label(const struct namespace_set *set, struct namespace_member *member)
{
	char *label = member->namespace.label;
	char suffix[32];

	(void)snprintf(suffix, sizeof(suffix), " net:[%" PRIu64 "]", member->namespace.inode);
	(void)snprintf(label, NAMESPACE_LABEL_SIZE, "%s", member->name);
	while (is_taken(set, member)) {
		size_t length = strlen(label);

		if (length + strlen(suffix) >= NAMESPACE_LABEL_SIZE)
			return false;
		memcpy(label + length, suffix, strlen(suffix) + 1);
	}
	return true;
}

static bool same_place(const struct namespace_place *a, const struct namespace_place *b)
{
	if (a->name && b->name)
		return strcmp(a->name, b->name) == 0;
	return !a->name && !b->name && a->pid == b->pid;
}

/* Whether it can stay under this name. */
static bool take_place(const struct namespace_set *set, struct namespace_member *member,
                       struct namespace_place *place)
{
	char name[NAMESPACE_NAME_SIZE];
	bool same = same_place(&member->place, place);

	free(member->place.name);
	member->place = *place;
	place->name = NULL;
	if (same)
		return true;
	namespace_place_name(&member->place, set->roots, name);
	if (strcmp(name, member->name) == 0)
		return true;
	memcpy(member->name, name, sizeof(name));
	batch_free(steal_pointer(member->batch));
	return give_label(set, member);
}

/* Whether it was found again; place->pid is −1 from then on. */
static bool find_again(const struct namespace_set *set, struct namespace_member *member,
                       const struct namespace_list *list)
{
	struct namespace_place *place = namespace_list_find(list, member->namespace.inode);

	if (!place || !take_place(set, member, place))
		return false;
	place->pid = -1;
	member->waits = false;
	if (member->state == NAMESPACE_GONE)
		member->state = NAMESPACE_GOOD;
	return true;
}

static void update_members(struct namespace_set *set, const struct namespace_list *list)
{
	size_t i = 0;

	while (i < set->n_members) {
		struct namespace_member *member = set->members[i];

		if (find_again(set, member, list)) {
			i++;
			continue;
		}
		set->n_members--;
		memmove(set->members + i, set->members + i + 1,
		        (set->n_members - i) * sizeof(*set->members));
		member_free(set, member);
	}
}

static int compare_places(const void *a, const void *b)
{
	const struct namespace_place *one = *(struct namespace_place *const *)a;
	const struct namespace_place *other = *(struct namespace_place *const *)b;

	if (one->name && other->name)
		return strcmp(one->name, other->name);
	if (!one->name != !other->name)
		return one->name ? -1 : 1;
	return one->inode < other->inode ? -1 : one->inode > other->inode;
}

/* 1: it has come; 0: there is no label for it; or −ENOMEM. */
static int add_member(struct namespace_set *set, struct namespace_place *place, size_t index)
{
	struct namespace_member *member = calloc(1, sizeof(*member));

	if (!member)
		return -ENOMEM;
	member->namespace.inode = place->inode;
	namespace_place_name(place, set->roots, member->name);
	if (!give_label(set, member)) {
		free(member);
		return 0;
	}
	member->place = *place;
	place->name = NULL;
	memmove(set->members + index + 1, set->members + index,
	        (set->n_members - index) * sizeof(*set->members));
	set->members[index] = member;
	set->n_members++;
	return 1;
}

static int add_members(struct namespace_set *set, struct namespace_place **places, size_t n_places)
{
	size_t n = set->n_members + n_places, n_added = 0;
	struct namespace_member **members;

	n = n < set->max_members ? n : set->max_members;
	if (n > set->n_members) {
		members = reallocarray(set->members, n, sizeof(struct namespace_member *));
		if (!members)
			return -ENOMEM;
		set->members = members;
	}
	for (size_t i = 0; i < n_places && set->n_members < n; i++) {
		int added = add_member(set, places[i], n_added);

		if (added < 0)
			return added;
		n_added += (size_t)added;
	}
	set->n_untracked = n_places - n_added;
	return 0;
}

int namespace_set_update(struct namespace_set *set, struct namespace_list *list)
{
	struct namespace_place **places cleanup(free) = NULL;
	size_t n_places = 0;

	update_members(set, list);
	set->n_untracked = 0;
	if (!list->n_places)
		return 0;
	places = calloc(list->n_places, sizeof(struct namespace_place *));
	if (!places)
		return -ENOMEM;
	for (size_t i = 0; i < list->n_places; i++)
		if (list->places[i].pid >= 0)
			places[n_places++] = &list->places[i];
	qsort((void *)places, n_places, sizeof(struct namespace_place *), compare_places);
	return add_members(set, places, n_places);
}

static void reverse(struct namespace_member **members, size_t n)
{
	for (size_t i = 0; i < n / 2; i++) {
		struct namespace_member *member = members[i];

		members[i] = members[n - 1 - i];
		members[n - 1 - i] = member;
	}
}

void namespace_set_rotate(struct namespace_set *set, size_t n)
{
	reverse(set->members, n);
	reverse(set->members + n, set->n_members - n);
	reverse(set->members, set->n_members);
}

void namespace_set_take_data(struct namespace_set *set, struct namespace_set *other)
{
	for (size_t i = 0; i < set->n_members * other->n_members; i++) {
		struct namespace *to = &set->members[i / other->n_members]->namespace;
		struct namespace *from = &other->members[i % other->n_members]->namespace;

		if (to->inode != from->inode || !from->data)
			continue;
		if (to->data && set->forget)
			set->forget(to->data);
		to->data = steal_pointer(from->data);
	}
}

void namespace_set_clear(struct namespace_set *set)
{
	for (size_t i = 0; i < set->n_members; i++)
		member_free(set, set->members[i]);
	free((void *)set->members);
	set->members = NULL;
	set->n_members = 0;
}
