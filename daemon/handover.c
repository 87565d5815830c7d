/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/handover.h"

#include <string.h>

#include "daemon/clock.h"

#define FRESH_INTERVALS 3
#define FRESH_LEAST     USEC_PER_SEC        /* for short intervals: a busy machine is no stall */
#define OPENING_LEAST   (10 * USEC_PER_SEC) /* loading programs may take some seconds */

const char *const worker_state_names[WORKER_STATES] = {
	[WORKER_STARTING] = "starting", [WORKER_OK] = "ok",
	[WORKER_FAILED] = "failed",     [WORKER_UNSUPPORTED] = "unsupported",
	[WORKER_STALLED] = "stalled",
};

int handover_init(struct handover *handover, uint64_t interval_usec)
{
	pthread_condattr_t attributes;
	int r;

	*handover = (struct handover){ .status.interval_usec = interval_usec };
	r = pthread_mutex_init(&handover->lock, NULL);
	if (r != 0)
		return -r;
	r = pthread_condattr_init(&attributes);
	if (r == 0) {
		pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
		r = pthread_cond_init(&handover->wake, &attributes);
		pthread_condattr_destroy(&attributes);
	}
	if (r != 0)
		pthread_mutex_destroy(&handover->lock);
	return -r;
}

void handover_release(struct handover *handover)
{
	settings_unref(handover->wanted);
	snapshot_unref(handover->snapshot);
	pthread_cond_destroy(&handover->wake);
	pthread_mutex_destroy(&handover->lock);
}

void handover_configure(struct handover *handover, struct settings *settings)
{
	struct settings *old;

	pthread_mutex_lock(&handover->lock);
	old = handover->wanted;
	handover->wanted = settings_ref(settings);
	pthread_cond_signal(&handover->wake);
	pthread_mutex_unlock(&handover->lock);
	settings_unref(old);
}

void handover_stop(struct handover *handover)
{
	pthread_mutex_lock(&handover->lock);
	handover->stop = true;
	pthread_cond_signal(&handover->wake);
	pthread_mutex_unlock(&handover->lock);
}

bool handover_wait_end(struct handover *handover, uint64_t until_usec)
{
	struct timespec until = timespec_from_usec(until_usec);
	bool ended;

	pthread_mutex_lock(&handover->lock);
	while (!handover->ended && monotonic_usec() < until_usec)
		pthread_cond_timedwait(&handover->wake, &handover->lock, &until);
	ended = handover->ended;
	pthread_mutex_unlock(&handover->lock);
	return ended;
}

/* How old data may be, and how long a call may take. */
static uint64_t fresh_usec(uint64_t interval_usec)
{
	uint64_t fresh = FRESH_INTERVALS * interval_usec;

	return fresh > FRESH_LEAST ? fresh : FRESH_LEAST;
}

void handover_get_status(struct handover *handover, uint64_t now_usec,
                         struct worker_status *ret_status)
{
	uint64_t call_usec, patience_usec;
	bool opening;

	pthread_mutex_lock(&handover->lock);
	*ret_status = handover->status;
	call_usec = handover->call_usec;
	opening = handover->opening;
	pthread_mutex_unlock(&handover->lock);

	patience_usec = fresh_usec(ret_status->interval_usec);
	if (opening && patience_usec < OPENING_LEAST)
		patience_usec = OPENING_LEAST;
	if (call_usec > 0 && now_usec > call_usec + patience_usec) {
		ret_status->state = WORKER_STALLED;
		(void)reason_set(&ret_status->reason, 0, "has not returned for over %llu ms",
		                 (unsigned long long)(patience_usec / 1000));
	}
}

struct snapshot *handover_get_snapshot(struct handover *handover, uint64_t now_usec)
{
	struct snapshot *snapshot = NULL;

