/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CoDel: drops by the time that packets have waited (tc-codel(8), net/sched/sch_codel.c).
 */
#include <linux/pkt_sched.h>

#include "collectors/qdisc/tc_families.h"
#include "collectors/qdisc/tc_kind.h"

static const struct tc_field common_fields[] = {
	{ .family = TC_QDISC_LIMIT_PACKETS,
	  .source = TC_OPTION,
	  .attribute = TCA_CODEL_LIMIT,
	  .size = 4 },
};

enum {
	TARGET,
	INTERVAL,
	CE_THRESHOLD,
	ECN,
	DELAY,
	DROPPING,
	DROPPING_PACKETS,
	LARGEST,
	OVERLIMIT_DROPS,
	ECN_MARKS,
	CE_MARKS,
};

static const struct metric_family families[] = {
	[TARGET] = {
		.name = "txpath_qdisc_codel_target_seconds",
		.help = "Delay that the queue may have for long (TCA_CODEL_TARGET, target in tc -d qdisc).",
		.unit = METRIC_NSEC,
	},
	[INTERVAL] = {
		.name = "txpath_qdisc_codel_interval_seconds",
		.help = "Time that the delay may be above the target before packets are dropped or marked (TCA_CODEL_INTERVAL, interval in tc -d qdisc).",
		.unit = METRIC_NSEC,
	},
	[CE_THRESHOLD] = {
		.name = "txpath_qdisc_codel_ce_threshold_seconds",
		.help = "Delay from which every packet that knows of ECN is marked, where set (TCA_CODEL_CE_THRESHOLD, ce_threshold in tc -d qdisc).",
		.unit = METRIC_NSEC,
	},
	[ECN] = {
		.name = "txpath_qdisc_codel_ecn_enabled",
		.help = "Whether packets that know of it are marked rather than dropped (TCA_CODEL_ECN, ecn in tc -d qdisc).",
	},
	[DELAY] = {
		.name = "txpath_qdisc_codel_delay_seconds",
		.help = "Time that the packet sent last had waited (ldelay of struct tc_codel_xstats, ldelay in tc -s qdisc).",
		.unit = METRIC_NSEC,
	},
	[DROPPING] = {
		.name = "txpath_qdisc_codel_dropping",
		.help = "Whether it is dropping or marking packets, as the delay is above the target (dropping of struct tc_codel_xstats, dropping in tc -s qdisc).",
	},
	[DROPPING_PACKETS] = {
		.name = "txpath_qdisc_codel_dropping_packets",
		.help = "Packets dropped or marked since that last began (count of struct tc_codel_xstats, count in tc -s qdisc).",
	},
	[LARGEST] = {
		.name = "txpath_qdisc_codel_largest_packet_bytes",
		.help = "Largest packet so far (maxpacket of struct tc_codel_xstats, maxpacket in tc -s qdisc).",
	},
	[OVERLIMIT_DROPS] = {
		.name = "txpath_qdisc_codel_overlimit_drops_total",
		.help = "Packets dropped at the limit (drop_overlimit of struct tc_codel_xstats, drop_overlimit in tc -s qdisc).",
		.type = METRIC_COUNTER,
	},
	[ECN_MARKS] = {
		.name = "txpath_qdisc_codel_ecn_marks_total",
		.help = "Packets marked rather than dropped (ecn_mark of struct tc_codel_xstats, ecn_mark in tc -s qdisc).",
		.type = METRIC_COUNTER,
	},
	[CE_MARKS] = {
		.name = "txpath_qdisc_codel_ce_marks_total",
		.help = "Packets marked as their delay was above the CE threshold (ce_mark of struct tc_codel_xstats, ce_mark in tc -s qdisc).",
		.type = METRIC_COUNTER,
	},
};

static const struct tc_field fields[] = {
	{ .family = TARGET,
	  .source = TC_OPTION,
	  .attribute = TCA_CODEL_TARGET,
	  .size = 4,
	  .times = TC_USEC },
	{ .family = INTERVAL,
	  .source = TC_OPTION,
	  .attribute = TCA_CODEL_INTERVAL,
	  .size = 4,
	  .times = TC_USEC },
	{ .family = CE_THRESHOLD,
	  .source = TC_OPTION,
	  .attribute = TCA_CODEL_CE_THRESHOLD,
	  .size = 4,
	  .times = TC_USEC },
	{ .family = ECN, .source = TC_OPTION, .attribute = TCA_CODEL_ECN, .size = 4 },
	{ .family = DELAY,
	  .source = TC_XSTATS,
	  TC_MEMBER(struct tc_codel_xstats, ldelay),
	  .times = TC_USEC },
	{ .family = DROPPING, .source = TC_XSTATS, TC_MEMBER(struct tc_codel_xstats, dropping) },
	{ .family = DROPPING_PACKETS,
	  .source = TC_XSTATS,
	  TC_MEMBER(struct tc_codel_xstats, count) },
	{ .family = LARGEST, .source = TC_XSTATS, TC_MEMBER(struct tc_codel_xstats, maxpacket) },
	{ .family = OVERLIMIT_DROPS,
	  .source = TC_XSTATS,
	  TC_MEMBER(struct tc_codel_xstats, drop_overlimit) },
	{ .family = ECN_MARKS, .source = TC_XSTATS, TC_MEMBER(struct tc_codel_xstats, ecn_mark) },
	{ .family = CE_MARKS, .source = TC_XSTATS, TC_MEMBER(struct tc_codel_xstats, ce_mark) },
};

const struct tc_kind tc_codel = {
	.name = "codel",
	.qdisc_common = { TC_FIELDS(common_fields) },
	.qdisc_table = { { TC_QDISC_LABELS, "netns" }, TC_FAMILIES(families) },
	.qdisc = { TC_FIELDS(fields) },
};
