/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tins of a CAKE, lowest priority first as a rule; which traffic goes where is the diffserv
 * mode's. Each has a set of attributes.
 */
#include "collectors/qdisc/tc_cake.h"

#include <errno.h>
#include <linux/pkt_sched.h>

#define TINS_MAX 8

enum {
	THRESHOLD,
	TARGET,
	INTERVAL,
	QUANTUM,
	SENT_BYTES,
	SENT_PACKETS,
	DROPS,
	ECN_MARKS,
	ACK_DROPS,
	BACKLOG,
	PEAK_DELAY,
	MEAN_DELAY,
	BASE_DELAY,
	SPARSE,
	BULK,
	UNRESPONSIVE,
	HITS,
	MISSES,
	COLLISIONS,
	LARGEST,
};

const struct metric_family tc_cake_tin_families[TC_CAKE_TIN_FAMILIES] = {
	[THRESHOLD] = {
		.name = "txpath_qdisc_cake_tin_threshold_bytes_per_second",
		.help = "Rate up to which the tin goes first (TCA_CAKE_TIN_STATS_THRESHOLD_RATE64, thresh in tc -s qdisc).",
	},
	[TARGET] = {
		.name = "txpath_qdisc_cake_tin_target_seconds",
		.help = "Delay that a queue of the tin may have for long (TCA_CAKE_TIN_STATS_TARGET_US, target in tc -s qdisc).",
		.unit = METRIC_NSEC,
	},
	[INTERVAL] = {
		.name = "txpath_qdisc_cake_tin_interval_seconds",
		.help = "Time that the delay may be above the target before packets are dropped or marked (TCA_CAKE_TIN_STATS_INTERVAL_US, interval in tc -s qdisc).",
		.unit = METRIC_NSEC,
	},
	[QUANTUM] = {
		.name = "txpath_qdisc_cake_tin_quantum_bytes",
		.help = "Bytes that a flow may send in its turn (TCA_CAKE_TIN_STATS_FLOW_QUANTUM, quantum in tc -s qdisc).",
	},
	[SENT_BYTES] = {
		.name = "txpath_qdisc_cake_tin_sent_bytes_total",
		.help = "Bytes sent by the tin (TCA_CAKE_TIN_STATS_SENT_BYTES64, bytes in tc -s qdisc).",
		.type = METRIC_COUNTER,
	},
	[SENT_PACKETS] = {
		.name = "txpath_qdisc_cake_tin_sent_packets_total",
		.help = "Packets sent by the tin (TCA_CAKE_TIN_STATS_SENT_PACKETS, pkts in tc -s qdisc).",
		.type = METRIC_COUNTER,
	},
	[DROPS] = {
		.name = "txpath_qdisc_cake_tin_drops_total",
		.help = "Packets dropped by the tin (TCA_CAKE_TIN_STATS_DROPPED_PACKETS, drops in tc -s qdisc).",
		.type = METRIC_COUNTER,
	},
	[ECN_MARKS] = {
		.name = "txpath_qdisc_cake_tin_ecn_marks_total",
		.help = "Packets marked rather than dropped (TCA_CAKE_TIN_STATS_ECN_MARKED_PACKETS, marks in tc -s qdisc).",
		.type = METRIC_COUNTER,
	},
	[ACK_DROPS] = {
		.name = "txpath_qdisc_cake_tin_ack_drops_total",
		.help = "Acknowledgements dropped as a later one said as much (TCA_CAKE_TIN_STATS_ACKS_DROPPED_PACKETS, ack_drop in tc -s qdisc).",
		.type = METRIC_COUNTER,
	},
	[BACKLOG] = {
		.name = "txpath_qdisc_cake_tin_backlog_bytes",
		.help = "Bytes waiting in the tin (TCA_CAKE_TIN_STATS_BACKLOG_BYTES, backlog in tc -s qdisc).",
	},
	[PEAK_DELAY] = {
		.name = "txpath_qdisc_cake_tin_peak_delay_seconds",
		.help = "Delay of the packets, with an average that rises fast and falls slowly (TCA_CAKE_TIN_STATS_PEAK_DELAY_US, pk_delay in tc -s qdisc).",
		.unit = METRIC_NSEC,
	},
	[MEAN_DELAY] = {
		.name = "txpath_qdisc_cake_tin_average_delay_seconds",
		.help = "Delay of the packets, averaged (TCA_CAKE_TIN_STATS_AVG_DELAY_US, av_delay in tc -s qdisc).",
		.unit = METRIC_NSEC,
	},
	[BASE_DELAY] = {
		.name = "txpath_qdisc_cake_tin_base_delay_seconds",
		.help = "Delay of the packets, with an average that falls fast and rises slowly (TCA_CAKE_TIN_STATS_BASE_DELAY_US, sp_delay in tc -s qdisc).",
		.unit = METRIC_NSEC,
	},
	[SPARSE] = {
		.name = "txpath_qdisc_cake_tin_sparse_flows",
		.help = "Flows that send little, and go first (TCA_CAKE_TIN_STATS_SPARSE_FLOWS, sp_flows in tc -s qdisc).",
	},
	[BULK] = {
		.name = "txpath_qdisc_cake_tin_bulk_flows",
		.help = "Flows that send much (TCA_CAKE_TIN_STATS_BULK_FLOWS, bk_flows in tc -s qdisc).",
	},
	[UNRESPONSIVE] = {
		.name = "txpath_qdisc_cake_tin_unresponsive_flows",
		.help = "Flows that do not slow down (TCA_CAKE_TIN_STATS_UNRESPONSIVE_FLOWS, un_flows in tc -s qdisc).",
	},
	[HITS] = {
		.name = "txpath_qdisc_cake_tin_way_hits_total",
		.help = "Packets whose flow was found in another place of its hash set (TCA_CAKE_TIN_STATS_WAY_INDIRECT_HITS, way_inds in tc -s qdisc).",
		.type = METRIC_COUNTER,
	},
	[MISSES] = {
		.name = "txpath_qdisc_cake_tin_way_misses_total",
		.help = "Packets whose flow got a place in its hash set (TCA_CAKE_TIN_STATS_WAY_MISSES, way_miss in tc -s qdisc).",
		.type = METRIC_COUNTER,
	},
	[COLLISIONS] = {
		.name = "txpath_qdisc_cake_tin_way_collisions_total",
		.help = "Packets whose flow found no free place in its hash set (TCA_CAKE_TIN_STATS_WAY_COLLISIONS, way_cols in tc -s qdisc).",
		.type = METRIC_COUNTER,
	},
	[LARGEST] = {
		.name = "txpath_qdisc_cake_tin_largest_packet_bytes",
		.help = "Largest packet so far (TCA_CAKE_TIN_STATS_MAX_SKBLEN, max_len in tc -s qdisc).",
	},
};

