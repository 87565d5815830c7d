/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QFQ: classes with weights (tc-qfq(8), net/sched/sch_qfq.c).
 */
#include <linux/pkt_sched.h>

#include "collectors/qdisc/tc_families.h"
#include "collectors/qdisc/tc_kind.h"

enum {
	WEIGHT,
	LARGEST,
};

static const struct metric_family class_families[] = {
	[WEIGHT] = {
		.name = "txpath_class_qfq_weight",
		.help = "Share of the class as against others (TCA_QFQ_WEIGHT, weight in tc class).",
	},
	[LARGEST] = {
		.name = "txpath_class_qfq_largest_packet_bytes",
		.help = "Largest packet that the class may send (TCA_QFQ_LMAX, maxpkt in tc class).",
	},
};

static const struct tc_field class_fields[] = {
	{ .family = WEIGHT, .source = TC_OPTION, .attribute = TCA_QFQ_WEIGHT, .size = 4 },
	{ .family = LARGEST, .source = TC_OPTION, .attribute = TCA_QFQ_LMAX, .size = 4 },
};

const struct tc_kind tc_qfq = {
	.name = "qfq",
	.classes = TC_CLASSES_REAL,
	.class_table = { { TC_CLASS_LABELS, "netns" }, TC_FAMILIES(class_families) },
	.class = { TC_FIELDS(class_fields) },
};
