/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * When what a driver may take long to tell is read: for a hundredth of the time at most, but each
 * time when it takes less than a millisecond. Times in CLOCK_MONOTONIC microseconds.
 */
#include <stdbool.h>
#include <stdint.h>

#define NIC_TURN_SHARE      100
#define NIC_TURN_QUICK_USEC 1000

/* Due when zeroed. */
struct nic_turn {
	uint64_t due_usec;
	uint64_t took_usec; /* the last time */
};

static inline bool nic_turn_is_due(const struct nic_turn *turn, uint64_t now_usec)
{
	return now_usec >= turn->due_usec;
}

static inline void nic_turn_end(struct nic_turn *turn, uint64_t start_usec, uint64_t end_usec)
{
	turn->took_usec = end_usec - start_usec;
	turn->due_usec = turn->took_usec < NIC_TURN_QUICK_USEC
		? 0
		: start_usec + NIC_TURN_SHARE * turn->took_usec;
}
