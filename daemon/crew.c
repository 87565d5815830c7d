/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Used by the control thread only; what is shared with the workers' threads is inside worker.c. */
#include "daemon/crew.h"

#include <errno.h>

#include "daemon/clock.h"
#include "daemon/log.h"
#include "daemon/privilege.h"

#define STOP_USEC USEC_PER_SEC

struct crew {
	const struct collector_ops *const *collectors;
	size_t n;
	enum worker_budget budget;
	int changed_fd;
	struct worker *workers[]; /* as many as collectors */
};

int crew_new(const struct collector_ops *const *collectors, struct settings *settings,
             enum worker_budget budget, int changed_fd, struct crew **ret_crew)
{
	struct crew *crew cleanup(crew_free) = NULL;
	size_t n = 0;
	int r;

	while (collectors[n])
		n++;
	crew = calloc(1, sizeof(*crew) + n * sizeof(struct worker *));
	if (!crew)
		return -ENOMEM;
	crew->collectors = collectors;
	crew->n = n;
	crew->budget = budget;
	crew->changed_fd = changed_fd;
	r = crew_apply(crew, settings);
	if (r < 0)
		return r;
	*ret_crew = steal_pointer(crew);
	return 0;
}

int crew_start(const struct collector_ops *const *collectors, struct settings *settings,
               enum worker_budget budget, int changed_fd, struct crew **ret_crew,
               struct reason *reason)
{
	uint64_t needed = settings_needed_capabilities(settings, collectors);
	uint64_t opening = settings_opening_capabilities(settings, collectors);
	struct crew *crew cleanup(crew_free) = NULL;
	int r = privilege_drop(needed | opening, reason);

	if (r == 0)
		r = crew_new(collectors, settings, budget, changed_fd, &crew);
	if (r == 0)
		r = privilege_drop(needed, reason);
	if (r == 0)
		*ret_crew = steal_pointer(crew);
	return r;
}

void crew_free(struct crew *crew)
{
	uint64_t deadline_usec = monotonic_usec() + STOP_USEC;

	if (!crew)
		return;
	for (size_t i = 0; i < crew->n; i++)
		if (crew->workers[i])
			worker_request_stop(crew->workers[i]);
	for (size_t i = 0; i < crew->n; i++)
		if (crew->workers[i] && !worker_stop(crew->workers[i], deadline_usec))
			log_warning("collector %s: stuck in the kernel, left behind",
			            crew->collectors[i]->name);
	free(crew);
}

int crew_apply(struct crew *crew, struct settings *settings)
{
	struct worker_place place = {
		.changed_fd = crew->changed_fd,
		.budget = crew->budget,
		.capabilities = settings_needed_capabilities(settings, crew->collectors),
	};
	int error = 0;

	for (size_t i = 0; i < crew->n; i++) {
		const struct collector_ops *ops = crew->collectors[i];
		bool enabled = settings_collector(settings, ops)->enabled;
		int r = 0;

		place.phase = (double)i / (double)crew->n;

		if (enabled && crew->workers[i])
			worker_configure(crew->workers[i], settings);
		else if (enabled)
			r = worker_start(ops, settings, &place, &crew->workers[i]);
		else if (crew->workers[i])
			/* Not waited for: it ends and frees itself when its call returns. */
			(void)worker_stop(steal_pointer(crew->workers[i]), 0);
		if (r < 0)
			error = r;
	}
	return error;
}

size_t crew_size(const struct crew *crew)
{
	return crew->n;
}

const struct collector_ops *crew_collector(const struct crew *crew, size_t index)
{
	return crew->collectors[index];
}

struct worker *crew_worker(const struct crew *crew, size_t index)
{
	return crew->workers[index];
}

int crew_find(const struct crew *crew, const char *name)
{
	for (size_t i = 0; i < crew->n; i++)
		if (strcmp(crew->collectors[i]->name, name) == 0)
			return (int)i;
	return -ENOENT;
}

bool crew_has_started(const struct crew *crew)
{
	struct worker_status status;

	for (size_t i = 0; i < crew->n; i++) {
		if (!crew->workers[i])
			continue;
		worker_status(crew->workers[i], monotonic_usec(), &status);
		if (status.state == WORKER_STARTING)
			return false;
	}
	return true;
}

void crew_count(const struct crew *crew, size_t *ret_n_ok, size_t *ret_n_enabled)
{
	struct worker_status status;
	size_t n_ok = 0, n_enabled = 0;

	for (size_t i = 0; i < crew->n; i++) {
		if (!crew->workers[i])
			continue;
		worker_status(crew->workers[i], monotonic_usec(), &status);
		n_ok += status.state == WORKER_OK;
		n_enabled++;
	}
	*ret_n_ok = n_ok;
	*ret_n_enabled = n_enabled;
}
