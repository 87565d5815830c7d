/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * DRR: classes in turn (tc-drr(8), net/sched/sch_drr.c).
 */
#include <linux/pkt_sched.h>

#include "collectors/qdisc/tc_families.h"
#include "collectors/qdisc/tc_kind.h"

static const struct tc_field class_common_fields[] = {
	{ .family = TC_CLASS_QUANTUM,
	  .source = TC_OPTION,
	  .attribute = TCA_DRR_QUANTUM,
	  .size = 4 },
};

enum {
	DEFICIT,
};

static const struct metric_family class_families[] = {
	[DEFICIT] = {
		.name = "txpath_class_drr_deficit_bytes",
		.help = "Bytes that the class may still send in its turn (deficit of struct tc_drr_stats, deficit in tc -s class).",
	},
};

static const struct tc_field class_fields[] = {
	{ .family = DEFICIT, .source = TC_XSTATS, TC_MEMBER(struct tc_drr_stats, deficit) },
};

const struct tc_kind tc_drr = {
	.name = "drr",
	.classes = TC_CLASSES_REAL,
	.class_common = { TC_FIELDS(class_common_fields) },
	.class_table = { { TC_CLASS_LABELS, "netns" }, TC_FAMILIES(class_families) },
	.class = { TC_FIELDS(class_fields) },
};
