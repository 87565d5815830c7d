/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SFQ: flows in turn, each with a queue that may be a RED (tc-sfq(8), net/sched/sch_sfq.c). What it
 * has counted is among its options; without RED these have no limits, and nothing is counted.
 */
#include <linux/pkt_sched.h>

#include "collectors/qdisc/tc_families.h"
#include "collectors/qdisc/tc_kind.h"

static const struct tc_field common_fields[] = {
	{ .family = TC_QDISC_LIMIT_PACKETS,
	  .source = TC_OPTIONS,
	  TC_MEMBER(struct tc_sfq_qopt, limit) },
};

enum {
	QUANTUM,
	PERTURB,
	BUCKETS,
	FLOWS,
	DEPTH,
	HEAD_DROP,
	MINIMUM,
	MAXIMUM,
	PROBABILITY,
	EARLY_DROPS,
	FORCED_DROPS,
	EARLY_MARKS,
	FORCED_MARKS,
	EARLY_HEAD_MARKS,
	FORCED_HEAD_MARKS,
};

static const struct metric_family families[] = {
	[QUANTUM] = {
		.name = "txpath_qdisc_sfq_quantum_bytes",
		.help = "Bytes that a flow may send in its turn (quantum of struct tc_sfq_qopt, quantum in tc -d qdisc).",
	},
	[PERTURB] = {
		.name = "txpath_qdisc_sfq_perturb_period_seconds",
		.help = "Time after which flows are hashed anew, where set (perturb_period of struct tc_sfq_qopt, perturb in tc -d qdisc).",
		.unit = METRIC_NSEC,
	},
	[BUCKETS] = {
		.name = "txpath_qdisc_sfq_buckets",
		.help = "Buckets that flows are hashed to (divisor of struct tc_sfq_qopt, divisor in tc -d qdisc).",
	},
	[FLOWS] = {
		.name = "txpath_qdisc_sfq_flows_limit",
		.help = "Flows that there may be (flows of struct tc_sfq_qopt, flows in tc -d qdisc).",
	},
	[DEPTH] = {
		.name = "txpath_qdisc_sfq_flow_limit_packets",
		.help = "Packets that one flow may have waiting (depth of struct tc_sfq_qopt_v1, depth in tc -d qdisc).",
	},
	[HEAD_DROP] = {
		.name = "txpath_qdisc_sfq_head_drop_enabled",
		.help = "Whether packets are dropped at the head of the queue (headdrop of struct tc_sfq_qopt_v1, headdrop in tc -d qdisc).",
	},
	[MINIMUM] = {
		.name = "txpath_qdisc_sfq_minimum_bytes",
		.help = "Mean queue length from which RED drops or marks packets (qth_min of struct tc_sfq_qopt_v1, min in tc -d qdisc).",
	},
	[MAXIMUM] = {
		.name = "txpath_qdisc_sfq_maximum_bytes",
		.help = "Mean queue length from which RED drops or marks all packets (qth_max of struct tc_sfq_qopt_v1, max in tc -d qdisc).",
	},
	[PROBABILITY] = {
		.name = "txpath_qdisc_sfq_maximum_probability_ratio",
		.help = "Probability of a drop or mark at the maximum (max_P of struct tc_sfq_qopt_v1, probability in tc -d qdisc).",
		.unit = METRIC_DOUBLE,
	},
	[EARLY_DROPS] = {
		.name = "txpath_qdisc_sfq_early_drops_total",
		.help = "Packets dropped by RED below the maximum (prob_drop of struct tc_sfqred_stats, prob_drop in tc -d qdisc).",
		.type = METRIC_COUNTER,
	},
	[FORCED_DROPS] = {
		.name = "txpath_qdisc_sfq_forced_drops_total",
		.help = "Packets dropped by RED above the maximum (forced_drop of struct tc_sfqred_stats, forced_drop in tc -d qdisc).",
		.type = METRIC_COUNTER,
	},
	[EARLY_MARKS] = {
		.name = "txpath_qdisc_sfq_early_marks_total",
		.help = "Packets marked by RED below the maximum (prob_mark of struct tc_sfqred_stats, prob_mark in tc -d qdisc).",
		.type = METRIC_COUNTER,
	},
	[FORCED_MARKS] = {
		.name = "txpath_qdisc_sfq_forced_marks_total",
		.help = "Packets marked by RED above the maximum (forced_mark of struct tc_sfqred_stats, forced_mark in tc -d qdisc).",
		.type = METRIC_COUNTER,
	},
	[EARLY_HEAD_MARKS] = {
		.name = "txpath_qdisc_sfq_early_head_marks_total",
		.help = "Packets at the head marked by RED below the maximum (prob_mark_head of struct tc_sfqred_stats, prob_mark_head in tc -d qdisc).",
		.type = METRIC_COUNTER,
	},
	[FORCED_HEAD_MARKS] = {
		.name = "txpath_qdisc_sfq_forced_head_marks_total",
		.help = "Packets at the head marked by RED above the maximum (forced_mark_head of struct tc_sfqred_stats, forced_mark_head in tc -d qdisc).",
		.type = METRIC_COUNTER,
	},
};

