/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * When packets are looked at: in bursts, each of which is followed by a while in which nothing new is
 * begun but what has been begun may end. Without that, whatever waits for longer than a burst would
 * be missing, and long waits would look rare. Pure arithmetic; times are CLOCK_MONOTONIC
 * microseconds.
 */
#include <stdbool.h>
#include <stdint.h>

enum latency_phase {
	LATENCY_IDLE,     /* nothing is attached */
	LATENCY_SAMPLING, /* in a burst */
	LATENCY_DRAINING, /* after it */
};

struct latency_plan {
	uint64_t burst_usec;
	uint64_t
		every_usec; /* from the beginning of a burst to that of the next; 0: without a pause */
	uint64_t drain_usec; /* at most */
	bool never;

	enum latency_phase phase;
	uint64_t next_usec; /* when something is due */
	uint64_t begun_usec;
	uint64_t drained_usec; /* when waiting for the rest is over */
	uint64_t pause_usec;   /* until it is asked again */
};

/* The first burst is due at once. */
void latency_plan_start(struct latency_plan *plan, uint64_t now_usec);

static inline bool latency_plan_is_due(const struct latency_plan *plan, uint64_t now_usec)
{
	return now_usec >= plan->next_usec;
}

/* A burst has been begun; until then it was the phase LATENCY_IDLE. */
void latency_plan_begun(struct latency_plan *plan, uint64_t now_usec);

/* Nothing new is begun any more. */
void latency_plan_stopped(struct latency_plan *plan, uint64_t now_usec);

/* So much has not ended yet. Whether that is to be waited for. */
bool latency_plan_waits(struct latency_plan *plan, uint64_t n_pending, uint64_t now_usec);

/*
 * All is over; the burst has taken so much CPU time, of which it may take so many percent of a core.
 * Bursts come less often if it takes more.
 */
void latency_plan_ended(struct latency_plan *plan, uint64_t cpu_nsec, uint64_t cpu_percent,
                        uint64_t now_usec);

/* It could not be begun: the next one is due at its time. */
void latency_plan_failed(struct latency_plan *plan, uint64_t now_usec);
