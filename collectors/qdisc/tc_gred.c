/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * GRED: a RED with up to 16 virtual queues, among which tc_index chooses, and whose packets wait in
 * one line (net/sched/sch_gred.c). Those that are not set up have no values.
 *
 * All options come as one array, with a structure for each virtual queue; its counters, since Linux
 * 5.0, as a list of attributes for each, in which what was dropped and what was marked is apart.
 */
#include <errno.h>
#include <linux/pkt_sched.h>

#include "collectors/attribute.h"
#include "collectors/qdisc/tc_families.h"
#include "collectors/qdisc/tc_kind.h"

static const struct tc_field common_fields[] = {
	{ .family = TC_QDISC_LIMIT_BYTES,
	  .source = TC_OPTION,
	  .attribute = TCA_GRED_LIMIT,
	  .size = 4 },
};

enum {
	QUEUES,
	DEFAULT_QUEUE,
	PRIORITIES,
};

static const struct metric_family families[] = {
	[QUEUES] = {
		.name = "txpath_qdisc_gred_virtual_queues",
		.help = "Virtual queues that there may be (DPs of TCA_GRED_DPS, vqs in tc qdisc).",
	},
	[DEFAULT_QUEUE] = {
		.name = "txpath_qdisc_gred_default_virtual_queue",
		.help = "Where packets go whose own virtual queue is not set up (def_DP of TCA_GRED_DPS, default in tc qdisc).",
	},
	[PRIORITIES] = {
		.name = "txpath_qdisc_gred_priorities_enabled",
		.help = "Whether the more important virtual queues weigh on the drops of the others (grio of TCA_GRED_DPS, grio in tc qdisc).",
	},
};

static const struct tc_field fields[] = {
	{ .family = QUEUES,
	  .source = TC_OPTION,
	  .attribute = TCA_GRED_DPS,
	  TC_MEMBER(struct tc_gred_sopt, DPs) },
	{ .family = DEFAULT_QUEUE,
	  .source = TC_OPTION,
	  .attribute = TCA_GRED_DPS,
	  TC_MEMBER(struct tc_gred_sopt, def_DP) },
	{ .family = PRIORITIES,
	  .source = TC_OPTION,
	  .attribute = TCA_GRED_DPS,
	  TC_MEMBER(struct tc_gred_sopt, grio) },
};

enum {
	LIMIT,
	MINIMUM,
	MAXIMUM,
	PROBABILITY,
	PRIORITY,
	ECN,
	AVERAGE,
	BACKLOG,
	ARRIVED_BYTES,
	ARRIVED_PACKETS,
	EARLY_DROPS,
	FORCED_DROPS,
	LIMIT_DROPS,
	EARLY_MARKS,
	FORCED_MARKS,
};