static const struct tc_field fields[] = {
	{ .family = QUANTUM, .source = TC_OPTIONS, TC_MEMBER(struct tc_sfq_qopt, quantum) },
	{ .family = PERTURB,
	  .source = TC_OPTIONS,
	  TC_MEMBER(struct tc_sfq_qopt, perturb_period),
	  .unless_zero = true,
	  .times = 1000000000 },
	{ .family = BUCKETS, .source = TC_OPTIONS, TC_MEMBER(struct tc_sfq_qopt, divisor) },
	{ .family = FLOWS, .source = TC_OPTIONS, TC_MEMBER(struct tc_sfq_qopt, flows) },
	{ .family = DEPTH,
	  .source = TC_OPTIONS,
	  TC_MEMBER(struct tc_sfq_qopt_v1, depth),
	  .is_later = true },
	{ .family = HEAD_DROP,
	  .source = TC_OPTIONS,
	  TC_MEMBER(struct tc_sfq_qopt_v1, headdrop),
	  .is_later = true },
	{ .family = MINIMUM,
	  .source = TC_OPTIONS,
	  TC_MEMBER(struct tc_sfq_qopt_v1, qth_min),
	  .is_later = true,
	  .unless_zero = true },
	{ .family = MAXIMUM,
	  .source = TC_OPTIONS,
	  TC_MEMBER(struct tc_sfq_qopt_v1, qth_max),
	  .is_later = true,
	  .unless_zero = true },
	{ .family = PROBABILITY,
	  .source = TC_OPTIONS,
	  TC_MEMBER(struct tc_sfq_qopt_v1, max_P),
	  .is_later = true,
	  .unless_zero = true,
	  .factor = 0x1p-32 },
	{ .family = EARLY_DROPS,
	  .source = TC_OPTIONS,
	  TC_MEMBER(struct tc_sfq_qopt_v1, stats.prob_drop),
	  .is_later = true },
	{ .family = FORCED_DROPS,
	  .source = TC_OPTIONS,
	  TC_MEMBER(struct tc_sfq_qopt_v1, stats.forced_drop),
	  .is_later = true },
	{ .family = EARLY_MARKS,
	  .source = TC_OPTIONS,
	  TC_MEMBER(struct tc_sfq_qopt_v1, stats.prob_mark),
	  .is_later = true },
	{ .family = FORCED_MARKS,
	  .source = TC_OPTIONS,
	  TC_MEMBER(struct tc_sfq_qopt_v1, stats.forced_mark),
	  .is_later = true },
	{ .family = EARLY_HEAD_MARKS,
	  .source = TC_OPTIONS,
	  TC_MEMBER(struct tc_sfq_qopt_v1, stats.prob_mark_head),
	  .is_later = true },
	{ .family = FORCED_HEAD_MARKS,
	  .source = TC_OPTIONS,
	  TC_MEMBER(struct tc_sfq_qopt_v1, stats.forced_mark_head),
	  .is_later = true },
};

/* Nothing was counted for what there is not. */
static int only_with_red(struct tc_values *values)
{
	for (unsigned family = EARLY_DROPS; family <= FORCED_HEAD_MARKS; family++)
		if (!tc_values_have(values, MAXIMUM))
			tc_values_drop(values, family);
	if (!tc_values_have(values, MAXIMUM))
		tc_values_drop(values, PROBABILITY);
	return 0;
}

const struct tc_kind tc_sfq = {
	.name = "sfq",
	.classes = TC_CLASSES_FLOWS,
	.qdisc_common = { TC_FIELDS(common_fields) },
	.qdisc_table = { { TC_QDISC_LABELS, "netns" }, TC_FAMILIES(families) },
	.qdisc = { TC_FIELDS(fields), .adjust = only_with_red },
};
