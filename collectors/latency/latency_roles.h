/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What is to be done at hooks by the programs of bpf/latency.bpf.c, and when it is not. */
#include <stdbool.h>

#include "collectors/bpf_probes.h"
#include "collectors/latency/latency_counts.h"

enum latency_role {
	LATENCY_ROLE_SEND,
	LATENCY_ROLE_DATAGRAM_IPV4,
	LATENCY_ROLE_DATAGRAM_IPV6,
	LATENCY_ROLE_FILTER_BEGIN,
	LATENCY_ROLE_FILTER_END,
	LATENCY_ROLE_QUEUE,
	LATENCY_ROLE_DEQUEUE,
	LATENCY_ROLE_START,
	LATENCY_ROLE_STARTED,
	LATENCY_ROLE_COMPLETE,
	LATENCY_ROLE_DROP,
	LATENCY_ROLE_ACKNOWLEDGE,
	LATENCY_ROLE_DESTROY,
	LATENCY_ROLES,
};

extern const struct bpf_role latency_roles[LATENCY_ROLES];

/* From what ends to what begins. */
extern const enum latency_role latency_attach_order[LATENCY_ROLES];

/* Whether who has the role is of use in a burst: alone it may begin something in vain, or end it. */
bool latency_role_is_wanted(const struct bpf_probes *probes, enum latency_role role,
                            bool completions);

/* Whether it still is after one, of what has not ended. */
bool latency_role_is_waited_for(const struct latency_pending *pending, enum latency_role role);
