/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Which objects a dump has given already. The kernel resumes a dump of qdiscs or classes by count,
 * and does not mark it as interrupted: a tree that changes between two datagrams may give an object
 * twice, and two samples of one series would void the whole exposition.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A place that was last used in another round is free. */
struct tc_seen_place {
	int device_index;
	uint32_t handle;
	uint32_t parent;
	uint32_t round;
};

struct tc_seen {
	struct tc_seen_place *places;
	size_t n_places; /* a power of two, or 0 */
	size_t n_used;
	uint32_t round;
};

/* Forgets everything and keeps the memory: the cost does not depend on what was there. */
void tc_seen_begin(struct tc_seen *seen);

/*
 * Whether the object is new in this round; it is no more from now on. ret_new is not touched on
 * −ENOMEM; −E2BIG: more than a million objects.
 */
int tc_seen_add(struct tc_seen *seen, int device_index, uint32_t handle, uint32_t parent,
                bool *ret_new);

/* Frees the memory; seen is as good as zeroed then. */
void tc_seen_clear(struct tc_seen *seen);
