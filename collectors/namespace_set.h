/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Below namespace_tour.c, and for it alone: the network namespaces that are sampled, in the order of
 * their turns, the one that has waited longest first.
 */
#include "collectors/namespace.h"
#include "collectors/namespace_list.h"

enum namespace_state {
	NAMESPACE_GOOD,        /* or not tried yet */
	NAMESPACE_PARTIAL,     /* its last sample had to go without something */
	NAMESPACE_FAILED,      /* its last sample failed */
	NAMESPACE_UNREACHABLE, /* cannot be entered */
	NAMESPACE_GONE,        /* the way in does not lead there any more */
};

struct namespace_member {
	struct namespace namespace;
	struct namespace_place place;   /* the way in */
	char name[NAMESPACE_NAME_SIZE]; /* the label as long as nobody else has it */
	enum namespace_state state;
	bool waits;          /* is not tried before the next namespace_set_update() */
	struct batch *batch; /* its last sample, if that was good; else NULL */
	uint64_t cost_nsec;  /* of CPU time, its last turn; 0: none yet */
};

struct namespace_set {
	const struct namespace_roots *roots;
	size_t max_members;
	void (*forget)(
		void *data); /* frees the data of a member that leaves; NULL: nothing to free */

	struct namespace_member **members;
	size_t n_members;
	size_t n_untracked; /* were there at the last update, beyond the bound */
};

/*
 * Makes the set what the list has: who is not in it leaves, who is new comes before all others. Whom
 * the bound has let in stays in; of new ones those with names come first, in the order of bytes, then
 * by inode. The list gives its names away. 0 or −ENOMEM: some new ones are missing.
 */
int namespace_set_update(struct namespace_set *set, struct namespace_list *list);

/* Gives the first n of them their next turn after all others. */
void namespace_set_rotate(struct namespace_set *set, size_t n);

/* Moves the data of those that are in both from the other set, and frees what is in its place. */
void namespace_set_take_data(struct namespace_set *set, struct namespace_set *other);

/* Lets everyone leave. */
void namespace_set_clear(struct namespace_set *set);
