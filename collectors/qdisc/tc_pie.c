/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PIE: drops at random so that the delay comes near a target (tc-pie(8), net/sched/sch_pie.c).
 */
#include <linux/pkt_sched.h>

#include "collectors/qdisc/tc_families.h"
#include "collectors/qdisc/tc_kind.h"

static const struct tc_field common_fields[] = {
	{ .family = TC_QDISC_LIMIT_PACKETS,
	  .source = TC_OPTION,
	  .attribute = TCA_PIE_LIMIT,
	  .size = 4 },
};

enum {
	TARGET,
	UPDATE,
	ALPHA,
	BETA,
	ECN,
	PROBABILITY,
	DELAY,
	RATE,
	PACKETS,
	EARLY_DROPS,
	OVERLIMIT_DROPS,
	LARGEST,
	ECN_MARKS,
};

static const struct metric_family families[] = {
	[TARGET] = {
		.name = "txpath_qdisc_pie_target_seconds",
		.help = "Delay that is aimed at (TCA_PIE_TARGET, target in tc -d qdisc).",
		.unit = METRIC_NSEC,
	},
	[UPDATE] = {
		.name = "txpath_qdisc_pie_update_interval_seconds",
		.help = "Time between two computations of the drop probability (TCA_PIE_TUPDATE, tupdate in tc -d qdisc).",
		.unit = METRIC_NSEC,
	},
	[ALPHA] = {
		.name = "txpath_qdisc_pie_alpha",
		.help = "Weight of how far the delay is from the target (TCA_PIE_ALPHA, alpha in tc -d qdisc).",
	},
	[BETA] = {
		.name = "txpath_qdisc_pie_beta",
		.help = "Weight of how the delay changes (TCA_PIE_BETA, beta in tc -d qdisc).",
	},
	[ECN] = {
		.name = "txpath_qdisc_pie_ecn_enabled",
		.help = "Whether packets that know of it are marked rather than dropped (TCA_PIE_ECN, ecn in tc -d qdisc).",
	},
	[PROBABILITY] = {
		.name = "txpath_qdisc_pie_drop_probability_ratio",
		.help = "Probability with which a packet is dropped or marked (prob of struct tc_pie_xstats, prob in tc -s qdisc).",
		.unit = METRIC_DOUBLE,
	},
	[DELAY] = {
		.name = "txpath_qdisc_pie_delay_seconds",
		.help = "Time that packets wait, as it is estimated (delay of struct tc_pie_xstats, delay in tc -s qdisc).",
		.unit = METRIC_NSEC,
	},
	[RATE] = {
		.name = "txpath_qdisc_pie_estimated_rate_bytes_per_second",
		.help = "Rate at which packets leave, where it is estimated (avg_dq_rate of struct tc_pie_xstats, avg_dq_rate in tc -s qdisc).",
	},
	[PACKETS] = {
		.name = "txpath_qdisc_pie_enqueued_packets_total",
		.help = "Packets taken in (packets_in of struct tc_pie_xstats, pkts_in in tc -s qdisc).",
		.type = METRIC_COUNTER,
	},
	[EARLY_DROPS] = {
		.name = "txpath_qdisc_pie_drops_total",
		.help = "Packets dropped, at the limit too (dropped of struct tc_pie_xstats, dropped in tc -s qdisc).",
		.type = METRIC_COUNTER,
	},
	[OVERLIMIT_DROPS] = {
		.name = "txpath_qdisc_pie_overlimit_drops_total",
		.help = "Packets dropped at the limit (overlimit of struct tc_pie_xstats, overlimit in tc -s qdisc).",
		.type = METRIC_COUNTER,
	},
	[LARGEST] = {
		.name = "txpath_qdisc_pie_longest_queue_packets",
		.help = "Longest queue so far (maxq of struct tc_pie_xstats, maxq in tc -s qdisc).",
	},
	[ECN_MARKS] = {
		.name = "txpath_qdisc_pie_ecn_marks_total",
		.help = "Packets marked rather than dropped (ecn_mark of struct tc_pie_xstats, ecn_mark in tc -s qdisc).",
		.type = METRIC_COUNTER,
	},
};

static const struct tc_field fields[] = {
	{ .family = TARGET,
	  .source = TC_OPTION,
	  .attribute = TCA_PIE_TARGET,
	  .size = 4,
	  .times = TC_USEC },
	{ .family = UPDATE,
	  .source = TC_OPTION,
	  .attribute = TCA_PIE_TUPDATE,
	  .size = 4,
	  .times = TC_USEC },
	{ .family = ALPHA, .source = TC_OPTION, .attribute = TCA_PIE_ALPHA, .size = 4 },
	{ .family = BETA, .source = TC_OPTION, .attribute = TCA_PIE_BETA, .size = 4 },
	{ .family = ECN, .source = TC_OPTION, .attribute = TCA_PIE_ECN, .size = 4 },
	{ .family = PROBABILITY,
	  .source = TC_XSTATS,
	  TC_MEMBER(struct tc_pie_xstats, prob),
	  .factor = 0x1p-64 },
	{ .family = DELAY,
	  .source = TC_XSTATS,
	  TC_MEMBER(struct tc_pie_xstats, delay),
	  .times = TC_USEC },
	{ .family = RATE,
	  .source = TC_XSTATS,
	  TC_MEMBER(struct tc_pie_xstats, avg_dq_rate),
	  .unless_zero = true },
	{ .family = PACKETS, .source = TC_XSTATS, TC_MEMBER(struct tc_pie_xstats, packets_in) },
	{ .family = EARLY_DROPS, .source = TC_XSTATS, TC_MEMBER(struct tc_pie_xstats, dropped) },
	{ .family = OVERLIMIT_DROPS,
	  .source = TC_XSTATS,
	  TC_MEMBER(struct tc_pie_xstats, overlimit) },
	{ .family = LARGEST, .source = TC_XSTATS, TC_MEMBER(struct tc_pie_xstats, maxq) },
	{ .family = ECN_MARKS, .source = TC_XSTATS, TC_MEMBER(struct tc_pie_xstats, ecn_mark) },
};

const struct tc_kind tc_pie = {
	.name = "pie",
	.qdisc_common = { TC_FIELDS(common_fields) },
	.qdisc_table = { { TC_QDISC_LABELS, "netns" }, TC_FAMILIES(families) },
	.qdisc = { TC_FIELDS(fields) },
};
