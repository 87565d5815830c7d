/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mqprio: traffic classes on hardware queues (tc-mqprio(8), net/sched/sch_mqprio.c).
 */
#include <errno.h>
#include <linux/pkt_sched.h>

#include "collectors/qdisc/tc_families.h"
#include "collectors/qdisc/tc_kind.h"

enum {
	CLASSES,
	HARDWARE,
};

static const struct metric_family families[] = {
	[CLASSES] = {
		.name = "txpath_qdisc_mqprio_traffic_classes",
		.help = "Traffic classes (num_tc of struct tc_mqprio_qopt, tc in tc -d qdisc).",
	},
	[HARDWARE] = {
		.name = "txpath_qdisc_mqprio_hardware_enabled",
		.help = "Whether the device itself tells classes apart (hw of struct tc_mqprio_qopt, hw in tc qdisc add).",
	},
};

static const struct tc_field fields[] = {
	{ .family = CLASSES, .source = TC_OPTIONS, TC_MEMBER(struct tc_mqprio_qopt, num_tc) },
	{ .family = HARDWARE, .source = TC_OPTIONS, TC_MEMBER(struct tc_mqprio_qopt, hw) },
};

enum {
	QUEUES,
	FIRST_QUEUE,
};

static const struct metric_family class_families[] = {
	[QUEUES] = {
		.name = "txpath_qdisc_mqprio_queues",
		.help = "Queues of the traffic class (count of struct tc_mqprio_qopt, queues in tc -d qdisc).",
	},
	[FIRST_QUEUE] = {
		.name = "txpath_qdisc_mqprio_first_queue",
		.help = "Number of the traffic class's first queue (offset of struct tc_mqprio_qopt, queues in tc -d qdisc).",
	},
};

static int write_traffic_classes(struct tc_details *details, const struct tc_labels *labels,
                                 struct batch *batch)
{
	struct tc_mqprio_qopt options;

	if (!details->options.bytes)
		return 0;
	if (details->options.size < sizeof(options))
		return -EBADMSG;
	memcpy(&options, details->options.bytes, sizeof(options));
	if (options.num_tc > ARRAY_SIZE(options.count))
		return -EBADMSG;
	for (unsigned i = 0; i < options.num_tc; i++) {
		tc_labels_part_row(labels, &tc_mqprio.parts_table, i, batch);
		batch_count(batch, QUEUES, options.count[i]);
		batch_count(batch, FIRST_QUEUE, options.offset[i]);
	}
	return 0;
}

const struct tc_kind tc_mqprio = {
	.name = "mqprio",
	.classes = TC_CLASSES_REAL,
	.first_sum = TC_H_MIN_PRIORITY, /* seen with Linux 6.1 and 6.12 */
	.options_header = sizeof(struct tc_mqprio_qopt),
	.qdisc_table = { { TC_QDISC_LABELS, "netns" }, TC_FAMILIES(families) },
	.qdisc = { TC_FIELDS(fields) },
	.parts_table = { { TC_QDISC_LABELS, "traffic_class", "netns" },
	                 TC_FAMILIES(class_families) },
	.write_parts = write_traffic_classes,
};