static const struct metric_family queue_families[] = {
	[LIMIT] = {
		.name = "txpath_qdisc_gred_virtual_queue_limit_bytes",
		.help = "Bytes of the virtual queue that may wait (limit of TCA_GRED_PARMS, limit of vq in tc qdisc).",
	},
	[MINIMUM] = {
		.name = "txpath_qdisc_gred_virtual_queue_minimum_bytes",
		.help = "Mean queue length from which packets are dropped or marked (qth_min of TCA_GRED_PARMS, min of vq in tc qdisc).",
	},
	[MAXIMUM] = {
		.name = "txpath_qdisc_gred_virtual_queue_maximum_bytes",
		.help = "Mean queue length from which all packets are dropped or marked (qth_max of TCA_GRED_PARMS, max of vq in tc qdisc).",
	},
	[PROBABILITY] = {
		.name = "txpath_qdisc_gred_virtual_queue_maximum_probability_ratio",
		.help = "Probability of a drop or mark at the maximum (TCA_GRED_MAX_P, probability of vq in tc -d qdisc).",
		.unit = METRIC_DOUBLE,
	},
	[PRIORITY] = {
		.name = "txpath_qdisc_gred_virtual_queue_priority",
		.help = "Priority of the virtual queue, the smaller the more important (prio of TCA_GRED_PARMS, prio of vq in tc qdisc).",
	},
	[ECN] = {
		.name = "txpath_qdisc_gred_virtual_queue_ecn_enabled",
		.help = "Whether packets that know of it are marked rather than dropped (TCA_GRED_VQ_FLAGS, ecn of vq in tc qdisc).",
	},
	[AVERAGE] = {
		.name = "txpath_qdisc_gred_virtual_queue_average_backlog_bytes",
		.help = "Mean queue length that drops and marks go by (qave of TCA_GRED_PARMS, qave of vq in tc -s qdisc).",
	},
	[BACKLOG] = {
		.name = "txpath_qdisc_gred_virtual_queue_backlog_bytes",
		.help = "Bytes of the virtual queue that wait (TCA_GRED_VQ_STAT_BACKLOG, backlog of vq in tc -s qdisc).",
	},
	[ARRIVED_BYTES] = {
		.name = "txpath_qdisc_gred_virtual_queue_arrived_bytes_total",
		.help = "Bytes that came for the virtual queue, dropped or not (TCA_GRED_VQ_STAT_BYTES, bytes of vq in tc -s qdisc).",
		.type = METRIC_COUNTER,
	},
	[ARRIVED_PACKETS] = {
		.name = "txpath_qdisc_gred_virtual_queue_arrived_packets_total",
		.help = "Packets that came for the virtual queue, dropped or not (TCA_GRED_VQ_STAT_PACKETS, packets of vq in tc -s qdisc).",
		.type = METRIC_COUNTER,
	},
	[EARLY_DROPS] = {
		.name = "txpath_qdisc_gred_virtual_queue_early_drops_total",
		.help = "Packets dropped below the maximum (TCA_GRED_VQ_STAT_PROB_DROP, prob_drop of vq in tc -s qdisc).",
		.type = METRIC_COUNTER,
	},
	[FORCED_DROPS] = {
		.name = "txpath_qdisc_gred_virtual_queue_forced_drops_total",
		.help = "Packets dropped at the maximum (TCA_GRED_VQ_STAT_FORCED_DROP, forced_drop of vq in tc -s qdisc).",
		.type = METRIC_COUNTER,
	},
	[LIMIT_DROPS] = {
		.name = "txpath_qdisc_gred_virtual_queue_limit_drops_total",
		.help = "Packets dropped at the limit (TCA_GRED_VQ_STAT_PDROP, pdrop of vq in tc -s qdisc).",
		.type = METRIC_COUNTER,
	},
	[EARLY_MARKS] = {
		.name = "txpath_qdisc_gred_virtual_queue_early_ecn_marks_total",
		.help = "Packets marked below the maximum (TCA_GRED_VQ_STAT_PROB_MARK, prob_mark of vq in tc -s qdisc).",
		.type = METRIC_COUNTER,
	},
	[FORCED_MARKS] = {
		.name = "txpath_qdisc_gred_virtual_queue_forced_ecn_marks_total",
		.help = "Packets marked at the maximum (TCA_GRED_VQ_STAT_FORCED_MARK, forced_mark of vq in tc -s qdisc).",
		.type = METRIC_COUNTER,
	},
};

/* The structure is taken for the options of a virtual queue, the list for its statistics. */
static const struct tc_field queue_fields[] = {
	{ .family = LIMIT, .source = TC_OPTIONS, TC_MEMBER(struct tc_gred_qopt, limit) },
	{ .family = MINIMUM, .source = TC_OPTIONS, TC_MEMBER(struct tc_gred_qopt, qth_min) },
	{ .family = MAXIMUM, .source = TC_OPTIONS, TC_MEMBER(struct tc_gred_qopt, qth_max) },
	{ .family = PRIORITY, .source = TC_OPTIONS, TC_MEMBER(struct tc_gred_qopt, prio) },
	{ .family = AVERAGE, .source = TC_OPTIONS, TC_MEMBER(struct tc_gred_qopt, qave) },
	{ .family = BACKLOG, .source = TC_OPTIONS, TC_MEMBER(struct tc_gred_qopt, backlog) },
	{ .family = ECN, .source = TC_XSTAT, .attribute = TCA_GRED_VQ_FLAGS, .size = 4 },
	{ .family = ARRIVED_BYTES,
	  .source = TC_XSTAT,
	  .attribute = TCA_GRED_VQ_STAT_BYTES,
	  .size = 8 },
	{ .family = ARRIVED_PACKETS,
	  .source = TC_XSTAT,
	  .attribute = TCA_GRED_VQ_STAT_PACKETS,
	  .size = 4 },
	{ .family = EARLY_DROPS,
	  .source = TC_XSTAT,
	  .attribute = TCA_GRED_VQ_STAT_PROB_DROP,
	  .size = 4 },
	{ .family = FORCED_DROPS,
	  .source = TC_XSTAT,
	  .attribute = TCA_GRED_VQ_STAT_FORCED_DROP,
	  .size = 4 },
	{ .family = LIMIT_DROPS,
	  .source = TC_XSTAT,
	  .attribute = TCA_GRED_VQ_STAT_PDROP,
	  .size = 4 },
	{ .family = EARLY_MARKS,
	  .source = TC_XSTAT,
	  .attribute = TCA_GRED_VQ_STAT_PROB_MARK,
	  .size = 4 },
	{ .family = FORCED_MARKS,
	  .source = TC_XSTAT,
	  .attribute = TCA_GRED_VQ_STAT_FORCED_MARK,
	  .size = 4 },
};

