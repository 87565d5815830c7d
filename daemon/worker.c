/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two owners: the control thread and the worker's thread, each with one reference, because either
 * may end first. Both touch the handover; what stands below it is the worker's thread's own.
 */
#include "daemon/worker.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "daemon/clock.h"
#include "daemon/handover.h"
#include "daemon/log.h"
#include "daemon/opening.h"
#include "daemon/pace.h"
#include "daemon/privilege.h"

struct worker {
	const struct collector_ops *ops;
	struct worker_place place;
	pthread_t thread;
	atomic_uint n_references;
	struct handover handover;

	struct settings *settings; /* the newest taken up */
	struct opening openings[2];
	struct opening *current; /* the other one is in use only while it takes over */
	bool outdated;           /* is to be opened anew, with the settings */
	bool unsupported;
	struct batch *batch; /* for the next collection, if any */
	struct collector_tally tally;
	struct reason reason;
	struct pace pace;
	uint64_t tend_usec; /* when the collector wants to be tended next */
};

static void worker_unref(struct worker *worker)
{
	if (!worker || atomic_fetch_sub(&worker->n_references, 1) != 1)
		return;
	handover_release(&worker->handover);
	settings_unref(worker->settings);
	for (size_t i = 0; i < ARRAY_SIZE(worker->openings); i++)
		settings_unref(worker->openings[i].settings);
	batch_free(worker->batch);
	free(worker);
}

static void log_change(const struct worker *worker, enum worker_state old, enum worker_state new)
{
	const char *name = worker->ops->name;

	if (new == WORKER_UNSUPPORTED)
		log_warning("collector %s: not available here: %s", name, worker->reason.text);
	else if (worker->reason.text[0] != '\0')
		log_warning("collector %s: %s", name, worker->reason.text);
	else if (old == WORKER_OK)
		log_notice("collector %s: nothing is missing any more", name);
	else if (old != WORKER_STARTING)
		log_notice("collector %s: works again", name);
}

