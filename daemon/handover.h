/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What a worker's thread and the control thread hand each other, behind one lock that neither holds
 * for more than a few loads and stores: settings and the wish to stop one way, snapshots and the
 * status the other.
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "daemon/settings.h"
#include "daemon/snapshot.h"
#include "daemon/worker_status.h"

struct handover {
	pthread_mutex_t lock;
	pthread_cond_t wake;     /* on CLOCK_MONOTONIC */
	bool stop;               /* is wanted */
	bool ended;              /* is done */
	struct settings *wanted; /* handed over, not yet taken */
	struct snapshot *snapshot;
	struct worker_status status;
	uint64_t call_usec; /* when the call that runs began; 0 when none does */
	bool opening;       /* it opens the collector, which may take longer */
};

int handover_init(struct handover *handover, uint64_t interval_usec);
void handover_release(struct handover *handover);

/* For the control thread. */

/* Hands new settings over, with a reference of their own. */
void handover_configure(struct handover *handover, struct settings *settings);

void handover_stop(struct handover *handover);

/* Waits for handover_end(), until the time at most; whether it has come. */
bool handover_wait_end(struct handover *handover, uint64_t until_usec);

void handover_get_status(struct handover *handover, uint64_t now_usec,
                         struct worker_status *ret_status);

/* A reference to the last snapshot; NULL if there is none that is fresh enough to be served. */
struct snapshot *handover_get_snapshot(struct handover *handover, uint64_t now_usec);

/* For the worker's thread. */

/*
 * Waits until the time, new settings, which are then the caller's, or the end. Returns false at the
 * end.
 */
bool handover_wait(struct handover *handover, uint64_t until_usec, struct settings **ret_settings);

/* Takes note of the pace from here on. */
void handover_set_pace(struct handover *handover, uint64_t interval_usec, uint64_t n_missed_ticks);

/* A call that opens the collector first goes on with handover_opened() when that is done. */
void handover_begin_call(struct handover *handover, bool opening);
void handover_opened(struct handover *handover);

/* Takes note of how the call ended. Returns the state before; *ret_news says if anything changed. */
enum worker_state handover_end_call(struct handover *handover, enum worker_state state,
                                    const struct reason *reason,
                                    const struct collector_tally *tally, bool *ret_news);

/* The same around a call between collections, of which nothing but time is told. */
void handover_begin_tending(struct handover *handover);
void handover_end_tending(struct handover *handover);

/* Makes it the snapshot in force; the one before (or NULL) is the caller's to drop. */
struct snapshot *handover_publish(struct handover *handover, struct snapshot *snapshot,
                                  uint64_t duration_usec);

/* The last thing that the worker's thread does with it. */
void handover_end(struct handover *handover);
