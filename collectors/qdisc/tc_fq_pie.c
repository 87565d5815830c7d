/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * FQ-PIE: flows in turn, each with a PIE queue (tc-fq_pie(8), net/sched/sch_fq_pie.c).
 */
#include <linux/pkt_sched.h>

#include "collectors/qdisc/tc_families.h"
#include "collectors/qdisc/tc_kind.h"

static const struct tc_field common_fields[] = {
	{ .family = TC_QDISC_LIMIT_PACKETS,
	  .source = TC_OPTION,
	  .attribute = TCA_FQ_PIE_LIMIT,
	  .size = 4 },
};

enum {
	TARGET,
	UPDATE,
	ALPHA,
	BETA,
	ECN,
	QUEUES,
	QUANTUM,
	MEMORY_LIMIT,
	ECN_PROBABILITY,
	PACKETS,
	EARLY_DROPS,
	OVERLIMIT_DROPS,
	MEMORY_DROPS,
	ECN_MARKS,
	NEW_FLOWS,
	NEW_LIST,
	OLD_LIST,
	MEMORY,
};

static const struct metric_family families[] = {
	[TARGET] = {
		.name = "txpath_qdisc_fq_pie_target_seconds",
		.help = "Delay that is aimed at (TCA_FQ_PIE_TARGET, target in tc -d qdisc).",
		.unit = METRIC_NSEC,
	},
	[UPDATE] = {
		.name = "txpath_qdisc_fq_pie_update_interval_seconds",
		.help = "Time between two computations of the drop probability (TCA_FQ_PIE_TUPDATE, tupdate in tc -d qdisc).",
		.unit = METRIC_NSEC,
	},
	[ALPHA] = {
		.name = "txpath_qdisc_fq_pie_alpha",
		.help = "Weight of how far the delay is from the target (TCA_FQ_PIE_ALPHA, alpha in tc -d qdisc).",
	},
	[BETA] = {
		.name = "txpath_qdisc_fq_pie_beta",
		.help = "Weight of how the delay changes (TCA_FQ_PIE_BETA, beta in tc -d qdisc).",
	},
	[ECN] = {
		.name = "txpath_qdisc_fq_pie_ecn_enabled",
		.help = "Whether packets that know of it are marked rather than dropped (TCA_FQ_PIE_ECN, ecn in tc -d qdisc).",
	},
	[QUEUES] = {
		.name = "txpath_qdisc_fq_pie_flow_queues",
		.help = "Queues that flows are hashed to (TCA_FQ_PIE_FLOWS, flows in tc -d qdisc).",
	},
	[QUANTUM] = {
		.name = "txpath_qdisc_fq_pie_quantum_bytes",
		.help = "Bytes that a flow may send in its turn (TCA_FQ_PIE_QUANTUM, quantum in tc -d qdisc).",
	},
	[MEMORY_LIMIT] = {
		.name = "txpath_qdisc_fq_pie_memory_limit_bytes",
		.help = "Memory that the packets may take (TCA_FQ_PIE_MEMORY_LIMIT, memory_limit in tc -d qdisc).",
	},
	[ECN_PROBABILITY] = {
		.name = "txpath_qdisc_fq_pie_ecn_probability_ratio",
		.help = "Drop probability above which packets are dropped rather than marked (TCA_FQ_PIE_ECN_PROB, ecn_prob in tc -d qdisc).",
		.unit = METRIC_DOUBLE,
	},
	[PACKETS] = {
		.name = "txpath_qdisc_fq_pie_enqueued_packets_total",
		.help = "Packets taken in (packets_in of struct tc_fq_pie_xstats, pkts_in in tc -s qdisc).",
		.type = METRIC_COUNTER,
	},
	[EARLY_DROPS] = {
		.name = "txpath_qdisc_fq_pie_drops_total",
		.help = "Packets dropped, at a limit too (dropped of struct tc_fq_pie_xstats, dropped in tc -s qdisc).",
		.type = METRIC_COUNTER,
	},
	[OVERLIMIT_DROPS] = {
		.name = "txpath_qdisc_fq_pie_overlimit_drops_total",
		.help = "Packets dropped at the limit (overlimit of struct tc_fq_pie_xstats, overlimit in tc -s qdisc).",
		.type = METRIC_COUNTER,
	},
	[MEMORY_DROPS] = {
		.name = "txpath_qdisc_fq_pie_memory_drops_total",
		.help = "Packets dropped at the memory limit (overmemory of struct tc_fq_pie_xstats, overmemory in tc -s qdisc).",
		.type = METRIC_COUNTER,
	},
	[ECN_MARKS] = {
		.name = "txpath_qdisc_fq_pie_ecn_marks_total",
		.help = "Packets marked rather than dropped (ecn_mark of struct tc_fq_pie_xstats, ecn_mark in tc -s qdisc).",
		.type = METRIC_COUNTER,
	},
	[NEW_FLOWS] = {
		.name = "txpath_qdisc_fq_pie_new_flows_total",
		.help = "Times that a packet began a flow (new_flow_count of struct tc_fq_pie_xstats, new_flow_count in tc -s qdisc).",
		.type = METRIC_COUNTER,
	},
	[NEW_LIST] = {
		.name = "txpath_qdisc_fq_pie_new_list_flows",
		.help = "Flows that have just begun, and go first (new_flows_len of struct tc_fq_pie_xstats, new_flows_len in tc -s qdisc).",
	},
	[OLD_LIST] = {
		.name = "txpath_qdisc_fq_pie_old_list_flows",
		.help = "Flows that have had their first turn (old_flows_len of struct tc_fq_pie_xstats, old_flows_len in tc -s qdisc).",
	},
	[MEMORY] = {
		.name = "txpath_qdisc_fq_pie_memory_bytes",
		.help = "Memory that the packets take (memory_usage of struct tc_fq_pie_xstats, memory_used in tc -s qdisc).",
	},
};

