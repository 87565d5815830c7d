/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CAKE: a shaper with tins of priorities, each with fair queues of hosts and flows (tc-cake(8),
 * net/sched/sch_cake.c). All its statistics are attributes, those of a tin nested in its number +
 * 1.
 */
#include <linux/pkt_sched.h>

#include "collectors/qdisc/tc_cake.h"
#include "collectors/qdisc/tc_families.h"
#include "collectors/qdisc/tc_kind.h"

enum {
	RATE,
	RTT,
	OVERHEAD,
	SMALLEST,
	AUTORATE,
	MEMORY_LIMIT,
	MEMORY,
	CAPACITY,
	SMALLEST_NETWORK,
	LARGEST_NETWORK,
	SMALLEST_LINK,
	LARGEST_LINK,
	HEADER_OFFSET,
};

static const struct metric_family families[] = {
	[RATE] = {
		.name = "txpath_qdisc_cake_rate_bytes_per_second",
		.help = "Rate that it shapes to, where set (TCA_CAKE_BASE_RATE64, bandwidth in tc -d qdisc).",
	},
	[RTT] = {
		.name = "txpath_qdisc_cake_interval_seconds",
		.help = "Round-trip time that it is tuned for (TCA_CAKE_RTT, rtt in tc -d qdisc).",
		.unit = METRIC_NSEC,
	},
	[OVERHEAD] = {
		.name = "txpath_qdisc_cake_overhead_bytes",
		.help = "Bytes that the link adds to each packet (TCA_CAKE_OVERHEAD, overhead in tc -d qdisc).",
		.unit = METRIC_DOUBLE,
	},
	[SMALLEST] = {
		.name = "txpath_qdisc_cake_minimum_packet_bytes",
		.help = "Bytes that a packet takes at least on the link (TCA_CAKE_MPU, mpu in tc -d qdisc).",
	},
	[AUTORATE] = {
		.name = "txpath_qdisc_cake_rate_estimation_enabled",
		.help = "Whether the rate follows what comes in (TCA_CAKE_AUTORATE, autorate-ingress in tc -d qdisc).",
	},
	[MEMORY_LIMIT] = {
		.name = "txpath_qdisc_cake_memory_limit_bytes",
		.help = "Memory that the packets may take (TCA_CAKE_STATS_MEMORY_LIMIT, memory_limit in tc -s qdisc).",
	},
	[MEMORY] = {
		.name = "txpath_qdisc_cake_memory_peak_bytes",
		.help = "Most memory that the packets have taken so far (TCA_CAKE_STATS_MEMORY_USED, memory_used in tc -s qdisc).",
	},
	[CAPACITY] = {
		.name = "txpath_qdisc_cake_capacity_estimate_bytes_per_second",
		.help = "Rate of the link as it is estimated, or else what is set (TCA_CAKE_STATS_CAPACITY_ESTIMATE64, capacity_estimate in tc -s qdisc).",
	},
	[SMALLEST_NETWORK] = {
		.name = "txpath_qdisc_cake_smallest_network_packet_bytes",
		.help = "Smallest packet so far, without the header of the link (TCA_CAKE_STATS_MIN_NETLEN, min_network_size in tc -s qdisc).",
	},
	[LARGEST_NETWORK] = {
		.name = "txpath_qdisc_cake_largest_network_packet_bytes",
		.help = "Largest packet so far, without the header of the link (TCA_CAKE_STATS_MAX_NETLEN, max_network_size in tc -s qdisc).",
	},
	[SMALLEST_LINK] = {
		.name = "txpath_qdisc_cake_smallest_link_packet_bytes",
		.help = "Smallest packet so far, as the shaper counts it for the link (TCA_CAKE_STATS_MIN_ADJLEN, min_adj_size in tc -s qdisc).",
	},
	[LARGEST_LINK] = {
		.name = "txpath_qdisc_cake_largest_link_packet_bytes",
		.help = "Largest packet so far, as the shaper counts it for the link (TCA_CAKE_STATS_MAX_ADJLEN, max_adj_size in tc -s qdisc).",
	},
	[HEADER_OFFSET] = {
		.name = "txpath_qdisc_cake_average_header_offset_bytes",
		.help = "Bytes before the network layer in packets, averaged slowly (TCA_CAKE_STATS_AVG_NETOFF, avg_hdr_offset in tc -s qdisc).",
	},
};

static const struct tc_field fields[] = {
	{ .family = RATE,
	  .source = TC_OPTION,
	  .attribute = TCA_CAKE_BASE_RATE64,
	  .size = 8,
	  .unless_zero = true },
	{ .family = RTT,
	  .source = TC_OPTION,
	  .attribute = TCA_CAKE_RTT,
	  .size = 4,
	  .times = TC_USEC },
	{ .family = OVERHEAD,
	  .source = TC_OPTION,
	  .attribute = TCA_CAKE_OVERHEAD,
	  .size = 4,
	  .is_signed = true,
	  .factor = 1 },
	{ .family = SMALLEST, .source = TC_OPTION, .attribute = TCA_CAKE_MPU, .size = 4 },
	{ .family = AUTORATE, .source = TC_OPTION, .attribute = TCA_CAKE_AUTORATE, .size = 4 },
	{ .family = MEMORY_LIMIT,
	  .source = TC_XSTAT,
	  .attribute = TCA_CAKE_STATS_MEMORY_LIMIT,
	  .size = 4 },
	{ .family = MEMORY,
	  .source = TC_XSTAT,
	  .attribute = TCA_CAKE_STATS_MEMORY_USED,
	  .size = 4 },
	{ .family = CAPACITY,
	  .source = TC_XSTAT,
	  .attribute = TCA_CAKE_STATS_CAPACITY_ESTIMATE64,
	  .size = 8 },
	{ .family = SMALLEST_NETWORK,
	  .source = TC_XSTAT,
	  .attribute = TCA_CAKE_STATS_MIN_NETLEN,
	  .size = 4 },
	{ .family = LARGEST_NETWORK,
	  .source = TC_XSTAT,
	  .attribute = TCA_CAKE_STATS_MAX_NETLEN,
	  .size = 4,
	  .unless_zero = true },
	{ .family = SMALLEST_LINK,
	  .source = TC_XSTAT,
	  .attribute = TCA_CAKE_STATS_MIN_ADJLEN,
	  .size = 4 },
	{ .family = LARGEST_LINK,
	  .source = TC_XSTAT,
	  .attribute = TCA_CAKE_STATS_MAX_ADJLEN,
	  .size = 4 },
	{ .family = HEADER_OFFSET,
	  .source = TC_XSTAT,
	  .attribute = TCA_CAKE_STATS_AVG_NETOFF,
	  .size = 4 },
};

/* Before the first packet the smallest is larger than the largest. */
static int drop_sizes_of_none(struct tc_values *values)
{
	for (unsigned i = SMALLEST_NETWORK; i <= HEADER_OFFSET; i++)
		if (!tc_values_have(values, LARGEST_NETWORK))
			tc_values_drop(values, i);
	return 0;
}

const struct tc_kind tc_cake = {
	.name = "cake",
	.classes = TC_CLASSES_FLOWS,
	.qdisc_table = { { TC_QDISC_LABELS, "netns" }, TC_FAMILIES(families) },
	.qdisc = { TC_FIELDS(fields), .adjust = drop_sizes_of_none },
	.parts_table = { { TC_QDISC_LABELS, "tin", "netns" },
	                 tc_cake_tin_families,
	                 TC_CAKE_TIN_FAMILIES },
	.write_parts = tc_cake_write_tins,
};
