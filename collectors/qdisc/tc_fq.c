/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fair queueing with pacing (tc-fq(8), net/sched/sch_fq.c). Its statistics have grown: what a
 * kernel does not have yet lies beyond their end. Since Linux 6.7 there are three bands of
 * priorities.
 */
#include <errno.h>
#include <linux/pkt_sched.h>

#include "collectors/qdisc/tc_families.h"
#include "collectors/qdisc/tc_fq.h"
#include "collectors/qdisc/tc_kind.h"

static const struct tc_field common_fields[] = {
	{ .family = TC_QDISC_LIMIT_PACKETS,
	  .source = TC_OPTION,
	  .attribute = TCA_FQ_PLIMIT,
	  .size = 4 },
};

enum {
	FLOW_LIMIT,
	QUEUES,
	QUANTUM,
	INITIAL_QUANTUM,
	PACING,
	MAX_RATE,
	LOW_RATE,
	REFILL_DELAY,
	TIMER_SLACK,
	CE_THRESHOLD,
	HORIZON,
	HORIZON_DROP,
	FLOWS,
	INACTIVE,
	THROTTLED,
	THROTTLES,
	LATENCY,
	HIGH_PRIORITY,
	FASTPATH,
	COLLECTED,
	FLOW_DROPS,
	TOO_LONG,
	ALLOCATIONS,
	CE_MARKS,
	HORIZON_DROPS,
	HORIZON_CAPS,
};

