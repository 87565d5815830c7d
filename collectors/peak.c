/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A ring of slots, addressed by time. A slot says which stretch of time it holds, so that stale
 * ones need no sweeping: they are overwritten when their place comes round, and not read before.
 */
#include "collectors/peak.h"

#include <assert.h>

/*
 * The slot that is being filled covers the present only in part: the other 31 must make up the
 * whole window by themselves.
 */
void peak_init(struct peak *peak, uint64_t window_usec)
{
	assert(window_usec > 0);
	*peak = (struct peak){ .slot_usec = (window_usec + PEAK_SLOTS - 2) / (PEAK_SLOTS - 1) };
}

void peak_add(struct peak *peak, uint64_t now_usec, uint64_t value)
{
	uint64_t number = now_usec / peak->slot_usec;
	struct peak_slot *slot = &peak->slots[number % PEAK_SLOTS];

	if (slot->number != number)
		*slot = (struct peak_slot){ .number = number };
	if (value > slot->largest)
		slot->largest = value;
}

uint64_t peak_largest(const struct peak *peak, uint64_t now_usec)
{
	uint64_t newest = now_usec / peak->slot_usec, largest = 0;

	for (unsigned i = 0; i < PEAK_SLOTS; i++) {
		const struct peak_slot *slot = &peak->slots[i];

		if (slot->number + PEAK_SLOTS > newest && slot->largest > largest)
			largest = slot->largest;
	}
	return largest;
}
