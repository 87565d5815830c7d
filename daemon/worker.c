/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two owners: the control thread and the worker's thread, each with one reference, because either
 * may end first. What both touch lies in `shared` behind the lock; the rest is the thread's own.
 */
#include "daemon/worker.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "daemon/clock.h"
#include "daemon/log.h"
#include "daemon/pace.h"

#define FRESH_INTERVALS 3
#define FRESH_LEAST     USEC_PER_SEC /* for short intervals: a busy machine is no stall */

const char *const worker_state_names[WORKER_STATES] = {
	[WORKER_STARTING] = "starting", [WORKER_OK] = "ok",
	[WORKER_FAILED] = "failed",     [WORKER_UNSUPPORTED] = "unsupported",
	[WORKER_STALLED] = "stalled",
};

struct worker {
	const struct collector_ops *ops;
	int changed_fd;
	double phase;
	pthread_t thread;
	atomic_uint n_references;
	pthread_mutex_t lock;
	pthread_cond_t wake;

	struct {
		bool stop;
		struct settings *wanted; /* handed over, not yet taken up */
		struct snapshot *snapshot;
		struct worker_status status;
		uint64_t call_usec; /* when the call that runs began; 0 when none does */
	} shared;

	struct settings *settings; /* the newest taken up */
	struct settings *opened;   /* those the collector was opened with and reads */
	void *state;               /* the open collector's, or NULL */
	bool open, unsupported;
	struct batch *batch; /* for the next collection, if any */
	struct collector_tally tally;
	struct reason reason;
	struct reason lack; /* what the open collector goes without */
	struct collector_env env;
	struct pace pace;
};

static void worker_unref(struct worker *worker)
{
	if (!worker || atomic_fetch_sub(&worker->n_references, 1) != 1)
		return;
	settings_unref(worker->shared.wanted);
	settings_unref(worker->settings);
	settings_unref(worker->opened);
	snapshot_unref(worker->shared.snapshot);
	batch_free(worker->batch);
	pthread_cond_destroy(&worker->wake);
	pthread_mutex_destroy(&worker->lock);
	free(worker);
}

static uint64_t fresh_usec(uint64_t interval_usec)
{
	uint64_t fresh = FRESH_INTERVALS * interval_usec;

	return fresh > FRESH_LEAST ? fresh : FRESH_LEAST;
}

static void log_change(const struct worker *worker, enum worker_state old, enum worker_state new)
{
	const char *name = worker->ops->name;

	if (new == WORKER_OK && old != WORKER_STARTING)
		log_notice("collector %s: works again", name);
	else if (new == WORKER_OK && worker->reason.text[0] != '\0')
		log_warning("collector %s: %s", name, worker->reason.text);
	else if (new == WORKER_FAILED)
		log_warning("collector %s: %s", name, worker->reason.text);
	else if (new == WORKER_UNSUPPORTED)
		log_warning("collector %s: not available here: %s", name, worker->reason.text);
}

/* Takes note of how a call ended, under the lock; says whether that is news. */
static bool set_state(struct worker *worker, enum worker_state state)
{
	struct worker_status *status = &worker->shared.status;
	bool news = status->state != state || strcmp(status->reason.text, worker->reason.text) != 0;

	status->state = state;
	status->reason = worker->reason;
	status->tally = worker->tally;
	status->cpu_nsec = clock_nsec(CLOCK_THREAD_CPUTIME_ID);
	worker->shared.call_usec = 0;
	return news;
}

static void announce(struct worker *worker)
{
	/* A full counter means that a wake-up is due anyway. */
	(void)!write(worker->changed_fd, &(uint64_t){ 1 }, sizeof(uint64_t));
}

static void end_call(struct worker *worker, enum worker_state state)
{
	enum worker_state old;
	bool news;

	pthread_mutex_lock(&worker->lock);
	old = worker->shared.status.state;
	news = set_state(worker, state);
	if (state == WORKER_FAILED || state == WORKER_UNSUPPORTED)
		worker->shared.status.n_failures++;
	pthread_mutex_unlock(&worker->lock);
	if (news) {
		log_change(worker, old, state);
		announce(worker);
	}
}

static void begin_call(struct worker *worker)
{
	pthread_mutex_lock(&worker->lock);
	worker->shared.call_usec = monotonic_usec();
	worker->shared.status.n_runs++;
	pthread_mutex_unlock(&worker->lock);
	worker->reason.text[0] = '\0';
}

/* A failed call without words of its own is explained by its error. */
static void explain(struct worker *worker, const char *call, int error)
{
	if (worker->reason.text[0] == '\0')
		(void)reason_set(&worker->reason, error, "%s: %s", call, strerror(-error));
}

