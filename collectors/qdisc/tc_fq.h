/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The statistics of an fq qdisc, and of its bands. */
#include <stdint.h>

#include "collectors/qdisc/tc_kind.h"

#define TC_FQ_BANDS         3
#define TC_FQ_BAND_FAMILIES 3

/* struct tc_fq_qd_stats of Linux 6.12. */
struct tc_fq_stats {
	uint64_t gc_flows;
	uint64_t highprio_packets;
	uint64_t tcp_retrans;
	uint64_t throttled;
	uint64_t flows_plimit;
	uint64_t pkts_too_long;
	uint64_t allocation_errors;
	int64_t time_next_delayed_flow;
	uint32_t flows;
	uint32_t inactive_flows;
	uint32_t throttled_flows;
	uint32_t unthrottle_latency_ns;
	uint64_t ce_mark;       /* Linux 5.0 */
	uint64_t horizon_drops; /* Linux 5.8, and the next one */
	uint64_t horizon_caps;
	uint64_t fastpath_packets; /* Linux 6.7, and all that follow */
	uint64_t band_drops[TC_FQ_BANDS];
	uint32_t band_pkt_count[TC_FQ_BANDS];
	uint32_t pad;
};

extern const struct metric_family tc_fq_band_families[TC_FQ_BAND_FAMILIES];

int tc_fq_write_bands(struct tc_details *details, const struct tc_labels *labels,
                      struct batch *batch);
