/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * How a worker is doing, as its metrics tell it.
 */
#include <stdbool.h>
#include <stdint.h>

#include "daemon/collector.h"
#include "daemon/reason.h"

enum worker_state {
	WORKER_STARTING, /* not yet opened, or not yet collected */
	WORKER_OK,       /* the last collection succeeded */
	WORKER_FAILED,   /* opening or the last collection failed; tried again at the next tick */
	WORKER_UNSUPPORTED, /* this machine or build cannot; not tried again */
	WORKER_STALLED,     /* in one call for longer than its data may be old */
	WORKER_STATES,
};

/* "starting", "ok", "failed", "unsupported", "stalled": values of the "status" label. */
extern const char *const worker_state_names[WORKER_STATES];

struct worker_status {
	enum worker_state state;
	struct reason reason; /* of FAILED, UNSUPPORTED, STALLED; what OK goes without */
	bool has_run; /* a collection has succeeded: the figures of the last one are there */

	uint64_t n_runs; /* collections begun, opening included when it fails */
	uint64_t n_failures;
	uint64_t n_missed_ticks;
	struct collector_tally tally;
	uint64_t n_dropped_series;
	uint64_t n_sanitized_labels;

	uint64_t interval_usec;     /* effective */
	uint64_t duration_usec;     /* of the last successful collection */
	uint64_t cpu_nsec;          /* of the thread, in all */
	uint64_t last_success_usec; /* CLOCK_REALTIME */
	uint64_t n_series;          /* of the last successful collection */
};
