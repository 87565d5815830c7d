/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A ring of slots, addressed by time. Slots that time has passed over are emptied by the next value
 * that comes, so that only one number says which stretch of time they all hold.
 */
#include "collectors/qdisc/tc_peak.h"

/*
 * The slot that is being filled covers the present only in part: the others must make up the whole
 * window by themselves.
 */
uint64_t tc_peak_slot_usec(uint64_t window_usec)
{
	return (window_usec + TC_PEAK_SLOTS - 2) / (TC_PEAK_SLOTS - 1);
}

static void advance(struct tc_peak *peak, uint32_t slot)
{
	uint32_t n = slot - peak->newest;

	if (n > TC_PEAK_SLOTS)
		n = TC_PEAK_SLOTS;
	while (n-- > 0)
		peak->slots[(slot - n) % TC_PEAK_SLOTS] = 0;
	peak->newest = slot;
}

uint32_t tc_peak_add(struct tc_peak *peak, uint32_t slot, uint32_t value)
{
	uint32_t largest = 0;

	if (slot != peak->newest)
		advance(peak, slot);
	if (value > peak->slots[slot % TC_PEAK_SLOTS])
		peak->slots[slot % TC_PEAK_SLOTS] = value;
	for (unsigned i = 0; i < TC_PEAK_SLOTS; i++)
		if (peak->slots[i] > largest)
			largest = peak->slots[i];
	return largest;
}
