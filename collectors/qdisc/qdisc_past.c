/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "collectors/qdisc/qdisc_past.h"

#include <stdlib.h>

struct qdisc_past *qdisc_past_new(uint64_t peak_window_usec)
{
	struct qdisc_past *past = calloc(1, sizeof(*past));

	if (!past)
		return NULL;
	tc_past_init(&past->qdiscs, peak_window_usec);
	tc_past_init(&past->classes, peak_window_usec);
	return past;
}

void qdisc_past_free(struct qdisc_past *past)
{
	if (!past)
		return;
	tc_past_clear(&past->qdiscs);
	tc_past_clear(&past->classes);
	free(past);
}
