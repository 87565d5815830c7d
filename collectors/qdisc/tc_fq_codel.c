/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * FQ-CoDel: flows in turn, each with a CoDel queue (tc-fq_codel(8), net/sched/sch_fq_codel.c).
 */
#include <errno.h>
#include <linux/pkt_sched.h>

#include "collectors/qdisc/tc_families.h"
#include "collectors/qdisc/tc_kind.h"

static const struct tc_field common_fields[] = {
	{ .family = TC_QDISC_LIMIT_PACKETS,
	  .source = TC_OPTION,
	  .attribute = TCA_FQ_CODEL_LIMIT,
	  .size = 4 },
};

enum {
	TARGET,
	INTERVAL,
	CE_THRESHOLD,
	ECN,
	QUEUES,
	QUANTUM,
	MEMORY_LIMIT,
	DROP_BATCH,
	LARGEST,
	OVERLIMIT_DROPS,
	MEMORY_DROPS,
	ECN_MARKS,
	CE_MARKS,
	NEW_FLOWS,
	NEW_LIST,
	OLD_LIST,
	MEMORY,
	TYPE, /* of no family: what the statistics are of */
};

static const struct metric_family families[] = {
	[TARGET] = {
		.name = "txpath_qdisc_fq_codel_target_seconds",
		.help = "Delay that a queue may have for long (TCA_FQ_CODEL_TARGET, target in tc -d qdisc).",
		.unit = METRIC_NSEC,
	},
	[INTERVAL] = {
		.name = "txpath_qdisc_fq_codel_interval_seconds",
		.help = "Time that the delay may be above the target before packets are dropped or marked (TCA_FQ_CODEL_INTERVAL, interval in tc -d qdisc).",
		.unit = METRIC_NSEC,
	},
	[CE_THRESHOLD] = {
		.name = "txpath_qdisc_fq_codel_ce_threshold_seconds",
		.help = "Delay from which every packet that knows of ECN is marked, where set (TCA_FQ_CODEL_CE_THRESHOLD, ce_threshold in tc -d qdisc).",
		.unit = METRIC_NSEC,
	},
	[ECN] = {
		.name = "txpath_qdisc_fq_codel_ecn_enabled",
		.help = "Whether packets that know of it are marked rather than dropped (TCA_FQ_CODEL_ECN, ecn in tc -d qdisc).",
	},
	[QUEUES] = {
		.name = "txpath_qdisc_fq_codel_flow_queues",
		.help = "Queues that flows are hashed to (TCA_FQ_CODEL_FLOWS, flows in tc -d qdisc).",
	},
	[QUANTUM] = {
		.name = "txpath_qdisc_fq_codel_quantum_bytes",
		.help = "Bytes that a flow may send in its turn (TCA_FQ_CODEL_QUANTUM, quantum in tc -d qdisc).",
	},
	[MEMORY_LIMIT] = {
		.name = "txpath_qdisc_fq_codel_memory_limit_bytes",
		.help = "Memory that the packets may take (TCA_FQ_CODEL_MEMORY_LIMIT, memory_limit in tc -d qdisc).",
	},
	[DROP_BATCH] = {
		.name = "txpath_qdisc_fq_codel_drop_batch_packets",
		.help = "Most packets dropped at once of the longest queue when a limit is reached (TCA_FQ_CODEL_DROP_BATCH_SIZE, drop_batch in tc -d qdisc).",
	},
	[LARGEST] = {
		.name = "txpath_qdisc_fq_codel_largest_packet_bytes",
		.help = "Largest packet so far (maxpacket of struct tc_fq_codel_qd_stats, maxpacket in tc -s qdisc).",
	},
	[OVERLIMIT_DROPS] = {
		.name = "txpath_qdisc_fq_codel_overlimit_drops_total",
		.help = "Packets dropped at the limit (drop_overlimit of struct tc_fq_codel_qd_stats, drop_overlimit in tc -s qdisc).",
		.type = METRIC_COUNTER,
	},
	[MEMORY_DROPS] = {
		.name = "txpath_qdisc_fq_codel_memory_drops_total",
		.help = "Packets dropped at the memory limit (drop_overmemory of struct tc_fq_codel_qd_stats, drop_overmemory in tc -s qdisc).",
		.type = METRIC_COUNTER,
	},
	[ECN_MARKS] = {
		.name = "txpath_qdisc_fq_codel_ecn_marks_total",
		.help = "Packets marked rather than dropped (ecn_mark of struct tc_fq_codel_qd_stats, ecn_mark in tc -s qdisc).",
		.type = METRIC_COUNTER,
	},
	[CE_MARKS] = {
		.name = "txpath_qdisc_fq_codel_ce_marks_total",
		.help = "Packets marked as their delay was above the CE threshold (ce_mark of struct tc_fq_codel_qd_stats, ce_mark in tc -s qdisc).",
		.type = METRIC_COUNTER,
	},
	[NEW_FLOWS] = {
		.name = "txpath_qdisc_fq_codel_new_flows_total",
		.help = "Times that a packet began a flow (new_flow_count of struct tc_fq_codel_qd_stats, new_flow_count in tc -s qdisc).",
		.type = METRIC_COUNTER,
	},
	[NEW_LIST] = {
		.name = "txpath_qdisc_fq_codel_new_list_flows",
		.help = "Flows that have just begun, and go first (new_flows_len of struct tc_fq_codel_qd_stats, new_flows_len in tc -s qdisc).",
	},
	[OLD_LIST] = {
		.name = "txpath_qdisc_fq_codel_old_list_flows",
		.help = "Flows that have had their first turn (old_flows_len of struct tc_fq_codel_qd_stats, old_flows_len in tc -s qdisc).",
	},
	[MEMORY] = {
		.name = "txpath_qdisc_fq_codel_memory_bytes",
		.help = "Memory that the packets take (memory_usage of struct tc_fq_codel_qd_stats, memory_used in tc -s qdisc).",
	},
};

