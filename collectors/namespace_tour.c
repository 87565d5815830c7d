/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "collectors/namespace_tour.h"

#include <errno.h>

#include "collectors/namespace_report.h"
#include "collectors/namespace_set.h"
#include "daemon/clock.h"

#define DISCOVERY_INTERVAL_USEC (5 * USEC_PER_SEC)

struct namespace_tour {
	const struct collector_env *env;
	const struct namespace_tour_ops *ops;
	void *context;

	struct namespace_set set;
	struct namespace_list list;
	uint64_t discovered_usec;
	struct namespace_report report;

	uint64_t begun_nsec;  /* CPU time of the thread when this run began */
	uint64_t cost_nsec;   /* of the last turn of any namespace */
	uint64_t append_nsec; /* of appending everything, in the last run */
};

static uint64_t cpu_nsec(void)
{
	return clock_nsec(CLOCK_THREAD_CPUTIME_ID);
}

/* What cannot be looked for is told, and what is known stays. */
static void discover(struct namespace_tour *tour)
{
	int error = namespace_list_read(&tour->list, tour->env->scope.namespaces, tour->set.roots,
	                                tour->env->reason);

	if (!error && namespace_set_update(&tour->set, &tour->list) < 0)
		error = reason_set(tour->env->reason, -ENOMEM, "network namespaces: out of memory");
	tour->report.lack = error ? *tour->env->reason : tour->list.lack;
	tour->discovered_usec = monotonic_usec();
}

/* The series that the member's batch may have, so that all of them together stay in the bound. */
static size_t room_for(const struct namespace_tour *tour, const struct namespace_member *member,
                       const struct batch *batch)
{
	size_t used = batch->n_series;

	for (size_t i = 0; i < tour->set.n_members; i++)
		if (tour->set.members[i] != member && tour->set.members[i]->batch)
			used += tour->set.members[i]->batch->n_series;
	return used < batch->max_series ? batch->max_series - used : 0;
}

static int fill_batch(const struct namespace_tour *tour, struct namespace_member *member,
                      size_t room)
{
	int error;

	if (member->batch)
		batch_reset(member->batch, room);
	else
		member->batch = batch_new(room);
	if (!member->batch)
		return reason_set(tour->env->reason, -ENOMEM, "out of memory");
	error = tour->ops->sample(tour->context, &member->namespace, member->batch);
	return error ? error : batch_error(member->batch);
}

/* What became of it; what it had to say before is not true any more when it failed. */
static void conclude(struct namespace_tour *tour, struct namespace_member *member, int error,
                     bool refused)
{
	member->state = NAMESPACE_GOOD;
	if (!error && !tour->env->reason->text[0])
		return;
	if (!error) {
		member->state = NAMESPACE_PARTIAL;
		namespace_report_failure(&tour->report, member->state, 0, tour->env->reason);
		return;
	}
	batch_free(steal_pointer(member->batch));
	if (error == -ENOENT && !member->namespace.sampled_nsec)
		member->state = NAMESPACE_GONE;
	else if (refused)
		member->state = NAMESPACE_UNREACHABLE;
	else if (error != -EINTR) /* in motion, which is no news */
		member->state = NAMESPACE_FAILED;
	member->waits = member->state == NAMESPACE_GONE || refused;
	if (member->state == NAMESPACE_GONE)
		return;
	tour->env->tally->namespace_failures++;
	namespace_report_failure(&tour->report, member->state, error, tour->env->reason);
}

static bool is_denied(int error)
{
	return error == -EPERM || error == -EACCES;
}

static void take_turn(struct namespace_tour *tour, struct namespace_member *member, size_t room)
{
	struct namespace_door door cleanup(namespace_door_close) = NAMESPACE_DOOR_CLOSED;
	char path[NAMESPACE_PATH_SIZE];
	bool refused;
	int error;

	tour->env->reason->text[0] = '\0';
	namespace_place_path(&member->place, tour->set.roots, path);
	member->namespace.sampled_nsec = 0;
	error = namespace_door_open(path, member->namespace.inode, &door, tour->env->reason);
	refused = is_denied(error);
	if (!error) {
		member->namespace.door = &door;
		member->namespace.sampled_nsec = clock_nsec(CLOCK_REALTIME);
		error = fill_batch(tour, member, room);
		member->namespace.door = NULL;
		refused = door.refused;
	}
	conclude(tour, member, error, refused);
}