static void end_call(struct worker *worker, enum worker_state state)
{
	bool news;
	enum worker_state old =
		handover_end_call(&worker->handover, state, &worker->reason, &worker->tally, &news);

	if (!news)
		return;
	log_change(worker, old, state);
	/* A full counter means that a wake-up is due anyway. */
	(void)!write(worker->place.changed_fd, &(uint64_t){ 1 }, sizeof(uint64_t));
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

/* Opens the collector by the newest settings, in the place of the one that may be open. */
static int open_anew(struct worker *worker)
{
	struct opening *former = worker->current;
	struct opening *opening = &worker->openings[former == &worker->openings[0]];
	const struct collector_env env = { .tally = &worker->tally,
		                           .reason = &worker->reason,
		                           .former = former->open ? former->state : NULL };
	int r = opening_open(opening, worker->ops, worker->settings, &env);

	if (r < 0)
		explain(worker, "open", r);
	else if (former->open && worker->ops->inherit)
		worker->ops->inherit(opening->state, former->state);
	opening_close(former, worker->ops);
	worker->current = opening;
	worker->tend_usec = worker->ops->tend && r == 0 ? 0 : UINT64_MAX;
	return r;
}

/*
 * The same, with the capabilities that this takes; they go when it is not to be tried again. Should
 * that fail, which it never does unless the call is forbidden, no collector runs with them.
 */
static void worker_open(struct worker *worker)
{
	uint64_t keep = worker->place.capabilities;
	int r = privilege_drop(keep | worker->ops->opening_capabilities, &worker->reason);

	worker->outdated = false;
	if (r == 0) {
		r = open_anew(worker);
		worker->unsupported = is_unsupported(r);
	}
	if (r == 0 || worker->unsupported)
		r = privilege_drop(keep, &worker->reason);
	if (r < 0 && worker->current->open)
		opening_close(worker->current, worker->ops);
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

static int collect(struct worker *worker)
{
	struct batch *batch cleanup(batch_free) = take_batch(worker);
	uint64_t start_usec = monotonic_usec();
	struct snapshot *snapshot;
	int r;

	if (!batch)
		return -ENOMEM;
	worker->current->env.budget_nsec = worker->place.budget == WORKER_BUDGET_NONE
		? UINT64_MAX
		: pace_budget_nsec(&worker->pace);
	r = worker->ops->collect(worker->current->state, batch);
	if (r == 0)
		r = batch_error(batch);
	if (r < 0)
		return r;
	snapshot = snapshot_new(batch, start_usec);
	if (!snapshot)
		return -ENOMEM;
	(void)steal_pointer(batch);
	snapshot = handover_publish(&worker->handover, snapshot, monotonic_usec() - start_usec);
	worker->batch = snapshot_reclaim(snapshot);
	return 0;
}

static void worker_run(struct worker *worker)
{
	bool opening = !worker->current->open || worker->outdated;
	enum worker_state state = WORKER_OK;
	uint64_t cpu_nsec;
	int r;

	worker->reason.text[0] = '\0';
	handover_begin_call(&worker->handover, opening);
	if (opening) {
		worker_open(worker);
		handover_opened(&worker->handover);
	}
	if (!worker->current->open) {
		end_call(worker, worker->unsupported ? WORKER_UNSUPPORTED : WORKER_FAILED);
		return;
	}
	worker->reason.text[0] = '\0';
	cpu_nsec = clock_nsec(CLOCK_THREAD_CPUTIME_ID); /* opening is no part of the pace */
	r = collect(worker);
	if (r < 0) {
		explain(worker, "collect", r);
		state = WORKER_FAILED;
	} else if (worker->reason.text[0] == '\0') {
		worker->reason = worker->current->lack;
	}
	end_call(worker, state);
	pace_spent(&worker->pace, clock_nsec(CLOCK_THREAD_CPUTIME_ID) - cpu_nsec);
}

/* Has the collector do what is due; one that is to be opened anew is left alone until then. */
static void tend(struct worker *worker)
{
	uint64_t now_usec = monotonic_usec();

	if (!worker->current->open || worker->outdated)
		worker->tend_usec = UINT64_MAX;
	if (now_usec < worker->tend_usec)
		return;
	handover_begin_tending(&worker->handover);
	worker->current->env.cpu_percent = worker->pace.cpu_percent;
	worker->tend_usec = worker->ops->tend(worker->current->state, now_usec);
	handover_end_tending(&worker->handover);
}

static uint64_t next_usec(const struct worker *worker)
{
	return worker->tend_usec < worker->pace.next_usec ? worker->tend_usec
							  : worker->pace.next_usec;
}

/*
 * Takes up new settings. The collector is opened anew at its next tick if what it is opened with
 * has changed; for a new interval the clock alone begins anew.
 */
static void take_up(struct worker *worker, struct settings *settings)
{
	uint64_t interval_usec = settings_collector(settings, worker->ops)->interval_usec;
	const struct settings *opened = worker->current->settings;

	worker->outdated = !opened || !settings_collector_equal(opened, settings, worker->ops);
	if (worker->outdated || interval_usec != worker->pace.configured_usec)
		pace_start(&worker->pace, interval_usec, worker->place.phase, monotonic_usec());
	settings_unref(worker->settings);
	worker->settings = settings;
	pace_set_budget(&worker->pace, settings_limits(settings)->cpu_percent);
}

static void *worker_main(void *userdata)
{
	struct worker *worker = userdata;
	struct settings *settings = NULL;
	char name[16]; /* what the kernel keeps of a thread's name */

	(void)snprintf(name, sizeof(name), "%s", worker->ops->name);
	pthread_setname_np(pthread_self(), name);
	while (handover_wait(&worker->handover, next_usec(worker), &settings)) {
		if (settings)
			take_up(worker, settings);
		tend(worker);
		if (monotonic_usec() < worker->pace.next_usec)
			continue;
		worker_run(worker);
		if (worker->unsupported)
			pace_stop(&worker->pace);
		else
			pace_next(&worker->pace, monotonic_usec());
		handover_set_pace(&worker->handover, worker->pace.interval_usec,
		                  worker->pace.n_missed_ticks);
	}
	settings_unref(settings);
	opening_close(worker->current, worker->ops);
	handover_end(&worker->handover);
	worker_unref(worker);
	return NULL;
}

int worker_start(const struct collector_ops *ops, struct settings *settings,
                 const struct worker_place *place, struct worker **ret_worker)
{
	struct worker *worker = calloc(1, sizeof(*worker));
	int r;

	if (!worker)
		return -ENOMEM;
	r = handover_init(&worker->handover, settings_collector(settings, ops)->interval_usec);
	if (r < 0) {
		free(worker);
		return r;
	}
	worker->ops = ops;
	worker->place = *place;
	worker->current = &worker->openings[0];
	worker->tend_usec = UINT64_MAX;
	handover_configure(&worker->handover, settings);
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
	handover_configure(&worker->handover, settings);
}

void worker_request_stop(struct worker *worker)
{
	handover_stop(&worker->handover);
}

bool worker_stop(struct worker *worker, uint64_t deadline_usec)
{
	bool ended;

	handover_stop(&worker->handover);
	ended = handover_wait_end(&worker->handover, deadline_usec);
	if (ended)
		pthread_join(worker->thread, NULL);
	else
		pthread_detach(worker->thread);
	worker_unref(worker);
	return ended;
}

void worker_status(struct worker *worker, uint64_t now_usec, struct worker_status *ret_status)
{
	handover_get_status(&worker->handover, now_usec, ret_status);
}

struct snapshot *worker_snapshot(struct worker *worker, uint64_t now_usec)
{
	return handover_get_snapshot(&worker->handover, now_usec);
}