static const struct metric_family families[] = {
	[FLOW_LIMIT] = {
		.name = "txpath_qdisc_fq_flow_limit_packets",
		.help = "Packets that one flow may have waiting (TCA_FQ_FLOW_PLIMIT, flow_limit in tc -d qdisc).",
	},
	[QUEUES] = {
		.name = "txpath_qdisc_fq_buckets",
		.help = "Buckets that flows are hashed to (TCA_FQ_BUCKETS_LOG, buckets in tc -d qdisc).",
	},
	[QUANTUM] = {
		.name = "txpath_qdisc_fq_quantum_bytes",
		.help = "Bytes that a flow may send in its turn (TCA_FQ_QUANTUM, quantum in tc -d qdisc).",
	},
	[INITIAL_QUANTUM] = {
		.name = "txpath_qdisc_fq_initial_quantum_bytes",
		.help = "Bytes that a new flow may send at once (TCA_FQ_INITIAL_QUANTUM, initial_quantum in tc -d qdisc).",
	},
	[PACING] = {
		.name = "txpath_qdisc_fq_pacing_enabled",
		.help = "Whether flows are paced (TCA_FQ_RATE_ENABLE, nopacing in tc -d qdisc when not).",
	},
	[MAX_RATE] = {
		.name = "txpath_qdisc_fq_flow_rate_limit_bytes_per_second",
		.help = "Rate that no flow may exceed, where set (TCA_FQ_FLOW_MAX_RATE, maxrate in tc -d qdisc).",
	},
	[LOW_RATE] = {
		.name = "txpath_qdisc_fq_low_rate_threshold_bytes_per_second",
		.help = "Rate below which a flow sends packet by packet (TCA_FQ_LOW_RATE_THRESHOLD, low_rate_threshold in tc -d qdisc).",
	},
	[REFILL_DELAY] = {
		.name = "txpath_qdisc_fq_refill_delay_seconds",
		.help = "Time of silence after which a flow is a new one (TCA_FQ_FLOW_REFILL_DELAY, refill_delay in tc -d qdisc).",
		.unit = METRIC_NSEC,
	},
	[TIMER_SLACK] = {
		.name = "txpath_qdisc_fq_timer_slack_seconds",
		.help = "Time by which the pacing timer may be late (TCA_FQ_TIMER_SLACK, timer_slack in tc -d qdisc).",
		.unit = METRIC_NSEC,
	},
	[CE_THRESHOLD] = {
		.name = "txpath_qdisc_fq_ce_threshold_seconds",
		.help = "Delay from which every packet that knows of ECN is marked, where set (TCA_FQ_CE_THRESHOLD, ce_threshold in tc -d qdisc).",
		.unit = METRIC_NSEC,
	},
	[HORIZON] = {
		.name = "txpath_qdisc_fq_horizon_seconds",
		.help = "How far ahead a packet may be told to be sent (TCA_FQ_HORIZON, horizon in tc -d qdisc).",
		.unit = METRIC_NSEC,
	},
	[HORIZON_DROP] = {
		.name = "txpath_qdisc_fq_horizon_drop_enabled",
		.help = "Whether a packet beyond the horizon is dropped, or else sent at it (TCA_FQ_HORIZON_DROP, horizon_drop in tc -d qdisc).",
	},
	[FLOWS] = {
		.name = "txpath_qdisc_fq_flows",
		.help = "Flows that are known (flows of struct tc_fq_qd_stats, flows in tc -s qdisc).",
	},
	[INACTIVE] = {
		.name = "txpath_qdisc_fq_inactive_flows",
		.help = "Flows without packets (inactive_flows of struct tc_fq_qd_stats, inactive in tc -s qdisc).",
	},
	[THROTTLED] = {
		.name = "txpath_qdisc_fq_throttled_flows",
		.help = "Flows that wait for their time (throttled_flows of struct tc_fq_qd_stats, throttled in tc -s qdisc).",
	},
	[THROTTLES] = {
		.name = "txpath_qdisc_fq_throttles_total",
		.help = "Times that a flow was made to wait for its time (throttled of struct tc_fq_qd_stats, the second throttled in tc -s qdisc).",
		.type = METRIC_COUNTER,
	},
	[LATENCY] = {
		.name = "txpath_qdisc_fq_unthrottle_latency_seconds",
		.help = "Mean time by which the pacing timer is late (unthrottle_latency_ns of struct tc_fq_qd_stats, latency in tc -s qdisc).",
		.unit = METRIC_NSEC,
	},
	[HIGH_PRIORITY] = {
		.name = "txpath_qdisc_fq_high_priority_packets_total",
		.help = "Packets sent before all others (highprio_packets of struct tc_fq_qd_stats, highprio in tc -s qdisc).",
		.type = METRIC_COUNTER,
	},
	[FASTPATH] = {
		.name = "txpath_qdisc_fq_fast_path_packets_total",
		.help = "Packets that needed no flow, as nothing waited (fastpath_packets of struct tc_fq_qd_stats, fastpath in tc -s qdisc).",
		.type = METRIC_COUNTER,
	},
	[COLLECTED] = {
		.name = "txpath_qdisc_fq_collected_flows_total",
		.help = "Idle flows that were forgotten (gc_flows of struct tc_fq_qd_stats, gc in tc -s qdisc).",
		.type = METRIC_COUNTER,
	},
	[FLOW_DROPS] = {
		.name = "txpath_qdisc_fq_flow_limit_drops_total",
		.help = "Packets dropped as their flow had too many waiting (flows_plimit of struct tc_fq_qd_stats, flows_plimit in tc -s qdisc).",
		.type = METRIC_COUNTER,
	},
	[TOO_LONG] = {
		.name = "txpath_qdisc_fq_too_long_packets_total",
		.help = "Packets that would have taken longer than a second at their rate (pkts_too_long of struct tc_fq_qd_stats, too long pkts in tc -s qdisc).",
		.type = METRIC_COUNTER,
	},
	[ALLOCATIONS] = {
		.name = "txpath_qdisc_fq_allocation_errors_total",
		.help = "Times that there was no memory for a flow (allocation_errors of struct tc_fq_qd_stats, alloc errors in tc -s qdisc).",
		.type = METRIC_COUNTER,
	},
	[CE_MARKS] = {
		.name = "txpath_qdisc_fq_ce_marks_total",
		.help = "Packets marked as their delay was above the CE threshold (ce_mark of struct tc_fq_qd_stats, ce_mark in tc -s qdisc).",
		.type = METRIC_COUNTER,
	},
	[HORIZON_DROPS] = {
		.name = "txpath_qdisc_fq_horizon_drops_total",
		.help = "Packets dropped beyond the horizon (horizon_drops of struct tc_fq_qd_stats, horizon_drops in tc -s qdisc).",
		.type = METRIC_COUNTER,
	},
	[HORIZON_CAPS] = {
		.name = "txpath_qdisc_fq_horizon_caps_total",
		.help = "Packets sent at the horizon that were told to be sent beyond it (horizon_caps of struct tc_fq_qd_stats, horizon_caps in tc -s qdisc).",
		.type = METRIC_COUNTER,
	},
};

