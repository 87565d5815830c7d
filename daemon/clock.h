/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * clock_gettime(2) as one number.
 */
#include <stdint.h>
#include <time.h>

#define USEC_PER_SEC  UINT64_C(1000000)
#define NSEC_PER_USEC UINT64_C(1000)

static inline uint64_t clock_nsec(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * USEC_PER_SEC * NSEC_PER_USEC + (uint64_t)now.tv_nsec;
}

/* CLOCK_MONOTONIC: what all deadlines, ages and durations are measured by. */
static inline uint64_t monotonic_usec(void)
{
	return clock_nsec(CLOCK_MONOTONIC) / NSEC_PER_USEC;
}

static inline struct timespec timespec_from_usec(uint64_t usec)
{
	return (struct timespec){ .tv_sec = (time_t)(usec / USEC_PER_SEC),
		                  .tv_nsec = (long)(usec % USEC_PER_SEC * NSEC_PER_USEC) };
}
