/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "collectors/latency/latency_plan.h"

#include "daemon/clock.h"

/* How often it is asked what has not ended yet: seldom, if it takes long. */
#define PAUSE_LEAST_USEC 1000
#define PAUSE_MOST_USEC  100000

#define RETRY_USEC       USEC_PER_SEC

void latency_plan_start(struct latency_plan *plan, uint64_t now_usec)
{
	plan->phase = LATENCY_IDLE;
	plan->begun_usec = now_usec;
	plan->next_usec = plan->never ? UINT64_MAX : now_usec;
}

void latency_plan_begun(struct latency_plan *plan, uint64_t now_usec)
{
	plan->phase = LATENCY_SAMPLING;
	plan->begun_usec = now_usec;
	plan->next_usec = now_usec + plan->burst_usec;
}

void latency_plan_stopped(struct latency_plan *plan, uint64_t now_usec)
{
	plan->phase = LATENCY_DRAINING;
	plan->drained_usec = now_usec + plan->drain_usec;
	plan->pause_usec = PAUSE_LEAST_USEC;
	plan->next_usec = now_usec;
}

bool latency_plan_waits(struct latency_plan *plan, uint64_t n_pending, uint64_t now_usec)
{
	if (n_pending == 0 || now_usec >= plan->drained_usec)
		return false;
	plan->next_usec = now_usec + plan->pause_usec;
	if (plan->next_usec > plan->drained_usec)
		plan->next_usec = plan->drained_usec;
	plan->pause_usec *= 2;
	if (plan->pause_usec > PAUSE_MOST_USEC)
		plan->pause_usec = PAUSE_MOST_USEC;
	return true;
}

/* The first of the times that are whole periods after the last beginning and not over yet. */
static void wait_for_next(struct latency_plan *plan, uint64_t period_usec, uint64_t now_usec)
{
	uint64_t n = period_usec ? (now_usec - plan->begun_usec) / period_usec + 1 : 0;

	plan->phase = LATENCY_IDLE;
	plan->next_usec = period_usec ? plan->begun_usec + n * period_usec : now_usec;
}

void latency_plan_ended(struct latency_plan *plan, uint64_t cpu_nsec, uint64_t cpu_percent,
                        uint64_t now_usec)
{
	uint64_t period_usec = plan->every_usec;

	if (cpu_percent > 0 && cpu_nsec / NSEC_PER_USEC * 100 / cpu_percent > period_usec)
		period_usec = cpu_nsec / NSEC_PER_USEC * 100 / cpu_percent;
	/* Bursts that follow each other are as long as the time between them can be. */
	if (plan->every_usec == 0 && period_usec <= plan->burst_usec)
		period_usec = 0;
	wait_for_next(plan, period_usec, now_usec);
}

void latency_plan_failed(struct latency_plan *plan, uint64_t now_usec)
{
	plan->begun_usec = now_usec;
	wait_for_next(plan, plan->every_usec > RETRY_USEC ? plan->every_usec : RETRY_USEC,
	              now_usec);
}
