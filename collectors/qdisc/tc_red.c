/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * RED: drops at random by the mean length of the queue (tc-red(8), net/sched/sch_red.c).
 */
#include <linux/pkt_sched.h>

#include "collectors/qdisc/tc_families.h"
#include "collectors/qdisc/tc_kind.h"

static const struct tc_field common_fields[] = {
	{ .family = TC_QDISC_LIMIT_BYTES,
	  .source = TC_OPTION,
	  .attribute = TCA_RED_PARMS,
	  TC_MEMBER(struct tc_red_qopt, limit) },
};

enum {
	MINIMUM,
	MAXIMUM,
	PROBABILITY,
	ECN,
	EARLY_DROPS,
	LIMIT_DROPS,
	OTHER_DROPS,
	ECN_MARKS,
};

static const struct metric_family families[] = {
	[MINIMUM] = {
		.name = "txpath_qdisc_red_minimum_bytes",
		.help = "Mean queue length from which packets are dropped or marked (qth_min of TCA_RED_PARMS, min in tc -d qdisc).",
	},
	[MAXIMUM] = {
		.name = "txpath_qdisc_red_maximum_bytes",
		.help = "Mean queue length from which all packets are dropped or marked (qth_max of TCA_RED_PARMS, max in tc -d qdisc).",
	},
	[PROBABILITY] = {
		.name = "txpath_qdisc_red_maximum_probability_ratio",
		.help = "Probability of a drop or mark at the maximum (TCA_RED_MAX_P, probability in tc -d qdisc).",
		.unit = METRIC_DOUBLE,
	},
	[ECN] = {
		.name = "txpath_qdisc_red_ecn_enabled",
		.help = "Whether packets that know of it are marked rather than dropped (flags of TCA_RED_PARMS, ecn in tc -d qdisc).",
	},
	[EARLY_DROPS] = {
		.name = "txpath_qdisc_red_early_drops_total",
		.help = "Packets dropped below the limit (early of struct tc_red_xstats, early in tc -s qdisc).",
		.type = METRIC_COUNTER,
	},
	[LIMIT_DROPS] = {
		.name = "txpath_qdisc_red_limit_drops_total",
		.help = "Packets dropped at the limit (pdrop of struct tc_red_xstats, pdrop in tc -s qdisc).",
		.type = METRIC_COUNTER,
	},
	[OTHER_DROPS] = {
		.name = "txpath_qdisc_red_other_drops_total",
		.help = "Packets dropped by others than the qdisc itself (other of struct tc_red_xstats, other in tc -s qdisc).",
		.type = METRIC_COUNTER,
	},
	[ECN_MARKS] = {
		.name = "txpath_qdisc_red_ecn_marks_total",
		.help = "Packets marked rather than dropped (marked of struct tc_red_xstats, marked in tc -s qdisc).",
		.type = METRIC_COUNTER,
	},
};

static const struct tc_field fields[] = {
	{ .family = MINIMUM,
	  .source = TC_OPTION,
	  .attribute = TCA_RED_PARMS,
	  TC_MEMBER(struct tc_red_qopt, qth_min) },
	{ .family = MAXIMUM,
	  .source = TC_OPTION,
	  .attribute = TCA_RED_PARMS,
	  TC_MEMBER(struct tc_red_qopt, qth_max) },
	{ .family = PROBABILITY,
	  .source = TC_OPTION,
	  .attribute = TCA_RED_MAX_P,
	  .size = 4,
	  .factor = 0x1p-32 },
	{ .family = ECN,
	  .source = TC_OPTION,
	  .attribute = TCA_RED_PARMS,
	  TC_MEMBER(struct tc_red_qopt, flags) },
	{ .family = EARLY_DROPS, .source = TC_XSTATS, TC_MEMBER(struct tc_red_xstats, early) },
	{ .family = LIMIT_DROPS, .source = TC_XSTATS, TC_MEMBER(struct tc_red_xstats, pdrop) },
	{ .family = OTHER_DROPS, .source = TC_XSTATS, TC_MEMBER(struct tc_red_xstats, other) },
	{ .family = ECN_MARKS, .source = TC_XSTATS, TC_MEMBER(struct tc_red_xstats, marked) },
};

static int take_flag(struct tc_values *values)
{
	tc_values_flag(values, ECN, TC_RED_ECN);
	return 0;
}

const struct tc_kind tc_red = {
	.name = "red",
	.qdisc_common = { TC_FIELDS(common_fields) },
	.qdisc_table = { { TC_QDISC_LABELS, "netns" }, TC_FAMILIES(families) },
	.qdisc = { TC_FIELDS(fields), .adjust = take_flag },
};
