/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Another network namespace, as a collector meets it on its tour (namespace_tour.h). */
#include <stdint.h>
#include <string.h>

#include "collectors/namespace_door.h"
#include "collectors/namespace_place.h"
#include "daemon/batch.h"

/* Room for what makes a name unique. */
#define NAMESPACE_LABEL_SIZE (NAMESPACE_NAME_SIZE + 96)

struct namespace
{
	uint64_t inode;                   /* no other one has it as long as this is known */
	char label[NAMESPACE_LABEL_SIZE]; /* value of "netns", unique */
	void *data;                       /* the collector's own, NULL at first */

	/* While it is sampled. */
	struct namespace_door *door; /* open, else NULL */
	uint64_t sampled_nsec;       /* CLOCK_REALTIME when that was begun */
};

/* NULL is our own namespace, which has no label. */
static inline struct label namespace_label(const struct namespace *namespace)
{
	return namespace ? label_of(namespace->label) : (struct label){ "", 0 };
}