static bool is_unsupported(int error)
{
	return error == -EOPNOTSUPP || error == -EPERM || error == -ENOSYS;
}

static void worker_open(struct worker *worker)
{
	int r;

	worker->env = (struct collector_env){
		.options = settings_collector_own(worker->opened, worker->ops),
		.tally = &worker->tally,
		.reason = &worker->reason,
	};
	r = worker->ops->open(&worker->env, &worker->state);
	worker->open = r == 0;
	worker->unsupported = is_unsupported(r);
	worker->lack = worker->reason;
	if (r < 0)
		explain(worker, "open", r);
	else
		worker->reason.text[0] = '\0';
}

static void worker_close(struct worker *worker)
{
	if (worker->open)
		worker->ops->close(worker->state);
	worker->state = NULL;
	worker->open = false;
	worker->unsupported = false;
}

/* The batch for the next collection, empty; NULL out of memory. */
static struct batch *take_batch(struct worker *worker)
{
	size_t max_series = settings_limits(worker->settings)->max_series;
	struct batch *batch = steal_pointer(worker->batch);

	if (!batch)
		return batch_new(max_series);
	batch_reset(batch, max_series);
	return batch;
}

static void publish(struct worker *worker, struct snapshot *snapshot, uint64_t duration_usec)
{
	const struct batch *batch = snapshot_batch(snapshot);
	struct worker_status *status = &worker->shared.status;
	struct snapshot *old;

	pthread_mutex_lock(&worker->lock);
	old = worker->shared.snapshot;
	worker->shared.snapshot = snapshot;
	status->has_run = true;
	status->duration_usec = duration_usec;
	status->last_success_usec = clock_nsec(CLOCK_REALTIME) / NSEC_PER_USEC;
	status->n_series = batch->n_series;
	status->n_dropped_series += batch->n_dropped_series;
	status->n_sanitized_labels += batch->n_sanitized_labels;
	pthread_mutex_unlock(&worker->lock);
	worker->batch = snapshot_reclaim(old);
}

static int collect(struct worker *worker)
{
	struct batch *batch cleanup(batch_free) = take_batch(worker);
	uint64_t start_usec = monotonic_usec();
	struct snapshot *snapshot;
	int r;

	if (!batch)
		return -ENOMEM;
	r = worker->ops->collect(worker->state, batch);
	if (r == 0)
		r = batch_error(batch);
	if (r < 0)
		return r;
	snapshot = snapshot_new(batch, start_usec);
	if (!snapshot)
		return -ENOMEM;
	(void)steal_pointer(batch);
	publish(worker, snapshot, monotonic_usec() - start_usec);
	return 0;
}

static void worker_run(struct worker *worker)
{
	uint64_t cpu_nsec = clock_nsec(CLOCK_THREAD_CPUTIME_ID);
	enum worker_state state = WORKER_OK;
	int r;

	begin_call(worker);
	if (!worker->open)
		worker_open(worker);
	if (!worker->open) {
		end_call(worker, worker->unsupported ? WORKER_UNSUPPORTED : WORKER_FAILED);
		return;
	}
	r = collect(worker);
	if (r < 0) {
		explain(worker, "collect", r);
		state = WORKER_FAILED;
	} else {
		worker->reason = worker->lack;
	}
	end_call(worker, state);
	pace_spent(&worker->pace, clock_nsec(CLOCK_THREAD_CPUTIME_ID) - cpu_nsec);
}

/* Takes up new settings; the collector is opened anew only if its own section changed. */
static void take_up(struct worker *worker, struct settings *settings)
{
	const struct collector_options *options = settings_collector(settings, worker->ops);
	bool same = worker->opened &&
		settings_collector_equal(worker->opened, settings, worker->ops);

	if (!same) {
		worker_close(worker);
		settings_unref(worker->opened);
		worker->opened = settings_ref(settings);
		pace_start(&worker->pace, options->interval_usec, worker->phase, monotonic_usec());
	}
	settings_unref(worker->settings);
	worker->settings = settings;
	pace_set_budget(&worker->pace, settings_limits(settings)->cpu_percent);
}

/*
 * Waits for the next tick, new settings or the end. Returns false at the end; *ret_settings is set
 * when there are new ones.
 */
static bool worker_wait(struct worker *worker, struct settings **ret_settings)
{
	struct timespec deadline = timespec_from_usec(worker->pace.next_usec);
	bool go_on;

	pthread_mutex_lock(&worker->lock);
	worker->shared.status.interval_usec = worker->pace.interval_usec;
	worker->shared.status.n_missed_ticks = worker->pace.n_missed_ticks;
	while (!worker->shared.stop && !worker->shared.wanted &&
	       monotonic_usec() < worker->pace.next_usec)
		pthread_cond_timedwait(&worker->wake, &worker->lock, &deadline);
	go_on = !worker->shared.stop;
	*ret_settings = steal_pointer(worker->shared.wanted);
	pthread_mutex_unlock(&worker->lock);
	return go_on;
}

