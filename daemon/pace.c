/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A tick is never computed from the one before it, so the clock cannot drift. */
#include "daemon/pace.h"

#include "daemon/clock.h"

#define SMOOTHING 8 /* a run's share of the smoothed cost is one in so many */

void pace_start(struct pace *pace, uint64_t interval_usec, double phase, uint64_t now_usec)
{
	pace->configured_usec = interval_usec;
	pace->interval_usec = interval_usec;
	pace->origin_usec = now_usec + (uint64_t)(phase * (double)interval_usec);
	pace->next_usec = now_usec;
	pace->cost_nsec = 0;
}

void pace_set_budget(struct pace *pace, uint64_t cpu_percent)
{
	pace->cpu_percent = cpu_percent;
}

void pace_spent(struct pace *pace, uint64_t cpu_nsec)
{
	if (pace->cost_nsec == 0)
		pace->cost_nsec = cpu_nsec;
	else
		pace->cost_nsec += cpu_nsec / SMOOTHING - pace->cost_nsec / SMOOTHING;
}

uint64_t pace_budget_nsec(const struct pace *pace)
{
	return pace->configured_usec * NSEC_PER_USEC / 100 * pace->cpu_percent;
}

static uint64_t affordable_usec(const struct pace *pace)
{
	uint64_t budget_nsec = pace_budget_nsec(pace);
	uint64_t multiple = (pace->cost_nsec + budget_nsec - 1) / budget_nsec;

	return pace->configured_usec * (multiple > 1 ? multiple : 1);
}

void pace_next(struct pace *pace, uint64_t now_usec)
{
	uint64_t due_usec = pace->next_usec;

	pace->interval_usec = affordable_usec(pace);
	if (now_usec < pace->origin_usec)
		pace->next_usec = pace->origin_usec;
	else
		pace->next_usec = now_usec + pace->interval_usec -
			(now_usec - pace->origin_usec) % pace->interval_usec;
	/* Between the tick that was due and the next one there should be less than one interval. */
	if (pace->next_usec - due_usec > pace->interval_usec)
		pace->n_missed_ticks += (pace->next_usec - due_usec - 1) / pace->interval_usec;
}

void pace_stop(struct pace *pace)
{
	pace->next_usec = UINT64_MAX;
}
