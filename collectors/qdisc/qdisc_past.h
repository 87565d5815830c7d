/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What is known of a network namespace's qdiscs and classes from before. */
#include "collectors/qdisc/tc_past.h"
#include "daemon/cleanup.h"

struct qdisc_past {
	struct tc_past qdiscs, classes;
};

/* Nothing is known yet; peaks of that window. NULL: out of memory. */
struct qdisc_past *qdisc_past_new(uint64_t peak_window_usec);

/* NULL is accepted. */
void qdisc_past_free(struct qdisc_past *past);
DEFINE_CLEANUP(struct qdisc_past, qdisc_past_free)

/* Whether peaks of both are of the same window. */
static inline bool qdisc_past_comparable(const struct qdisc_past *a, const struct qdisc_past *b)
{
	return a->qdiscs.slot_usec == b->qdiscs.slot_usec;
}
