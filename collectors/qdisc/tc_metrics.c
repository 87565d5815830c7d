/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A row for each qdisc and each class, under the names that tc gives them. Names are put together
 * by hand: at thousands of objects a sample, printf would cost more than all the rest.
 */
#include "collectors/qdisc/tc_metrics.h"

#include <linux/pkt_sched.h>

enum {
	SENT_BYTES,
	SENT_PACKETS,
	DROPS,
	OVERLIMITS,
	REQUEUES,
	BACKLOG_BYTES,
	BACKLOG_PACKETS,
	FAMILIES,
};

static const struct metric_family qdisc_families[FAMILIES] = {
	[SENT_BYTES] = {
		.name = "txpath_qdisc_sent_bytes_total",
		.help = "Bytes sent by the qdisc (bytes of TCA_STATS_BASIC, Sent in tc -s qdisc).",
		.type = METRIC_COUNTER,
	},
	[SENT_PACKETS] = {
		.name = "txpath_qdisc_sent_packets_total",
		.help = "Packets sent by the qdisc (packets of TCA_STATS_PKT64 or TCA_STATS_BASIC, Sent in tc -s qdisc).",
		.type = METRIC_COUNTER,
	},
	[DROPS] = {
		.name = "txpath_qdisc_drops_total",
		.help = "Packets dropped by the qdisc (drops of TCA_STATS_QUEUE, dropped in tc -s qdisc).",
		.type = METRIC_COUNTER,
	},
	[OVERLIMITS] = {
		.name = "txpath_qdisc_overlimits_total",
		.help = "Times that a limit held packets back in the qdisc (overlimits of TCA_STATS_QUEUE, overlimits in tc -s qdisc).",
		.type = METRIC_COUNTER,
	},
	[REQUEUES] = {
		.name = "txpath_qdisc_requeues_total",
		.help = "Packets put back into the qdisc, as the driver could not take them (requeues of TCA_STATS_QUEUE, requeues in tc -s qdisc).",
		.type = METRIC_COUNTER,
	},
	[BACKLOG_BYTES] = {
		.name = "txpath_qdisc_backlog_bytes",
		.help = "Bytes waiting in the qdisc (backlog of TCA_STATS_QUEUE, backlog in tc -s qdisc).",
	},
	[BACKLOG_PACKETS] = {
		.name = "txpath_qdisc_backlog_packets",
		.help = "Packets waiting in the qdisc (qlen of TCA_STATS_QUEUE, backlog in tc -s qdisc).",
	},
};

static const struct metric_family class_families[FAMILIES] = {
	[SENT_BYTES] = {
		.name = "txpath_class_sent_bytes_total",
		.help = "Bytes sent by the class (bytes of TCA_STATS_BASIC, Sent in tc -s class).",
		.type = METRIC_COUNTER,
	},
	[SENT_PACKETS] = {
		.name = "txpath_class_sent_packets_total",
		.help = "Packets sent by the class (packets of TCA_STATS_PKT64 or TCA_STATS_BASIC, Sent in tc -s class).",
		.type = METRIC_COUNTER,
	},
	[DROPS] = {
		.name = "txpath_class_drops_total",
		.help = "Packets dropped by the class (drops of TCA_STATS_QUEUE, dropped in tc -s class).",
		.type = METRIC_COUNTER,
	},
	[OVERLIMITS] = {
		.name = "txpath_class_overlimits_total",
		.help = "Times that a limit held packets back in the class (overlimits of TCA_STATS_QUEUE, overlimits in tc -s class).",
		.type = METRIC_COUNTER,
	},
	[REQUEUES] = {
		.name = "txpath_class_requeues_total",
		.help = "Packets put back into the class, as the driver could not take them (requeues of TCA_STATS_QUEUE, requeues in tc -s class).",
		.type = METRIC_COUNTER,
	},
	[BACKLOG_BYTES] = {
		.name = "txpath_class_backlog_bytes",
		.help = "Bytes waiting in the class (backlog of TCA_STATS_QUEUE, backlog in tc -s class).",
	},
	[BACKLOG_PACKETS] = {
		.name = "txpath_class_backlog_packets",
		.help = "Packets waiting in the class (qlen of TCA_STATS_QUEUE, backlog in tc -s class).",
	},
};