	pthread_mutex_lock(&handover->lock);
	if (handover->snapshot &&
	    now_usec <= snapshot_taken_usec(handover->snapshot) +
	                    fresh_usec(handover->status.interval_usec))
		snapshot = snapshot_ref(handover->snapshot);
	pthread_mutex_unlock(&handover->lock);
	return snapshot;
}

bool handover_wait(struct handover *handover, uint64_t until_usec, struct settings **ret_settings)
{
	struct timespec until = timespec_from_usec(until_usec);
	bool go_on;

	pthread_mutex_lock(&handover->lock);
	while (!handover->stop && !handover->wanted && monotonic_usec() < until_usec)
		pthread_cond_timedwait(&handover->wake, &handover->lock, &until);
	go_on = !handover->stop;
	*ret_settings = steal_pointer(handover->wanted);
	pthread_mutex_unlock(&handover->lock);
	return go_on;
}

void handover_set_pace(struct handover *handover, uint64_t interval_usec, uint64_t n_missed_ticks)
{
	pthread_mutex_lock(&handover->lock);
	handover->status.interval_usec = interval_usec;
	handover->status.n_missed_ticks = n_missed_ticks;
	pthread_mutex_unlock(&handover->lock);
}

void handover_begin_call(struct handover *handover, bool opening)
{
	pthread_mutex_lock(&handover->lock);
	handover->call_usec = monotonic_usec();
	handover->opening = opening;
	handover->status.n_runs++;
	pthread_mutex_unlock(&handover->lock);
}

void handover_opened(struct handover *handover)
{
	pthread_mutex_lock(&handover->lock);
	handover->call_usec = monotonic_usec();
	handover->opening = false;
	pthread_mutex_unlock(&handover->lock);
}

enum worker_state handover_end_call(struct handover *handover, enum worker_state state,
                                    const struct reason *reason,
                                    const struct collector_tally *tally, bool *ret_news)
{
	struct worker_status *status = &handover->status;
	enum worker_state old;

	pthread_mutex_lock(&handover->lock);
	old = status->state;
	*ret_news = old != state || strcmp(status->reason.text, reason->text) != 0;
	status->state = state;
	status->reason = *reason;
	status->tally = *tally;
	status->n_failures += state != WORKER_OK;
	status->cpu_nsec = clock_nsec(CLOCK_THREAD_CPUTIME_ID);
	handover->call_usec = 0;
	handover->opening = false;
	pthread_mutex_unlock(&handover->lock);
	return old;
}

void handover_begin_tending(struct handover *handover)
{
	pthread_mutex_lock(&handover->lock);
	handover->call_usec = monotonic_usec();
	pthread_mutex_unlock(&handover->lock);
}

void handover_end_tending(struct handover *handover)
{
	pthread_mutex_lock(&handover->lock);
	handover->status.cpu_nsec = clock_nsec(CLOCK_THREAD_CPUTIME_ID);
	handover->call_usec = 0;
	pthread_mutex_unlock(&handover->lock);
}

struct snapshot *handover_publish(struct handover *handover, struct snapshot *snapshot,
                                  uint64_t duration_usec)
{
	const struct batch *batch = snapshot_batch(snapshot);
	struct worker_status *status = &handover->status;
	struct snapshot *old;

	pthread_mutex_lock(&handover->lock);
	old = handover->snapshot;
	handover->snapshot = snapshot;
	status->has_run = true;
	status->duration_usec = duration_usec;
	status->last_success_usec = clock_nsec(CLOCK_REALTIME) / NSEC_PER_USEC;
	status->n_series = batch->n_series;
	status->n_dropped_series += batch->n_dropped_series;
	status->n_sanitized_labels += batch->n_sanitized_labels;
	pthread_mutex_unlock(&handover->lock);
	return old;
}

void handover_end(struct handover *handover)
{
	pthread_mutex_lock(&handover->lock);
	handover->ended = true;
	pthread_cond_signal(&handover->wake);
	pthread_mutex_unlock(&handover->lock);
}
