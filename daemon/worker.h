/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A worker: one collector on a thread and a clock of its own. All that can wait on the kernel
 * happens on that thread; the control thread only ever takes the worker's lock for a few loads and
 * stores. A worker that the kernel holds is left behind, never waited for.
 *
 * The clock ticks at absolute multiples of the interval (CLOCK_MONOTONIC), shifted by a phase so
 * that collectors do not wake together; the first collection is at once. A tick that passes while
 * a collection still runs is missed and counted. When collections cost more CPU than they may, the
 * interval is stretched to a whole multiple.
 */
#include <stdbool.h>
#include <stdint.h>

#include "daemon/collector.h"
#include "daemon/settings.h"
#include "daemon/snapshot.h"
#include "daemon/worker_status.h"

struct worker;

enum worker_budget {
	WORKER_BUDGET_SETTINGS, /* what the settings allow */
	WORKER_BUDGET_NONE,     /* whatever it takes, where somebody waits for a single sample */
};

/* What a worker is given beside its collector and the settings. */
struct worker_place {
	double phase;   /* below one: the share of an interval by which its ticks are shifted */
	int changed_fd; /* an eventfd(2), written whenever the status changes; never closed */
	enum worker_budget budget;

	/*
	 * Bits 1 << CAP_… that the thread keeps. It has more from the thread that starts it; of them
	 * the collector's opening_capabilities go when it is open, or known not to be available, and
	 * all others before that.
	 */
	uint64_t capabilities;
};

/* Starts a worker. 0 or −errno. */
int worker_start(const struct collector_ops *ops, struct settings *settings,
                 const struct worker_place *place, struct worker **ret_worker);

/* Hands over new settings; taken up when the worker next wakes. */
void worker_configure(struct worker *worker, struct settings *settings);

/* Asks the worker to end; does not wait. */
void worker_request_stop(struct worker *worker);

/*
 * Ends the worker and drops it, waiting until deadline_usec (CLOCK_MONOTONIC) at most. false: it is
 * stuck in a call and was left behind; it frees itself when the call returns.
 */
bool worker_stop(struct worker *worker, uint64_t deadline_usec);

void worker_status(struct worker *worker, uint64_t now_usec, struct worker_status *ret_status);

/* A reference to the last snapshot; NULL if there is none that is fresh enough to be served. */
struct snapshot *worker_snapshot(struct worker *worker, uint64_t now_usec);
