/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What the daemon says about itself: txpathd_* and process_*. It is a part of the exposition like a
 * collector's, under the name "self", but written on the control thread when a scrape asks for it
 * and what it has is older than a second, or than another part.
 */
#include <stdbool.h>

#include "daemon/crew.h"
#include "daemon/http.h"
#include "daemon/snapshot.h"

#define SELF_NAME "self"

/* All that it may emit; ended by NULL. */
extern const struct metric_table *const self_tables[];

/* How the last (re)load of the configuration went. */
struct self_reload {
	bool successful;
	uint64_t success_usec; /* CLOCK_REALTIME of the last successful one */
};

struct self;

/* The crew and the reload record must outlive it; the server may be NULL, and then has no metrics. */
int self_new(const struct crew *crew, const struct http_server *server,
             const struct self_reload *reload, struct self **ret_self);
void self_free(struct self *self);
DEFINE_CLEANUP(struct self, self_free)

/* Makes the next snapshot a new one, because something is known to have changed. */
void self_invalidate(struct self *self);

/* A reference to a snapshot at most a second old; NULL out of memory. */
struct snapshot *self_snapshot(struct self *self, uint64_t now_usec);