static const struct tc_field fields[] = {
	{ .family = TARGET,
	  .source = TC_OPTION,
	  .attribute = TCA_FQ_CODEL_TARGET,
	  .size = 4,
	  .times = TC_USEC },
	{ .family = INTERVAL,
	  .source = TC_OPTION,
	  .attribute = TCA_FQ_CODEL_INTERVAL,
	  .size = 4,
	  .times = TC_USEC },
	{ .family = CE_THRESHOLD,
	  .source = TC_OPTION,
	  .attribute = TCA_FQ_CODEL_CE_THRESHOLD,
	  .size = 4,
	  .times = TC_USEC },
	{ .family = ECN, .source = TC_OPTION, .attribute = TCA_FQ_CODEL_ECN, .size = 4 },
	{ .family = QUEUES, .source = TC_OPTION, .attribute = TCA_FQ_CODEL_FLOWS, .size = 4 },
	{ .family = QUANTUM, .source = TC_OPTION, .attribute = TCA_FQ_CODEL_QUANTUM, .size = 4 },
	{ .family = MEMORY_LIMIT,
	  .source = TC_OPTION,
	  .attribute = TCA_FQ_CODEL_MEMORY_LIMIT,
	  .size = 4 },
	{ .family = DROP_BATCH,
	  .source = TC_OPTION,
	  .attribute = TCA_FQ_CODEL_DROP_BATCH_SIZE,
	  .size = 4 },
	{ .family = LARGEST,
	  .source = TC_XSTATS,
	  TC_MEMBER(struct tc_fq_codel_xstats, qdisc_stats.maxpacket) },
	{ .family = OVERLIMIT_DROPS,
	  .source = TC_XSTATS,
	  TC_MEMBER(struct tc_fq_codel_xstats, qdisc_stats.drop_overlimit) },
	{ .family = MEMORY_DROPS,
	  .source = TC_XSTATS,
	  TC_MEMBER(struct tc_fq_codel_xstats, qdisc_stats.drop_overmemory) },
	{ .family = ECN_MARKS,
	  .source = TC_XSTATS,
	  TC_MEMBER(struct tc_fq_codel_xstats, qdisc_stats.ecn_mark) },
	{ .family = CE_MARKS,
	  .source = TC_XSTATS,
	  TC_MEMBER(struct tc_fq_codel_xstats, qdisc_stats.ce_mark) },
	{ .family = NEW_FLOWS,
	  .source = TC_XSTATS,
	  TC_MEMBER(struct tc_fq_codel_xstats, qdisc_stats.new_flow_count) },
	{ .family = NEW_LIST,
	  .source = TC_XSTATS,
	  TC_MEMBER(struct tc_fq_codel_xstats, qdisc_stats.new_flows_len) },
	{ .family = OLD_LIST,
	  .source = TC_XSTATS,
	  TC_MEMBER(struct tc_fq_codel_xstats, qdisc_stats.old_flows_len) },
	{ .family = MEMORY,
	  .source = TC_XSTATS,
	  TC_MEMBER(struct tc_fq_codel_xstats, qdisc_stats.memory_usage) },
	{ .family = TYPE, .source = TC_XSTATS, TC_MEMBER(struct tc_fq_codel_xstats, type) },
};

/* The statistics of a class, a flow, look otherwise. */
static int only_of_the_qdisc(struct tc_values *values)
{
	if (tc_values_have(values, TYPE) && values->of[TYPE].count != TCA_FQ_CODEL_XSTATS_QDISC)
		return -EBADMSG;
	return 0;
}

const struct tc_kind tc_fq_codel = {
	.name = "fq_codel",
	.classes = TC_CLASSES_FLOWS,
	.qdisc_common = { TC_FIELDS(common_fields) },
	.qdisc_table = { { TC_QDISC_LABELS, "netns" }, TC_FAMILIES(families) },
	.qdisc = { TC_FIELDS(fields), .adjust = only_of_the_qdisc },
};
