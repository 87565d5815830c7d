/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * HFSC: classes with service curves (tc-hfsc(8), net/sched/sch_hfsc.c).
 */
#include <linux/pkt_sched.h>

#include "collectors/qdisc/tc_families.h"
#include "collectors/qdisc/tc_kind.h"

enum {
	REALTIME,
	REALTIME_FIRST,
	REALTIME_LENGTH,
	LINK_SHARE,
	LINK_SHARE_FIRST,
	LINK_SHARE_LENGTH,
	UPPER_LIMIT,
	UPPER_LIMIT_FIRST,
	UPPER_LIMIT_LENGTH,
	WORK,
	REALTIME_WORK,
	PERIODS,
	LEVEL,
};

static const struct metric_family class_families[] = {
	[REALTIME] = {
		.name = "txpath_class_hfsc_realtime_rate_bytes_per_second",
		.help = "Rate that the class is sure of in the long run, where set (m2 of TCA_HFSC_RSC, rt or sc in tc class).",
	},
	[REALTIME_FIRST] = {
		.name = "txpath_class_hfsc_realtime_first_rate_bytes_per_second",
		.help = "Rate that the class is sure of for as long as the curve's first piece lasts, where it has two (m1 of TCA_HFSC_RSC, rt or sc in tc class).",
	},
	[REALTIME_LENGTH] = {
		.name = "txpath_class_hfsc_realtime_first_seconds",
		.help = "How long the curve's first piece lasts, where it has two (d of TCA_HFSC_RSC, rt or sc in tc class).",
		.unit = METRIC_NSEC,
	},
	[LINK_SHARE] = {
		.name = "txpath_class_hfsc_link_share_rate_bytes_per_second",
		.help = "Rate by which classes share the link in the long run, where set (m2 of TCA_HFSC_FSC, ls or sc in tc class).",
	},
	[LINK_SHARE_FIRST] = {
		.name = "txpath_class_hfsc_link_share_first_rate_bytes_per_second",
		.help = "Rate by which classes share the link for as long as the curve's first piece lasts, where it has two (m1 of TCA_HFSC_FSC, ls or sc in tc class).",
	},
	[LINK_SHARE_LENGTH] = {
		.name = "txpath_class_hfsc_link_share_first_seconds",
		.help = "How long the curve's first piece lasts, where it has two (d of TCA_HFSC_FSC, ls or sc in tc class).",
		.unit = METRIC_NSEC,
	},
	[UPPER_LIMIT] = {
		.name = "txpath_class_hfsc_upper_limit_rate_bytes_per_second",
		.help = "Rate that the class may not exceed in the long run, where set (m2 of TCA_HFSC_USC, ul in tc class).",
	},
	[UPPER_LIMIT_FIRST] = {
		.name = "txpath_class_hfsc_upper_limit_first_rate_bytes_per_second",
		.help = "Rate that the class may not exceed for as long as the curve's first piece lasts, where it has two (m1 of TCA_HFSC_USC, ul in tc class).",
	},
	[UPPER_LIMIT_LENGTH] = {
		.name = "txpath_class_hfsc_upper_limit_first_seconds",
		.help = "How long the curve's first piece lasts, where it has two (d of TCA_HFSC_USC, ul in tc class).",
		.unit = METRIC_NSEC,
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
	[LEVEL] = {
		.name = "txpath_class_hfsc_level",
		.help = "How many classes there are below it, one below the other; 0 is a leaf (level of struct tc_hfsc_stats, level in tc -s class).",
	},
};

#define CURVE(family_of_rate, curve)                                                          \
	{ .family = (family_of_rate),                                                         \
	  .source = TC_OPTION,                                                                \
	  .attribute = (curve),                                                               \
	  TC_MEMBER(struct tc_service_curve, m2) },                                           \
		{ .family = family_of_rate##_FIRST,                                           \
		  .source = TC_OPTION,                                                        \
		  .attribute = (curve),                                                       \
		  TC_MEMBER(struct tc_service_curve, m1) },                                   \
	{                                                                                     \
		.family = family_of_rate##_LENGTH, .source = TC_OPTION, .attribute = (curve), \
		TC_MEMBER(struct tc_service_curve, d), .times = TC_USEC, .unless_zero = true  \
	}

static const struct tc_field class_fields[] = {
	CURVE(REALTIME, TCA_HFSC_RSC),
	CURVE(LINK_SHARE, TCA_HFSC_FSC),
	CURVE(UPPER_LIMIT, TCA_HFSC_USC),
	{ .family = WORK, .source = TC_XSTATS, TC_MEMBER(struct tc_hfsc_stats, work) },
	{ .family = REALTIME_WORK, .source = TC_XSTATS, TC_MEMBER(struct tc_hfsc_stats, rtwork) },
	{ .family = PERIODS, .source = TC_XSTATS, TC_MEMBER(struct tc_hfsc_stats, period) },
	{ .family = LEVEL, .source = TC_XSTATS, TC_MEMBER(struct tc_hfsc_stats, level) },
};

/* A first piece of no length has no rate. */
static int drop_first_of_none(struct tc_values *values)
{
	static const unsigned curves[] = { REALTIME, LINK_SHARE, UPPER_LIMIT };

	for (size_t i = 0; i < ARRAY_SIZE(curves); i++)
		if (!tc_values_have(values, curves[i] + REALTIME_LENGTH - REALTIME))
			tc_values_drop(values, curves[i] + REALTIME_FIRST - REALTIME);
	return 0;
}

const struct tc_kind tc_hfsc = {
	.name = "hfsc",
	.classes = TC_CLASSES_REAL,
	.class_table = { { TC_CLASS_LABELS, "netns" }, TC_FAMILIES(class_families) },
	.class = { TC_FIELDS(class_fields), .adjust = drop_first_of_none },
};
