/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The groups of one protocol's sockets, as they are exported: each unit, port, peer and algorithm
 * that sockets are told apart by. Bounded: what has no place is added to the group "(other)", so
 * that sums over all groups stay exact. A group keeps its place, and its counters, without any
 * sockets; only after five minutes may it have to give way to another.
 */
#include "collectors/peak.h"
#include "collectors/socket/socket_setup.h"
#include "collectors/socket/socket_sums.h"

struct socket_group {
	uint64_t hash;
	struct label unit; /* of memory of its own */
	struct socket_key key;
	uint64_t alive_usec; /* when it last had sockets */

	struct socket_sums sums;     /* of the last sample */
	struct socket_totals totals; /* of all samples */
	struct peak peak;            /* of its longest queue */
};

struct socket_groups {
	const struct socket_setup *setup;
	size_t n;
	size_t n_allocated;
	struct socket_group *groups; /* the first one is "(other)" */
	bool has_other;

	uint32_t *slots; /* a hash table with linear probing: places, or 0 */
	size_t n_slots;
};

/* 0 or −ENOMEM; socket_groups_clear() is due in both cases. The setup must outlive them. */
int socket_groups_init(struct socket_groups *groups, const struct socket_setup *setup,
                       enum socket_protocol protocol);
void socket_groups_clear(struct socket_groups *groups);

/* Begins a sample: all sums are 0 again. */
void socket_groups_begin(struct socket_groups *groups);

/* Adds a cell, whose sockets are the unit's (ignored where sockets are not told apart by it). */
void socket_groups_add(struct socket_groups *groups, const struct socket_cell *cell,
                       struct label unit, uint64_t now_usec);

/* Ends the sample: all cells were added. */
void socket_groups_end(struct socket_groups *groups, uint64_t now_usec);

/*
 * Takes over what the groups of the former ones, which are comparable, have been counting. Those
 * that there is no place for any more give way.
 */
void socket_groups_inherit(struct socket_groups *groups, const struct socket_groups *former);
