/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * taprio: gates that open and close by a schedule (tc-taprio(8), net/sched/sch_taprio.c).
 */
#include <linux/pkt_sched.h>

#include "collectors/qdisc/tc_families.h"
#include "collectors/qdisc/tc_kind.h"

/* TCA_TAPRIO_OFFLOAD_STATS_…, Linux 6.6. */
#define OFFLOAD_WINDOW_DROPS 2
#define OFFLOAD_OVERRUNS     3

enum {
	BASE,
	CYCLE,
	EXTENSION,
	CLASSES,
	WINDOW_DROPS,
	OVERRUNS,
};

static const struct metric_family families[] = {
	[BASE] = {
		.name = "txpath_qdisc_taprio_base_time_seconds",
		.help = "When the schedule begins, on its clock (TCA_TAPRIO_ATTR_SCHED_BASE_TIME, base_time in tc -d qdisc).",
		.unit = METRIC_NSEC,
	},
	[CYCLE] = {
		.name = "txpath_qdisc_taprio_cycle_time_seconds",
		.help = "How long the schedule is (TCA_TAPRIO_ATTR_SCHED_CYCLE_TIME, cycle_time in tc -d qdisc).",
		.unit = METRIC_NSEC,
	},
	[EXTENSION] = {
		.name = "txpath_qdisc_taprio_cycle_time_extension_seconds",
		.help = "How much longer its last cycle may be before another schedule (TCA_TAPRIO_ATTR_SCHED_CYCLE_TIME_EXTENSION, cycle_time_extension in tc -d qdisc).",
		.unit = METRIC_NSEC,
	},
	[CLASSES] = {
		.name = "txpath_qdisc_taprio_traffic_classes",
		.help = "Traffic classes (num_tc of TCA_TAPRIO_ATTR_PRIOMAP, tc in tc -d qdisc).",
	},
	[WINDOW_DROPS] = {
		.name = "txpath_qdisc_taprio_window_drops_total",
		.help = "Packets that the device dropped, as no window was long enough (TCA_TAPRIO_OFFLOAD_STATS_WINDOW_DROPS, window_drops in tc -s qdisc).",
		.type = METRIC_COUNTER,
	},
	[OVERRUNS] = {
		.name = "txpath_qdisc_taprio_overruns_total",
		.help = "Packets that the device was still sending when their window ended (TCA_TAPRIO_OFFLOAD_STATS_TX_OVERRUNS, tx_overruns in tc -s qdisc).",
		.type = METRIC_COUNTER,
	},
};

static const struct tc_field fields[] = {
	{ .family = BASE,
	  .source = TC_OPTION,
	  .attribute = TCA_TAPRIO_ATTR_SCHED_BASE_TIME,
	  .size = 8 },
	{ .family = CYCLE,
	  .source = TC_OPTION,
	  .attribute = TCA_TAPRIO_ATTR_SCHED_CYCLE_TIME,
	  .size = 8 },
	{ .family = EXTENSION,
	  .source = TC_OPTION,
	  .attribute = TCA_TAPRIO_ATTR_SCHED_CYCLE_TIME_EXTENSION,
	  .size = 8 },
	{ .family = CLASSES,
	  .source = TC_OPTION,
	  .attribute = TCA_TAPRIO_ATTR_PRIOMAP,
	  TC_MEMBER(struct tc_mqprio_qopt, num_tc) },
	{ .family = WINDOW_DROPS,
	  .source = TC_XSTAT,
	  .attribute = OFFLOAD_WINDOW_DROPS,
	  .size = 8 },
	{ .family = OVERRUNS, .source = TC_XSTAT, .attribute = OFFLOAD_OVERRUNS, .size = 8 },
};

const struct tc_kind tc_taprio = {
	.name = "taprio",
	.classes = TC_CLASSES_REAL,
	.qdisc_table = { { TC_QDISC_LABELS, "netns" }, TC_FAMILIES(families) },
	.qdisc = { TC_FIELDS(fields) },
};
