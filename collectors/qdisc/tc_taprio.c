/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * taprio: gates that open and close by a schedule (tc-taprio(8), net/sched/sch_taprio.c). Its classes
 * are the device's queues; those of a traffic class share a gate.
 */
#include <errno.h>
#include <linux/pkt_sched.h>

#include "collectors/attribute.h"
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

/* What the device counts of each of its queues. */
enum {
	QUEUE_WINDOW_DROPS,
	QUEUE_OVERRUNS,
};

static const struct metric_family class_families[] = {
	[QUEUE_WINDOW_DROPS] = {
		.name = "txpath_class_taprio_window_drops_total",
		.help = "Packets of the queue that the device dropped, as no window was long enough (TCA_TAPRIO_OFFLOAD_STATS_WINDOW_DROPS, window_drops in tc -s class).",
		.type = METRIC_COUNTER,
	},
	[QUEUE_OVERRUNS] = {
		.name = "txpath_class_taprio_overruns_total",
		.help = "Packets of the queue that the device was still sending when their window ended (TCA_TAPRIO_OFFLOAD_STATS_TX_OVERRUNS, tx_overruns in tc -s class).",
		.type = METRIC_COUNTER,
	},
};

static const struct tc_field class_fields[] = {
	{ .family = QUEUE_WINDOW_DROPS,
	  .source = TC_XSTAT,
	  .attribute = OFFLOAD_WINDOW_DROPS,
	  .size = 8 },
	{ .family = QUEUE_OVERRUNS, .source = TC_XSTAT, .attribute = OFFLOAD_OVERRUNS, .size = 8 },
};

enum {
	QUEUES,
	FIRST_QUEUE,
	OPEN,
};

static const struct metric_family traffic_class_families[] = {
	[QUEUES] = {
		.name = "txpath_qdisc_taprio_queues",
		.help = "Queues of the traffic class (count of TCA_TAPRIO_ATTR_PRIOMAP, queues in tc -d qdisc).",
	},
	[FIRST_QUEUE] = {
		.name = "txpath_qdisc_taprio_first_queue",
		.help = "Number of the traffic class's first queue (offset of TCA_TAPRIO_ATTR_PRIOMAP, queues in tc -d qdisc).",
	},
	[OPEN] = {
		.name = "txpath_qdisc_taprio_open_seconds",
		.help = "How long the gate of the traffic class is open in each cycle (TCA_TAPRIO_ATTR_SCHED_ENTRY_LIST, gatemask and interval of schedule in tc -d qdisc).",
		.unit = METRIC_NSEC,
	},
};

struct schedule {
	uint64_t left_nsec;                    /* of the cycle, behind the entries so far */
	uint64_t open_nsec[TC_QOPT_MAX_QUEUE]; /* by traffic class */
};

static int add_entry(const struct nlattr *entry, struct schedule *schedule)
{
	const struct nlattr *table[TCA_TAPRIO_SCHED_ENTRY_INTERVAL + 1];
	const struct nlattr **mask = &table[TCA_TAPRIO_SCHED_ENTRY_GATE_MASK];
	const struct nlattr **interval = &table[TCA_TAPRIO_SCHED_ENTRY_INTERVAL];
	uint64_t nsec;

	if (attributes_sort_nested(entry, table, ARRAY_SIZE(table)) < 0 || !*mask || !*interval ||
	    attribute_size(*mask) < sizeof(uint32_t) ||
	    attribute_size(*interval) < sizeof(uint32_t))
		return -EBADMSG;
	nsec = mnl_attr_get_u32(*interval);
	nsec = nsec < schedule->left_nsec ? nsec : schedule->left_nsec;
	schedule->left_nsec -= nsec;
	for (unsigned i = 0; i < TC_QOPT_MAX_QUEUE; i++)
		if (mnl_attr_get_u32(*mask) >> i & 1)
			schedule->open_nsec[i] += nsec;
	return 0;
}

/* Whether there is a schedule now; another one may wait for its time. */
static int read_schedule(struct tc_details *details, struct schedule *schedule, bool *ret_found)
{
	const struct nlattr *list = NULL, *cycle = NULL;
	const struct nlattr *entry;
	int error = tc_option(details, TCA_TAPRIO_ATTR_SCHED_ENTRY_LIST, &list);
	struct tc_bytes entries = tc_bytes_of(list);

	if (!error)
		error = tc_option(details, TCA_TAPRIO_ATTR_SCHED_CYCLE_TIME, &cycle);
	if (!error && cycle && attribute_size(cycle) < sizeof(uint64_t))
		error = -EBADMSG;
	*ret_found = list && cycle;
	if (error < 0 || !*ret_found)
		return error;
	schedule->left_nsec = mnl_attr_get_u64(cycle);
	while (!error && (entry = attributes_next(&entries.bytes, &entries.size)))
		if (attribute_type(entry) == TCA_TAPRIO_SCHED_ENTRY)
			error = add_entry(entry, schedule);
	if (!error && entries.size)
		error = -EBADMSG;
	return error;
}

static int read_map(struct tc_details *details, struct tc_mqprio_qopt *ret_map)
{
	const struct nlattr *attribute = NULL;
	int error = tc_option(details, TCA_TAPRIO_ATTR_PRIOMAP, &attribute);

	*ret_map = (struct tc_mqprio_qopt){ 0 };
	if (error < 0 || !attribute)
		return error;
	if (attribute_size(attribute) < sizeof(*ret_map))
		return -EBADMSG;
	memcpy(ret_map, attribute_payload(attribute), sizeof(*ret_map));
	return ret_map->num_tc > TC_QOPT_MAX_QUEUE ? -EBADMSG : 0;
}

static int write_traffic_classes(struct tc_details *details, const struct tc_labels *labels,
                                 struct batch *batch)
{
	struct schedule schedule = { 0 };
	struct tc_mqprio_qopt map;
	bool has_schedule;
	int error;

	if (!details->options.bytes)
		return 0;
	error = read_map(details, &map);
	if (!error)
		error = read_schedule(details, &schedule, &has_schedule);
	for (unsigned i = 0; !error && i < map.num_tc; i++) {
		tc_labels_part_row(labels, &tc_taprio.parts_table, i, batch);
		batch_count(batch, QUEUES, map.count[i]);
		batch_count(batch, FIRST_QUEUE, map.offset[i]);
		if (has_schedule)
			batch_count(batch, OPEN, schedule.open_nsec[i]);
	}
	return error;
}

const struct tc_kind tc_taprio = {
	.name = "taprio",
	.classes = TC_CLASSES_REAL,
	.qdisc_table = { { TC_QDISC_LABELS, "netns" }, TC_FAMILIES(families) },
	.qdisc = { TC_FIELDS(fields) },
	.class_table = { { TC_CLASS_LABELS, "netns" }, TC_FAMILIES(class_families) },
	.class = { TC_FIELDS(class_fields) },
	.parts_table = { { TC_QDISC_LABELS, "traffic_class", "netns" },
	                 TC_FAMILIES(traffic_class_families) },
	.write_parts = write_traffic_classes,
};
