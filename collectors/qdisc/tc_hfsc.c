/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * HFSC: classes with service curves (tc-hfsc(8), net/sched/sch_hfsc.c).
 */
#include <linux/pkt_sched.h>

#include "collectors/qdisc/tc_families.h"
#include "collectors/qdisc/tc_kind.h"

enum {
	REALTIME,
	LINK_SHARE,
	UPPER_LIMIT,
	WORK,
	REALTIME_WORK,
	PERIODS,
};

static const struct metric_family class_families[] = {
	[REALTIME] = {
		.name = "txpath_class_hfsc_realtime_rate_bytes_per_second",
		.help = "Rate that the class is sure of in the long run, where set (m2 of TCA_HFSC_RSC, rt or sc in tc class).",
	},
	[LINK_SHARE] = {
		.name = "txpath_class_hfsc_link_share_rate_bytes_per_second",
		.help = "Rate by which classes share the link in the long run, where set (m2 of TCA_HFSC_FSC, ls or sc in tc class).",
	},
	[UPPER_LIMIT] = {
		.name = "txpath_class_hfsc_upper_limit_rate_bytes_per_second",
		.help = "Rate that the class may not exceed in the long run, where set (m2 of TCA_HFSC_USC, ul in tc class).",
	},
	[WORK] = {
		.name = "txpath_class_hfsc_work_bytes_total",
		.help = "Bytes sent by the class (work of struct tc_hfsc_stats, work in tc -s class).",
		.type = METRIC_COUNTER,
	},
	[REALTIME_WORK] = {
		.name = "txpath_class_hfsc_realtime_work_bytes_total",
		.help = "Bytes sent by the class that its real-time curve made go (rtwork of struct tc_hfsc_stats, rtwork in tc -s class).",
		.type = METRIC_COUNTER,
	},
	[PERIODS] = {
		.name = "txpath_class_hfsc_busy_periods_total",
		.help = "Times that the class began to have packets (period of struct tc_hfsc_stats, period in tc -s class).",
		.type = METRIC_COUNTER,
	},
};

static const struct tc_field class_fields[] = {
	{ .family = REALTIME,
	  .source = TC_OPTION,
	  .attribute = TCA_HFSC_RSC,
	  TC_MEMBER(struct tc_service_curve, m2) },
	{ .family = LINK_SHARE,
	  .source = TC_OPTION,
	  .attribute = TCA_HFSC_FSC,
	  TC_MEMBER(struct tc_service_curve, m2) },
	{ .family = UPPER_LIMIT,
	  .source = TC_OPTION,
	  .attribute = TCA_HFSC_USC,
	  TC_MEMBER(struct tc_service_curve, m2) },
	{ .family = WORK, .source = TC_XSTATS, TC_MEMBER(struct tc_hfsc_stats, work) },
	{ .family = REALTIME_WORK, .source = TC_XSTATS, TC_MEMBER(struct tc_hfsc_stats, rtwork) },
	{ .family = PERIODS, .source = TC_XSTATS, TC_MEMBER(struct tc_hfsc_stats, period) },
};

const struct tc_kind tc_hfsc = {
	.name = "hfsc",
	.classes = TC_CLASSES_REAL,
	.class_table = { { TC_CLASS_LABELS, "netns" }, TC_FAMILIES(class_families) },
	.class = { TC_FIELDS(class_fields) },
};