static const struct tc_field fields[] = {
	{ .family = TARGET,
	  .source = TC_OPTION,
	  .attribute = TCA_FQ_PIE_TARGET,
	  .size = 4,
	  .times = TC_USEC },
	{ .family = UPDATE,
	  .source = TC_OPTION,
	  .attribute = TCA_FQ_PIE_TUPDATE,
	  .size = 4,
	  .times = TC_USEC },
	{ .family = ALPHA, .source = TC_OPTION, .attribute = TCA_FQ_PIE_ALPHA, .size = 4 },
	{ .family = BETA, .source = TC_OPTION, .attribute = TCA_FQ_PIE_BETA, .size = 4 },
	{ .family = ECN, .source = TC_OPTION, .attribute = TCA_FQ_PIE_ECN, .size = 4 },
	{ .family = QUEUES, .source = TC_OPTION, .attribute = TCA_FQ_PIE_FLOWS, .size = 4 },
	{ .family = QUANTUM, .source = TC_OPTION, .attribute = TCA_FQ_PIE_QUANTUM, .size = 4 },
	{ .family = MEMORY_LIMIT,
	  .source = TC_OPTION,
	  .attribute = TCA_FQ_PIE_MEMORY_LIMIT,
	  .size = 4 },
	{ .family = ECN_PROBABILITY,
	  .source = TC_OPTION,
	  .attribute = TCA_FQ_PIE_ECN_PROB,
	  .size = 4,
	  .factor = 0.01 },
	{ .family = PACKETS, .source = TC_XSTATS, TC_MEMBER(struct tc_fq_pie_xstats, packets_in) },
	{ .family = EARLY_DROPS, .source = TC_XSTATS, TC_MEMBER(struct tc_fq_pie_xstats, dropped) },
	{ .family = OVERLIMIT_DROPS,
	  .source = TC_XSTATS,
	  TC_MEMBER(struct tc_fq_pie_xstats, overlimit) },
	{ .family = MEMORY_DROPS,
	  .source = TC_XSTATS,
	  TC_MEMBER(struct tc_fq_pie_xstats, overmemory) },
	{ .family = ECN_MARKS, .source = TC_XSTATS, TC_MEMBER(struct tc_fq_pie_xstats, ecn_mark) },
	{ .family = NEW_FLOWS,
	  .source = TC_XSTATS,
	  TC_MEMBER(struct tc_fq_pie_xstats, new_flow_count) },
	{ .family = NEW_LIST,
	  .source = TC_XSTATS,
	  TC_MEMBER(struct tc_fq_pie_xstats, new_flows_len) },
	{ .family = OLD_LIST,
	  .source = TC_XSTATS,
	  TC_MEMBER(struct tc_fq_pie_xstats, old_flows_len) },
	{ .family = MEMORY, .source = TC_XSTATS, TC_MEMBER(struct tc_fq_pie_xstats, memory_usage) },
};

const struct tc_kind tc_fq_pie = {
	.name = "fq_pie",
	.qdisc_common = { TC_FIELDS(common_fields) },
	.qdisc_table = { { TC_QDISC_LABELS, "netns" }, TC_FAMILIES(families) },
	.qdisc = { TC_FIELDS(fields) },
};