static int take_flag(struct tc_values *values)
{
	tc_values_flag(values, ECN, TC_RED_ECN);
	return 0;
}

/* Options and statistics of each virtual queue, as far as there are any. */
struct queues {
	size_t n;
	struct tc_details details[MAX_DPs];
	bool is_set_up[MAX_DPs];
};

static void find_options(struct tc_bytes all, struct queues *queues)
{
	queues->n = all.size / sizeof(struct tc_gred_qopt);
	queues->n = queues->n < MAX_DPs ? queues->n : MAX_DPs;
	for (size_t i = 0; i < queues->n; i++) {
		struct tc_gred_qopt options;
		const char *bytes = all.bytes + i * sizeof(options);

		memcpy(&options, bytes, sizeof(options));
		/* The kernel gives others a number beyond all. */
		queues->is_set_up[i] = options.DP == i;
		queues->details[i].options = (struct tc_bytes){ bytes, sizeof(options) };
	}
}

static int take_statistics(const struct nlattr *entry, struct queues *queues)
{
	struct tc_details details = { .xstats = tc_bytes_of(entry) };
	const struct nlattr *attribute;
	int error = tc_xstat(&details, TCA_GRED_VQ_DP, &attribute);
	uint32_t number;

	if (error < 0 || !attribute || attribute_size(attribute) < sizeof(number))
		return -EBADMSG;
	number = mnl_attr_get_u32(attribute);
	if (number < queues->n)
		queues->details[number].xstats = details.xstats;
	return 0;
}

static int find_statistics(struct tc_bytes all, struct queues *queues)
{
	const struct nlattr *entry;
	int error = 0;

	while (!error && (entry = attributes_next(&all.bytes, &all.size)))
		if (attribute_type(entry) == TCA_GRED_VQ_ENTRY)
			error = take_statistics(entry, queues);
	if (!error && all.size)
		error = -EBADMSG;
	return error;
}

static int find_queues(struct tc_details *details, struct queues *queues)
{
	const struct nlattr *options = NULL, *statistics = NULL;
	int error = tc_option(details, TCA_GRED_PARMS, &options);

	if (!error)
		error = tc_option(details, TCA_GRED_VQ_LIST, &statistics);
	if (error < 0 || !options)
		return error;
	find_options(tc_bytes_of(options), queues);
	return statistics ? find_statistics(tc_bytes_of(statistics), queues) : 0;
}

static int read_queues(struct queues *queues, struct tc_values values[static MAX_DPs])
{
	static const struct tc_fields list = { TC_FIELDS(queue_fields), .adjust = take_flag };

	for (size_t i = 0; i < queues->n; i++) {
		const struct metric_table *table = &tc_gred.parts_table;

		values[i].present = 0;
		if (queues->is_set_up[i] &&
		    tc_values_read(&list, table, &queues->details[i], &values[i]) < 0)
			return -EBADMSG;
	}
	return 0;
}

/* An array with a number for each. */
static int take_probabilities(struct tc_details *details, size_t n,
                              struct tc_values values[static MAX_DPs])
{
	const struct nlattr *attribute = NULL;
	int error = tc_option(details, TCA_GRED_MAX_P, &attribute);
	struct tc_bytes all = tc_bytes_of(attribute);

	for (size_t i = 0; !error && i < n && i < all.size / sizeof(uint32_t); i++) {
		uint32_t probability;

		memcpy(&probability, all.bytes + i * sizeof(probability), sizeof(probability));
		values[i].of[PROBABILITY].real = probability * 0x1p-32;
		values[i].present |= UINT64_C(1) << PROBABILITY;
	}
	return error;
}

static int write_queues(struct tc_details *details, const struct tc_labels *labels,
                        struct batch *batch)
{
	struct tc_values values[MAX_DPs];
	struct queues queues = { 0 };
	int error = details->options.bytes ? find_queues(details, &queues) : 0;

	if (!error)
		error = read_queues(&queues, values);
	if (!error && queues.n)
		error = take_probabilities(details, queues.n, values);
	for (unsigned i = 0; i < queues.n && !error; i++) {
		if (!queues.is_set_up[i])
			continue;
		tc_labels_part_row(labels, &tc_gred.parts_table, i, batch);
		tc_values_write(&values[i], batch);
	}
	return error;
}

const struct tc_kind tc_gred = {
	.name = "gred",
	.qdisc_common = { TC_FIELDS(common_fields) },
	.qdisc_table = { { TC_QDISC_LABELS, "netns" }, TC_FAMILIES(families) },
	.qdisc = { TC_FIELDS(fields) },
	.parts_table = { { TC_QDISC_LABELS, "virtual_queue", "netns" },
	                 TC_FAMILIES(queue_families) },
	.write_parts = write_queues,
};
