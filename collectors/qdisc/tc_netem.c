/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * netem: a network that is slower and worse (tc-netem(8), net/sched/sch_netem.c). Its options are a
 * structure with attributes behind it, which say some things again with more bits.
 */
#include <linux/pkt_sched.h>

#include "collectors/qdisc/tc_families.h"
#include "collectors/qdisc/tc_kind.h"

static const struct tc_field common_fields[] = {
	{ .family = TC_QDISC_LIMIT_PACKETS,
	  .source = TC_OPTIONS,
	  TC_MEMBER(struct tc_netem_qopt, limit) },
};

enum {
	DELAY,
	JITTER,
	LOSS,
	DUPLICATE,
	REORDER,
	CORRUPT,
	GAP,
	RATE,
	ECN,
};

static const struct metric_family families[] = {
	[DELAY] = {
		.name = "txpath_qdisc_netem_delay_seconds",
		.help = "Delay added to packets (latency of struct tc_netem_qopt, TCA_NETEM_LATENCY64, delay in tc -d qdisc).",
		.unit = METRIC_NSEC,
	},
	[JITTER] = {
		.name = "txpath_qdisc_netem_jitter_seconds",
		.help = "How far the delay varies (jitter of struct tc_netem_qopt, TCA_NETEM_JITTER64, delay in tc -d qdisc).",
		.unit = METRIC_NSEC,
	},
	[LOSS] = {
		.name = "txpath_qdisc_netem_loss_ratio",
		.help = "Packets lost at random (loss of struct tc_netem_qopt, loss in tc -d qdisc).",
		.unit = METRIC_DOUBLE,
	},
	[DUPLICATE] = {
		.name = "txpath_qdisc_netem_duplicate_ratio",
		.help = "Packets sent twice (duplicate of struct tc_netem_qopt, duplicate in tc -d qdisc).",
		.unit = METRIC_DOUBLE,
	},
	[REORDER] = {
		.name = "txpath_qdisc_netem_reorder_ratio",
		.help = "Packets sent at once (TCA_NETEM_REORDER, reorder in tc -d qdisc).",
		.unit = METRIC_DOUBLE,
	},
	[CORRUPT] = {
		.name = "txpath_qdisc_netem_corrupt_ratio",
		.help = "Packets with a bit changed (TCA_NETEM_CORRUPT, corrupt in tc -d qdisc).",
		.unit = METRIC_DOUBLE,
	},
	[GAP] = {
		.name = "txpath_qdisc_netem_gap_packets",
		.help = "Of how many packets one may be sent at once (gap of struct tc_netem_qopt, gap in tc -d qdisc).",
	},
	[RATE] = {
		.name = "txpath_qdisc_netem_rate_bytes_per_second",
		.help = "Rate at which packets are sent, where set (TCA_NETEM_RATE, TCA_NETEM_RATE64, rate in tc -d qdisc).",
	},
	[ECN] = {
		.name = "txpath_qdisc_netem_ecn_enabled",
		.help = "Whether packets that know of it are marked rather than lost (TCA_NETEM_ECN, ecn in tc -d qdisc).",
	},
};

static const struct tc_field fields[] = {
	{ .family = DELAY,
	  .source = TC_OPTIONS,
	  TC_MEMBER(struct tc_netem_qopt, latency),
	  .times = TC_TICKS },
	{ .family = DELAY, .source = TC_OPTION, .attribute = TCA_NETEM_LATENCY64, .size = 8 },
	{ .family = JITTER,
	  .source = TC_OPTIONS,
	  TC_MEMBER(struct tc_netem_qopt, jitter),
	  .times = TC_TICKS },
	{ .family = JITTER, .source = TC_OPTION, .attribute = TCA_NETEM_JITTER64, .size = 8 },
	{ .family = LOSS,
	  .source = TC_OPTIONS,
	  TC_MEMBER(struct tc_netem_qopt, loss),
	  .factor = 1. / UINT32_MAX },
	{ .family = DUPLICATE,
	  .source = TC_OPTIONS,
	  TC_MEMBER(struct tc_netem_qopt, duplicate),
	  .factor = 1. / UINT32_MAX },
	{ .family = REORDER,
	  .source = TC_OPTION,
	  .attribute = TCA_NETEM_REORDER,
	  TC_MEMBER(struct tc_netem_reorder, probability),
	  .factor = 1. / UINT32_MAX },
	{ .family = CORRUPT,
	  .source = TC_OPTION,
	  .attribute = TCA_NETEM_CORRUPT,
	  TC_MEMBER(struct tc_netem_corrupt, probability),
	  .factor = 1. / UINT32_MAX },
	{ .family = GAP, .source = TC_OPTIONS, TC_MEMBER(struct tc_netem_qopt, gap) },
	{ .family = RATE,
	  .source = TC_OPTION,
	  .attribute = TCA_NETEM_RATE,
	  TC_MEMBER(struct tc_netem_rate, rate),
	  .unless_zero = true },
	{ .family = RATE, .source = TC_OPTION, .attribute = TCA_NETEM_RATE64, .size = 8 },
	{ .family = ECN, .source = TC_OPTION, .attribute = TCA_NETEM_ECN, .size = 4 },
};

const struct tc_kind tc_netem = {
	.name = "netem",
	.options_header = sizeof(struct tc_netem_qopt),
	.qdisc_common = { TC_FIELDS(common_fields) },
	.qdisc_table = { { TC_QDISC_LABELS, "netns" }, TC_FAMILIES(families) },
	.qdisc = { TC_FIELDS(fields) },
};