static const struct metric_table qdisc_table = {
	.labels = { "device", "kind", "handle", "parent", "netns" },
	.families = qdisc_families,
	.n_families = FAMILIES,
};

static const struct metric_table class_table = {
	.labels = { "device", "kind", "class", "parent", "leaf", "netns" },
	.families = class_families,
	.n_families = FAMILIES,
};

static const struct metric_family namespace_family = {
	.name = "txpath_qdisc_sample_timestamp_seconds",
	.help = "When the sample of another network namespace was begun, since the Unix epoch; its age is time() less this. The daemon's own is sampled every time.",
	.unit = METRIC_NSEC,
};

static const struct metric_table namespace_table = {
	.labels = { "netns" },
	.families = &namespace_family,
	.n_families = 1,
};

const struct metric_table *const tc_tables[] = { &qdisc_table, &class_table, &namespace_table,
	                                         NULL };

static void write_statistics(const struct tc_object *object, struct batch *batch)
{
	if (object->has_bytes)
		batch_count(batch, SENT_BYTES, object->sent_bytes);
	if (object->has_packets)
		batch_count(batch, SENT_PACKETS, object->sent_packets);
	if (!object->has_queue)
		return;
	batch_count(batch, DROPS, object->drops);
	batch_count(batch, OVERLIMITS, object->overlimits);
	batch_count(batch, REQUEUES, object->requeues);
	batch_count(batch, BACKLOG_BYTES, object->backlog_bytes);
	batch_count(batch, BACKLOG_PACKETS, object->backlog_packets);
}

static bool has_statistics(const struct tc_object *object)
{
	return object->has_bytes || object->has_packets || object->has_queue;
}

static struct label kind_label(const struct tc_object *object)
{
	return (struct label){ object->kind, object->kind_length };
}

/* text is room for the label that is returned. */
static struct label parent_label(const struct tc_object *object, char text[static TC_HANDLE_SIZE])
{
	if (object->parent == TC_H_ROOT)
		return label_of("root");
	return (struct label){ text, tc_handle_format(object->parent, text) };
}

/* Ingress and clsact hang off a device at the same place, which is neither root nor a class. */
static struct label qdisc_parent_label(const struct tc_object *qdisc,
                                       char text[static TC_HANDLE_SIZE])
{
	if (qdisc->parent != TC_H_INGRESS)
		return parent_label(qdisc, text);
	return label_of(strcmp(qdisc->kind, "clsact") == 0 ? "clsact" : "ingress");
}

void tc_write_qdisc(const struct tc_object *qdisc, const struct device *device,
                    const struct namespace *namespace, struct batch *batch)
{
	char handle[TC_HANDLE_SIZE], parent[TC_HANDLE_SIZE];
	const struct label labels[] = {
		device_label(device),
		kind_label(qdisc),
		{ handle, tc_qdisc_handle_format(qdisc->handle, handle) },
		qdisc_parent_label(qdisc, parent),
		namespace_label(namespace),
	};

	if (!has_statistics(qdisc))
		return;
	batch_row(batch, &qdisc_table, labels, ARRAY_SIZE(labels));
	write_statistics(qdisc, batch);
}

void tc_write_class(const struct tc_object *class, const struct device *device,
                    const struct namespace *namespace, struct batch *batch)
{
	char handle[TC_HANDLE_SIZE], parent[TC_HANDLE_SIZE], leaf[TC_HANDLE_SIZE];
	const struct label labels[] = {
		device_label(device),
		kind_label(class),
		{ handle, tc_handle_format(class->handle, handle) },
		parent_label(class, parent),
		{ leaf, class->leaf ? tc_qdisc_handle_format(class->leaf, leaf) : 0 },
		namespace_label(namespace),
	};

	if (!has_statistics(class))
		return;
	batch_row(batch, &class_table, labels, ARRAY_SIZE(labels));
	write_statistics(class, batch);
}

void tc_write_namespace(const struct namespace *namespace, struct batch *batch)
{
	const struct label label = namespace_label(namespace);

	batch_row(batch, &namespace_table, &label, 1);
	batch_count(batch, 0, namespace->sampled_nsec);
}