static const struct tc_field fields[] = {
	{ .family = THRESHOLD,
	  .source = TC_XSTAT,
	  .attribute = TCA_CAKE_TIN_STATS_THRESHOLD_RATE64,
	  .size = 8 },
	{ .family = TARGET,
	  .source = TC_XSTAT,
	  .attribute = TCA_CAKE_TIN_STATS_TARGET_US,
	  .size = 4,
	  .times = TC_USEC },
	{ .family = INTERVAL,
	  .source = TC_XSTAT,
	  .attribute = TCA_CAKE_TIN_STATS_INTERVAL_US,
	  .size = 4,
	  .times = TC_USEC },
	{ .family = QUANTUM,
	  .source = TC_XSTAT,
	  .attribute = TCA_CAKE_TIN_STATS_FLOW_QUANTUM,
	  .size = 4 },
	{ .family = SENT_BYTES,
	  .source = TC_XSTAT,
	  .attribute = TCA_CAKE_TIN_STATS_SENT_BYTES64,
	  .size = 8 },
	{ .family = SENT_PACKETS,
	  .source = TC_XSTAT,
	  .attribute = TCA_CAKE_TIN_STATS_SENT_PACKETS,
	  .size = 4 },
	{ .family = DROPS,
	  .source = TC_XSTAT,
	  .attribute = TCA_CAKE_TIN_STATS_DROPPED_PACKETS,
	  .size = 4 },
	{ .family = ECN_MARKS,
	  .source = TC_XSTAT,
	  .attribute = TCA_CAKE_TIN_STATS_ECN_MARKED_PACKETS,
	  .size = 4 },
	{ .family = ACK_DROPS,
	  .source = TC_XSTAT,
	  .attribute = TCA_CAKE_TIN_STATS_ACKS_DROPPED_PACKETS,
	  .size = 4 },
	{ .family = BACKLOG,
	  .source = TC_XSTAT,
	  .attribute = TCA_CAKE_TIN_STATS_BACKLOG_BYTES,
	  .size = 4 },
	{ .family = PEAK_DELAY,
	  .source = TC_XSTAT,
	  .attribute = TCA_CAKE_TIN_STATS_PEAK_DELAY_US,
	  .size = 4,
	  .times = TC_USEC },
	{ .family = MEAN_DELAY,
	  .source = TC_XSTAT,
	  .attribute = TCA_CAKE_TIN_STATS_AVG_DELAY_US,
	  .size = 4,
	  .times = TC_USEC },
	{ .family = BASE_DELAY,
	  .source = TC_XSTAT,
	  .attribute = TCA_CAKE_TIN_STATS_BASE_DELAY_US,
	  .size = 4,
	  .times = TC_USEC },
	{ .family = SPARSE,
	  .source = TC_XSTAT,
	  .attribute = TCA_CAKE_TIN_STATS_SPARSE_FLOWS,
	  .size = 4 },
	{ .family = BULK,
	  .source = TC_XSTAT,
	  .attribute = TCA_CAKE_TIN_STATS_BULK_FLOWS,
	  .size = 4 },
	{ .family = UNRESPONSIVE,
	  .source = TC_XSTAT,
	  .attribute = TCA_CAKE_TIN_STATS_UNRESPONSIVE_FLOWS,
	  .size = 4 },
	{ .family = HITS,
	  .source = TC_XSTAT,
	  .attribute = TCA_CAKE_TIN_STATS_WAY_INDIRECT_HITS,
	  .size = 4 },
	{ .family = MISSES,
	  .source = TC_XSTAT,
	  .attribute = TCA_CAKE_TIN_STATS_WAY_MISSES,
	  .size = 4 },
	{ .family = COLLISIONS,
	  .source = TC_XSTAT,
	  .attribute = TCA_CAKE_TIN_STATS_WAY_COLLISIONS,
	  .size = 4 },
	{ .family = LARGEST,
	  .source = TC_XSTAT,
	  .attribute = TCA_CAKE_TIN_STATS_MAX_SKBLEN,
	  .size = 4 },
};

