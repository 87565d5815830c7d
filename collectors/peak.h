/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The largest value of a sliding window, in fixed memory: the window is cut into slots, each of
 * which keeps its own maximum. A value counts for at least the window, and for at most 1/31 more.
 */
#include <stdint.h>

#define PEAK_SLOTS 32

struct peak_slot {
	uint64_t number; /* of the slot width that it was last used for, from the clock's zero */
	uint64_t largest;
};

struct peak {
	uint64_t slot_usec;
	struct peak_slot slots[PEAK_SLOTS];
};

/* An empty window of window_usec, which is at least 1. */
void peak_init(struct peak *peak, uint64_t window_usec);

/* Takes in a value at now_usec of a monotonic clock. */
void peak_add(struct peak *peak, uint64_t now_usec, uint64_t value);

/* The largest value of the window that ends at now_usec; 0 when it holds none. */
uint64_t peak_largest(const struct peak *peak, uint64_t now_usec);