static void *worker_main(void *userdata)
{
	struct worker *worker = userdata;
	struct settings *settings = NULL;
	char name[16]; /* what the kernel keeps of a thread's name */

	(void)snprintf(name, sizeof(name), "%s", worker->ops->name);
	pthread_setname_np(pthread_self(), name);
	while (worker_wait(worker, &settings)) {
		if (settings)
			take_up(worker, settings);
		if (monotonic_usec() < worker->pace.next_usec)
			continue;
		worker_run(worker);
		if (worker->unsupported)
			pace_stop(&worker->pace);
		else
			pace_next(&worker->pace, monotonic_usec());
	}
	settings_unref(settings);
	worker_close(worker);
	worker_unref(worker);
	return NULL;
}

static int init_lock(struct worker *worker)
{
	pthread_condattr_t attributes;
	int r;

	r = pthread_mutex_init(&worker->lock, NULL);
	if (r != 0)
		return -r;
	r = pthread_condattr_init(&attributes);
	if (r == 0) {
		pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
		r = pthread_cond_init(&worker->wake, &attributes);
		pthread_condattr_destroy(&attributes);
	}
	if (r != 0)
		pthread_mutex_destroy(&worker->lock);
	return -r;
}

int worker_start(const struct collector_ops *ops, struct settings *settings, double phase,
                 int changed_fd, struct worker **ret_worker)
{
	struct worker *worker = calloc(1, sizeof(*worker));
	int r;

	if (!worker)
		return -ENOMEM;
	r = init_lock(worker);
	if (r < 0) {
		free(worker);
		return r;
	}
	worker->ops = ops;
	worker->phase = phase;
	worker->changed_fd = changed_fd;
	worker->shared.wanted = settings_ref(settings);
	worker->shared.status.interval_usec = settings_collector(settings, ops)->interval_usec;
	atomic_init(&worker->n_references, 2);
	r = pthread_create(&worker->thread, NULL, worker_main, worker);
	if (r != 0) {
		atomic_store(&worker->n_references, 1);
		worker_unref(worker);
		return -r;
	}
	*ret_worker = worker;
	return 0;
}

void worker_configure(struct worker *worker, struct settings *settings)
{
	struct settings *old;

	pthread_mutex_lock(&worker->lock);
	old = worker->shared.wanted;
	worker->shared.wanted = settings_ref(settings);
	pthread_cond_signal(&worker->wake);
	pthread_mutex_unlock(&worker->lock);
	settings_unref(old);
}

void worker_request_stop(struct worker *worker)
{
	pthread_mutex_lock(&worker->lock);
	worker->shared.stop = true;
	pthread_cond_signal(&worker->wake);
	pthread_mutex_unlock(&worker->lock);
}

bool worker_stop(struct worker *worker, uint64_t deadline_usec)
{
	struct timespec deadline = timespec_from_usec(deadline_usec);
	bool ended;

	worker_request_stop(worker);
	ended = pthread_clockjoin_np(worker->thread, NULL, CLOCK_MONOTONIC, &deadline) == 0;
	if (!ended)
		pthread_detach(worker->thread);
	worker_unref(worker);
	return ended;
}

void worker_status(struct worker *worker, uint64_t now_usec, struct worker_status *ret_status)
{
	uint64_t call_usec, fresh;

	pthread_mutex_lock(&worker->lock);
	*ret_status = worker->shared.status;
	call_usec = worker->shared.call_usec;
	pthread_mutex_unlock(&worker->lock);

	fresh = fresh_usec(ret_status->interval_usec);
	if (call_usec > 0 && now_usec > call_usec + fresh) {
		ret_status->state = WORKER_STALLED;
		(void)reason_set(&ret_status->reason, 0, "has not returned for over %llu ms",
		                 (unsigned long long)(fresh / 1000));
	}
}

struct snapshot *worker_snapshot(struct worker *worker, uint64_t now_usec)
{
	struct snapshot *snapshot = NULL;

	pthread_mutex_lock(&worker->lock);
	if (worker->shared.snapshot &&
	    now_usec <= snapshot_taken_usec(worker->shared.snapshot) +
	                    fresh_usec(worker->shared.status.interval_usec))
		snapshot = snapshot_ref(worker->shared.snapshot);
	pthread_mutex_unlock(&worker->lock);
	return snapshot;
}