static int read_tin(const struct nlattr *attribute, struct tc_values *ret_values)
{
	static const struct tc_fields tin_fields = { TC_FIELDS(fields) };
	struct tc_details tin = { .xstats = tc_bytes_of(attribute) };

	return tc_values_read(&tin_fields, &tc_cake.parts_table, &tin, ret_values);
}

int tc_cake_write_tins(struct tc_details *details, const struct tc_labels *labels,
                       struct batch *batch)
{
	const struct nlattr *all = NULL;
	struct tc_details tins = { 0 };
	struct tc_values values[TINS_MAX];
	const struct nlattr *tin[TINS_MAX] = { 0 };
	int error = details->xstats.bytes ? tc_xstat(details, TCA_CAKE_STATS_TIN_STATS, &all) : 0;

	if (error < 0 || !all)
		return error;
	tins.xstats = tc_bytes_of(all);
	for (unsigned i = 0; i < TINS_MAX && !error; i++) {
		error = tc_xstat(&tins, i + 1, &tin[i]);
		if (!error && tin[i])
			error = read_tin(tin[i], &values[i]);
	}
	for (unsigned i = 0; i < TINS_MAX && !error; i++) {
		if (!tin[i])
			continue;
		tc_labels_part_row(labels, &tc_cake.parts_table, i, batch);
		tc_values_write(&values[i], batch);
	}
	return error;
}
