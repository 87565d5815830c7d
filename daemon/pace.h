/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The pace of a worker: when its next tick is, by an absolute clock, within its budget of CPU time.
 * Pure arithmetic; times in CLOCK_MONOTONIC microseconds are passed in.
 */
#include <stdint.h>

struct pace {
	uint64_t next_usec;     /* the next tick; 0 before pace_start(): at once */
	uint64_t interval_usec; /* effective: a whole multiple of the configured one */
	uint64_t n_missed_ticks;

	uint64_t configured_usec;
	uint64_t origin_usec; /* ticks are at origin + n × interval */
	uint64_t cpu_percent;
	uint64_t cost_nsec; /* CPU time of a run, smoothed */
};

/* Begins anew: the first tick is now, those after it lie phase × interval (phase < 1) off it. */
void pace_start(struct pace *pace, uint64_t interval_usec, double phase, uint64_t now_usec);

void pace_set_budget(struct pace *pace, uint64_t cpu_percent);

/* CPU time that runs may take on average without the interval being stretched. */
uint64_t pace_budget_nsec(const struct pace *pace);

/* Takes note of the CPU time that a run used; takes effect with pace_next(). */
void pace_spent(struct pace *pace, uint64_t cpu_nsec);

/* Sets the next tick, after now; ticks passed over since the last one are counted as missed. */
void pace_next(struct pace *pace, uint64_t now_usec);

/* No more ticks until pace_start(). */
void pace_stop(struct pace *pace);