/* Whether the budget has room for a turn after those of this run, and for what comes after them. */
static bool is_affordable(const struct namespace_tour *tour, const struct namespace_member *member,
                          uint64_t now_nsec)
{
	uint64_t cost_nsec = member->cost_nsec ? member->cost_nsec : tour->cost_nsec;

	return now_nsec - tour->begun_nsec + cost_nsec + tour->append_nsec <=
		tour->env->budget_nsec;
}

static int take_turns(struct namespace_tour *tour, const struct batch *batch)
{
	uint64_t now_nsec = cpu_nsec();
	unsigned n_turns = 0;
	int error = 0;
	size_t i;

	for (i = 0; i < tour->set.n_members && !error; i++) {
		struct namespace_member *member = tour->set.members[i];
		uint64_t start_nsec = now_nsec;

		if (member->waits)
			continue;
		if (n_turns && !is_affordable(tour, member, now_nsec))
			break;
		take_turn(tour, member, room_for(tour, member, batch));
		error = namespace_door_check_home(tour->env->reason);
		now_nsec = cpu_nsec();
		tour->cost_nsec = member->cost_nsec = now_nsec - start_nsec;
		n_turns++;
	}
	namespace_set_rotate(&tour->set, i);
	return error;
}

static void append(const struct namespace_tour *tour, struct batch *batch)
{
	for (size_t i = 0; i < tour->set.n_members; i++) {
		const struct batch *kept = tour->set.members[i]->batch;

		if (!kept)
			continue;
		batch_append(batch, kept);
		batch->n_dropped_series += kept->n_dropped_series;
		batch->n_sanitized_labels += kept->n_sanitized_labels;
	}
}

int namespace_tour_begin(struct namespace_tour *tour)
{
	if (!tour)
		return 0;
	tour->begun_nsec = cpu_nsec();
	return namespace_door_check_home(tour->env->reason);
}

int namespace_tour_run(struct namespace_tour *tour, struct batch *batch)
{
	struct reason own;
	uint64_t start_nsec;
	int error;

	if (!tour)
		return 0;
	own = *tour->env->reason;
	if (monotonic_usec() - tour->discovered_usec >= DISCOVERY_INTERVAL_USEC)
		discover(tour);
	error = take_turns(tour, batch);
	if (error)
		return error;
	start_nsec = cpu_nsec();
	append(tour, batch);
	tour->append_nsec = cpu_nsec() - start_nsec;
	*tour->env->reason = own;
	namespace_report(&tour->report, &tour->set, tour->env);
	return 0;
}

int namespace_tour_open(const struct collector_env *env, const struct namespace_tour_ops *ops,
                        void *context, struct namespace_tour **ret_tour)
{
	const struct choice_or_strings *wanted = env->scope.namespaces;
	const struct reason before = *env->reason;
	struct namespace_tour *tour;

	*ret_tour = NULL;
	if (!wanted || wanted->choice == COLLECTOR_NAMESPACES_OWN)
		return 0;
	tour = calloc(1, sizeof(*tour));
	if (!tour)
		return reason_set(env->reason, -ENOMEM, "network namespaces: out of memory");
	tour->env = env;
	tour->ops = ops;
	tour->context = context;
	tour->set.roots = &namespace_roots;
	tour->set.max_members = env->scope.max_namespaces;
	tour->set.forget = ops->forget;
	discover(tour);
	namespace_report(&tour->report, &tour->set, env);
	*env->reason = before; /* what is missing is told with each sample */
	*ret_tour = tour;
	return 0;
}

void namespace_tour_inherit(struct namespace_tour *tour, struct namespace_tour *former)
{
	if (!tour || !former)
		return;
	namespace_set_take_data(&tour->set, &former->set);
	for (size_t i = 0; i < tour->set.n_members; i++) {
		struct namespace *known = &tour->set.members[i]->namespace;

		if (known->data && tour->ops->adopt)
			known->data = tour->ops->adopt(tour->context, known->data);
	}
}

void namespace_tour_close(struct namespace_tour *tour)
{
	if (!tour)
		return;
	namespace_set_clear(&tour->set);
	namespace_list_clear(&tour->list);
	free(tour);
}