static const struct tc_field fields[] = {
	{ .family = FLOW_LIMIT, .source = TC_OPTION, .attribute = TCA_FQ_FLOW_PLIMIT, .size = 4 },
	{ .family = QUEUES, .source = TC_OPTION, .attribute = TCA_FQ_BUCKETS_LOG, .size = 4 },
	{ .family = QUANTUM, .source = TC_OPTION, .attribute = TCA_FQ_QUANTUM, .size = 4 },
	{ .family = INITIAL_QUANTUM,
	  .source = TC_OPTION,
	  .attribute = TCA_FQ_INITIAL_QUANTUM,
	  .size = 4 },
	{ .family = PACING, .source = TC_OPTION, .attribute = TCA_FQ_RATE_ENABLE, .size = 4 },
	{ .family = MAX_RATE,
	  .source = TC_OPTION,
	  .attribute = TCA_FQ_FLOW_MAX_RATE,
	  .size = 4,
	  .unless_largest = true },
	{ .family = LOW_RATE,
	  .source = TC_OPTION,
	  .attribute = TCA_FQ_LOW_RATE_THRESHOLD,
	  .size = 4 },
	{ .family = REFILL_DELAY,
	  .source = TC_OPTION,
	  .attribute = TCA_FQ_FLOW_REFILL_DELAY,
	  .size = 4,
	  .times = TC_USEC },
	{ .family = TIMER_SLACK, .source = TC_OPTION, .attribute = TCA_FQ_TIMER_SLACK, .size = 4 },
	{ .family = CE_THRESHOLD,
	  .source = TC_OPTION,
	  .attribute = TCA_FQ_CE_THRESHOLD,
	  .size = 4,
	  .unless_largest = true,
	  .times = TC_USEC },
	{ .family = HORIZON,
	  .source = TC_OPTION,
	  .attribute = TCA_FQ_HORIZON,
	  .size = 4,
	  .times = TC_USEC },
	{ .family = HORIZON_DROP,
	  .source = TC_OPTION,
	  .attribute = TCA_FQ_HORIZON_DROP,
	  .size = 1 },
	{ .family = FLOWS, .source = TC_XSTATS, TC_MEMBER(struct tc_fq_stats, flows) },
	{ .family = INACTIVE, .source = TC_XSTATS, TC_MEMBER(struct tc_fq_stats, inactive_flows) },
	{ .family = THROTTLED,
	  .source = TC_XSTATS,
	  TC_MEMBER(struct tc_fq_stats, throttled_flows) },
	{ .family = THROTTLES, .source = TC_XSTATS, TC_MEMBER(struct tc_fq_stats, throttled) },
	{ .family = LATENCY,
	  .source = TC_XSTATS,
	  TC_MEMBER(struct tc_fq_stats, unthrottle_latency_ns) },
	{ .family = HIGH_PRIORITY,
	  .source = TC_XSTATS,
	  TC_MEMBER(struct tc_fq_stats, highprio_packets) },
	{ .family = FASTPATH,
	  .source = TC_XSTATS,
	  TC_MEMBER(struct tc_fq_stats, fastpath_packets),
	  .is_later = true },
	{ .family = COLLECTED, .source = TC_XSTATS, TC_MEMBER(struct tc_fq_stats, gc_flows) },
	{ .family = FLOW_DROPS, .source = TC_XSTATS, TC_MEMBER(struct tc_fq_stats, flows_plimit) },
	{ .family = TOO_LONG, .source = TC_XSTATS, TC_MEMBER(struct tc_fq_stats, pkts_too_long) },
	{ .family = ALLOCATIONS,
	  .source = TC_XSTATS,
	  TC_MEMBER(struct tc_fq_stats, allocation_errors) },
	{ .family = CE_MARKS,
	  .source = TC_XSTATS,
	  TC_MEMBER(struct tc_fq_stats, ce_mark),
	  .is_later = true },
	{ .family = HORIZON_DROPS,
	  .source = TC_XSTATS,
	  TC_MEMBER(struct tc_fq_stats, horizon_drops),
	  .is_later = true },
	{ .family = HORIZON_CAPS,
	  .source = TC_XSTATS,
	  TC_MEMBER(struct tc_fq_stats, horizon_caps),
	  .is_later = true },
};

/* The kernel tells the logarithm. */
static int count_buckets(struct tc_values *values)
{
	if (!tc_values_have(values, QUEUES))
		return 0;
	if (values->of[QUEUES].count >= 64)
		return -EBADMSG;
	values->of[QUEUES].count = UINT64_C(1) << values->of[QUEUES].count;
	return 0;
}

const struct tc_kind tc_fq = {
	.name = "fq",
	.qdisc_common = { TC_FIELDS(common_fields) },
	.qdisc_table = { { TC_QDISC_LABELS, "netns" }, TC_FAMILIES(families) },
	.qdisc = { TC_FIELDS(fields), .adjust = count_buckets },
	.parts_table = { { TC_QDISC_LABELS, "band", "netns" },
	                 tc_fq_band_families,
	                 TC_FQ_BAND_FAMILIES },
	.write_parts = tc_fq_write_bands,
};
