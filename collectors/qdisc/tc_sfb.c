/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SFB: Blue on a Bloom filter of flows (tc-sfb(8), net/sched/sch_sfb.c).
 */
#include <linux/pkt_sched.h>

#include "collectors/qdisc/tc_families.h"
#include "collectors/qdisc/tc_kind.h"

static const struct tc_field common_fields[] = {
	{ .family = TC_QDISC_LIMIT_PACKETS,
	  .source = TC_OPTION,
	  .attribute = TCA_SFB_PARMS,
	  TC_MEMBER(struct tc_sfb_qopt, limit) },
};

enum {
	REHASH,
	WARMUP,
	BUCKET_LIMIT,
	BUCKET_TARGET,
	INCREMENT,
	DECREMENT,
	PENALTY_RATE,
	PENALTY_BURST,
	EARLY_DROPS,
	PENALTY_DROPS,
	BUCKET_DROPS,
	QUEUE_DROPS,
	CHILD_DROPS,
	ECN_MARKS,
	FULLEST,
	MAX_PROBABILITY,
	MEAN_PROBABILITY,
};

static const struct metric_family families[] = {
	[REHASH] = {
		.name = "txpath_qdisc_sfb_rehash_interval_seconds",
		.help = "Time after which flows are hashed anew (rehash_interval of TCA_SFB_PARMS, rehash in tc -d qdisc).",
		.unit = METRIC_NSEC,
	},
	[WARMUP] = {
		.name = "txpath_qdisc_sfb_warmup_seconds",
		.help = "Time that the new hash is filled before (warmup_time of TCA_SFB_PARMS, db in tc -d qdisc).",
		.unit = METRIC_NSEC,
	},
	[BUCKET_LIMIT] = {
		.name = "txpath_qdisc_sfb_bucket_limit_packets",
		.help = "Packets that a bucket may have waiting (max of TCA_SFB_PARMS, max in tc -d qdisc).",
	},
	[BUCKET_TARGET] = {
		.name = "txpath_qdisc_sfb_bucket_target_packets",
		.help = "Packets in a bucket above which its drop probability grows (bin_size of TCA_SFB_PARMS, target in tc -d qdisc).",
	},
	[INCREMENT] = {
		.name = "txpath_qdisc_sfb_increment_ratio",
		.help = "How much a drop probability grows at once (increment of TCA_SFB_PARMS, increment in tc -d qdisc).",
		.unit = METRIC_DOUBLE,
	},
	[DECREMENT] = {
		.name = "txpath_qdisc_sfb_decrement_ratio",
		.help = "How much a drop probability falls at once (decrement of TCA_SFB_PARMS, decrement in tc -d qdisc).",
		.unit = METRIC_DOUBLE,
	},
	[PENALTY_RATE] = {
		.name = "txpath_qdisc_sfb_penalty_packets_per_second",
		.help = "Rate of the flows that do not respond (penalty_rate of TCA_SFB_PARMS, penalty_rate in tc -d qdisc).",
	},
	[PENALTY_BURST] = {
		.name = "txpath_qdisc_sfb_penalty_burst_packets",
		.help = "Packets that these may send at once (penalty_burst of TCA_SFB_PARMS, penalty_burst in tc -d qdisc).",
	},
	[EARLY_DROPS] = {
		.name = "txpath_qdisc_sfb_early_drops_total",
		.help = "Packets dropped at random (earlydrop of struct tc_sfb_xstats, earlydrop in tc -s qdisc).",
		.type = METRIC_COUNTER,
	},
	[PENALTY_DROPS] = {
		.name = "txpath_qdisc_sfb_penalty_drops_total",
		.help = "Packets dropped of flows that do not respond (penaltydrop of struct tc_sfb_xstats, penaltydrop in tc -s qdisc).",
		.type = METRIC_COUNTER,
	},
	[BUCKET_DROPS] = {
		.name = "txpath_qdisc_sfb_bucket_drops_total",
		.help = "Packets dropped as their bucket was full (bucketdrop of struct tc_sfb_xstats, bucketdrop in tc -s qdisc).",
		.type = METRIC_COUNTER,
	},
	[QUEUE_DROPS] = {
		.name = "txpath_qdisc_sfb_queue_drops_total",
		.help = "Packets dropped at the limit (queuedrop of struct tc_sfb_xstats, queuedrop in tc -s qdisc).",
		.type = METRIC_COUNTER,
	},
	[CHILD_DROPS] = {
		.name = "txpath_qdisc_sfb_child_drops_total",
		.help = "Packets dropped by the qdisc below (childdrop of struct tc_sfb_xstats, childdrop in tc -s qdisc).",
		.type = METRIC_COUNTER,
	},
	[ECN_MARKS] = {
		.name = "txpath_qdisc_sfb_ecn_marks_total",
		.help = "Packets marked rather than dropped (marked of struct tc_sfb_xstats, marked in tc -s qdisc).",
		.type = METRIC_COUNTER,
	},
	[FULLEST] = {
		.name = "txpath_qdisc_sfb_fullest_bucket_packets",
		.help = "Packets in the fullest bucket (maxqlen of struct tc_sfb_xstats, maxqlen in tc -s qdisc).",
	},
	[MAX_PROBABILITY] = {
		.name = "txpath_qdisc_sfb_largest_probability_ratio",
		.help = "Largest drop probability of a bucket (maxprob of struct tc_sfb_xstats, maxprob in tc -s qdisc).",
		.unit = METRIC_DOUBLE,
	},
	[MEAN_PROBABILITY] = {
		.name = "txpath_qdisc_sfb_mean_probability_ratio",
		.help = "Mean drop probability of the buckets (avgprob of struct tc_sfb_xstats, avgprob in tc -s qdisc).",
		.unit = METRIC_DOUBLE,
	},
};

