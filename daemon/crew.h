/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The crew: the workers of all collectors that are enabled, by their place in the registry.
 */
#include <stdbool.h>

#include "daemon/worker.h"

struct crew;

/*
 * Starts a worker for every collector that the settings enable, now and by crew_apply(), each with
 * that budget of CPU time; collectors is ended by NULL. The eventfd changed_fd is written when any
 * worker's status changes, and is never closed.
 */
int crew_new(const struct collector_ops *const *collectors, struct settings *settings,
             enum worker_budget budget, int changed_fd, struct crew **ret_crew);

/*
 * Ends all workers, waiting a second at most; those that the kernel holds are left behind with a
 * line in the log.
 */
void crew_free(struct crew *crew);
DEFINE_CLEANUP(struct crew, crew_free)

/* Takes new settings into use: starts, reconfigures and ends workers. 0, or −errno of a start. */
int crew_apply(struct crew *crew, struct settings *settings);

size_t crew_size(const struct crew *crew);
const struct collector_ops *crew_collector(const struct crew *crew, size_t index);

/* NULL when the collector is disabled. */
struct worker *crew_worker(const struct crew *crew, size_t index);

/* The collector's index by name; −ENOENT for an unknown one. */
int crew_find(const struct crew *crew, const char *name);

/* Whether every worker has got past its first collection, or is known to be stuck in it. */
bool crew_has_started(const struct crew *crew);

/* How many of the enabled collectors deliver. */
void crew_count(const struct crew *crew, size_t *ret_n_ok, size_t *ret_n_enabled);
