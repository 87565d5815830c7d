/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* How each segment is measured on this kernel, or why it is not. */
#include <stdbool.h>

#include "bpf/latency.h"
#include "collectors/bpf_probes.h"
#include "daemon/reason.h"

/* "socket", …, "ack" */
extern const char *const latency_segment_names[LATENCY_SEGMENTS];

struct latency_rungs {
	const struct bpf_probes *probes; /* who has which role (latency_roles.h) */
	bool timestamps;                 /* whether they are had for what those cannot measure */
	const char *no_timestamps;       /* why not; NULL or "": they are not needed */
};

/*
 * The method. The reason says why the segment is not measured, or what is missing, or which better
 * way is closed; or it is empty.
 */
enum bpf_method latency_ladder(const struct latency_rungs *rungs, enum latency_segment segment,
                               struct reason *ret_reason);