static const struct tc_field fields[] = {
	{ .family = REHASH,
	  .source = TC_OPTION,
	  .attribute = TCA_SFB_PARMS,
	  TC_MEMBER(struct tc_sfb_qopt, rehash_interval),
	  .times = TC_MSEC },
	{ .family = WARMUP,
	  .source = TC_OPTION,
	  .attribute = TCA_SFB_PARMS,
	  TC_MEMBER(struct tc_sfb_qopt, warmup_time),
	  .times = TC_MSEC },
	{ .family = BUCKET_LIMIT,
	  .source = TC_OPTION,
	  .attribute = TCA_SFB_PARMS,
	  TC_MEMBER(struct tc_sfb_qopt, max) },
	{ .family = BUCKET_TARGET,
	  .source = TC_OPTION,
	  .attribute = TCA_SFB_PARMS,
	  TC_MEMBER(struct tc_sfb_qopt, bin_size) },
	{ .family = INCREMENT,
	  .source = TC_OPTION,
	  .attribute = TCA_SFB_PARMS,
	  TC_MEMBER(struct tc_sfb_qopt, increment),
	  .factor = 1. / SFB_MAX_PROB },
	{ .family = DECREMENT,
	  .source = TC_OPTION,
	  .attribute = TCA_SFB_PARMS,
	  TC_MEMBER(struct tc_sfb_qopt, decrement),
	  .factor = 1. / SFB_MAX_PROB },
	{ .family = PENALTY_RATE,
	  .source = TC_OPTION,
	  .attribute = TCA_SFB_PARMS,
	  TC_MEMBER(struct tc_sfb_qopt, penalty_rate) },
	{ .family = PENALTY_BURST,
	  .source = TC_OPTION,
	  .attribute = TCA_SFB_PARMS,
	  TC_MEMBER(struct tc_sfb_qopt, penalty_burst) },
	{ .family = EARLY_DROPS, .source = TC_XSTATS, TC_MEMBER(struct tc_sfb_xstats, earlydrop) },
	{ .family = PENALTY_DROPS,
	  .source = TC_XSTATS,
	  TC_MEMBER(struct tc_sfb_xstats, penaltydrop) },
	{ .family = BUCKET_DROPS,
	  .source = TC_XSTATS,
	  TC_MEMBER(struct tc_sfb_xstats, bucketdrop) },
	{ .family = QUEUE_DROPS, .source = TC_XSTATS, TC_MEMBER(struct tc_sfb_xstats, queuedrop) },
	{ .family = CHILD_DROPS, .source = TC_XSTATS, TC_MEMBER(struct tc_sfb_xstats, childdrop) },
	{ .family = ECN_MARKS, .source = TC_XSTATS, TC_MEMBER(struct tc_sfb_xstats, marked) },
	{ .family = FULLEST, .source = TC_XSTATS, TC_MEMBER(struct tc_sfb_xstats, maxqlen) },
	{ .family = MAX_PROBABILITY,
	  .source = TC_XSTATS,
	  TC_MEMBER(struct tc_sfb_xstats, maxprob),
	  .factor = 1. / SFB_MAX_PROB },
	{ .family = MEAN_PROBABILITY,
	  .source = TC_XSTATS,
	  TC_MEMBER(struct tc_sfb_xstats, avgprob),
	  .factor = 1. / SFB_MAX_PROB },
};

const struct tc_kind tc_sfb = {
	.name = "sfb",
	.qdisc_common = { TC_FIELDS(common_fields) },
	.qdisc_table = { { TC_QDISC_LABELS, "netns" }, TC_FAMILIES(families) },
	.qdisc = { TC_FIELDS(fields) },
};
