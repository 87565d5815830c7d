/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Below namespace_tour.c, and for it alone: what a run had to go without, as numbers and in words
 * that stay the same for as long as that does.
 */
#include "collectors/namespace_set.h"
#include "daemon/collector.h"

struct namespace_report {
	struct reason lack; /* what could not be looked for, or is empty */

	/* Why entering and sampling failed, or what was lacking, the last time that one did. */
	struct reason unreachable;
	struct reason partial;
	struct reason failed;
};

/* Remembers why a turn ended in this state; no error: what its sample had to go without. */
void namespace_report_failure(struct namespace_report *report, enum namespace_state state,
                              int error, const struct reason *reason);

/* Fills the tally, and adds to the reason what is missing. */
void namespace_report(const struct namespace_report *report, const struct namespace_set *set,
                      const struct collector_env *env);
