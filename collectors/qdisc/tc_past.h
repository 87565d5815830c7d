/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What is known of each object from before: whether the dump under way has given it already, and
 * its peak backlog. The kernel resumes a dump of qdiscs or classes by count, and does not mark it
 * as interrupted: a tree that changes between two datagrams may give an object twice, and two
 * samples of one series would void the whole exposition.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collectors/qdisc/tc.h"
#include "collectors/qdisc/tc_peak.h"

/* 64 bytes: one cache line for each object and sample. */
struct tc_past_object {
	int device_index;
	uint32_t handle;
	uint32_t parent;
	uint32_t round; /* in which it was there last */
	uint64_t sent_bytes;
	uint32_t kind; /* what its name comes down to */
	struct tc_peak peak;
};

struct tc_past {
	uint64_t slot_usec; /* of the peaks */
	uint32_t slot;      /* of the round */
	uint32_t round;

	struct tc_past_object *objects;
	size_t n_objects;
	size_t n_allocated;
	size_t n_seen; /* in this round */
	size_t next;   /* which is likely to come: dumps keep their order */

	uint32_t *places; /* hash table of number + 1, 0 is free */
	size_t n_places;  /* a power of two, or 0 */
};

/* Empty, with peaks of a window that is at least 1; zeroed is as good until the first round. */
void tc_past_init(struct tc_past *past, uint64_t peak_window_usec);

/* Begins a round of objects, each of which is new in it once. */
void tc_past_begin(struct tc_past *past, uint64_t now_usec);

/*
 * Adds an object to the round. Whether it is new there, and then its largest backlog of the window,
 * which begins anew where a qdisc was replaced. Outputs are untouched on −ENOMEM, and on −E2BIG:
 * more than a million objects.
 */
int tc_past_add(struct tc_past *past, const struct tc_object *object, bool *ret_new,
                uint32_t *ret_peak_bytes);

/* Forgets the objects that were not in the round. */
void tc_past_end(struct tc_past *past);

/* Frees the memory; past is as good as initialised then. */
void tc_past_clear(struct tc_past *past);
