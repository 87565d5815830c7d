/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The largest backlog of a sliding window, for thousands of objects: a struct peak would take half
 * a kilobyte for each of them, this takes 36 bytes, so that a value counts for at least the window
 * and for at most 1/7 more. All zeros is an empty window.
 */
#include <stdint.h>

#define TC_PEAK_SLOTS 8

struct tc_peak {
	uint32_t newest; /* number of the slot that is being filled, from the clock's zero */
	uint32_t slots[TC_PEAK_SLOTS];
};

/* The width of a slot, for a window that is at least 1. */
uint64_t tc_peak_slot_usec(uint64_t window_usec);

/* Takes in a value in the slot of that number, and returns the largest of the window. */
uint32_t tc_peak_add(struct tc_peak *peak, uint32_t slot, uint32_t value);
