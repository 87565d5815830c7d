/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A row for each qdisc and each class, and further ones for what its kind has of its own. All that
 * the kind tells is read before anything is written: an object that tells nonsense there has but
 * the common values.
 */
#include "collectors/qdisc/tc_metrics.h"

#include <errno.h>

#include "collectors/qdisc/tc_families.h"
#include "collectors/qdisc/tc_kind.h"

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

const struct metric_table *const tc_tables[] = {
	&tc_qdisc_table,          &tc_class_table,
	&tc_cake.qdisc_table,     &tc_cake.parts_table,
	&tc_cbs.qdisc_table,      &tc_choke.qdisc_table,
	&tc_codel.qdisc_table,    &tc_drr.class_table,
	&tc_etf.qdisc_table,      &tc_ets.qdisc_table,
	&tc_fq.qdisc_table,       &tc_fq.parts_table,
	&tc_fq_codel.qdisc_table, &tc_fq_pie.qdisc_table,
	&tc_gred.qdisc_table,     &tc_gred.parts_table,
	&tc_hfsc.class_table,     &tc_hhf.qdisc_table,
	&tc_htb.qdisc_table,      &tc_mqprio.qdisc_table,
	&tc_mqprio.parts_table,   &tc_netem.qdisc_table,
	&tc_pie.qdisc_table,      &tc_qfq.class_table,
	&tc_red.qdisc_table,      &tc_sfb.qdisc_table,
	&tc_sfq.qdisc_table,      &tc_taprio.qdisc_table,
	&tc_taprio.class_table,   &tc_taprio.parts_table,
	&tc_tbf.qdisc_table,      &tc_pfifo_fast.qdisc_table,
	&tc_prio.qdisc_table,     &tc_multiq.qdisc_table,
	&namespace_table,         NULL,
};

/* Where the values of an object go: the row that all have, and one of its kind's. */
struct tc_layout {
	const struct metric_table *common_table;
	const struct tc_fields *common;
	const struct metric_table *own_table;
	const struct tc_fields *own;
};

/* What the kind tells of an object. */
struct tc_extension {
	struct tc_details details;
	struct tc_values common, own;
};

static bool has_statistics(const struct tc_object *object)
{
	return object->has_bytes || object->has_packets || object->has_queue;
}

/* Without anything when it is malformed. */
static int extension_read(struct tc_extension *extension, const struct tc_object *object,
                          const struct tc_layout *layout)
{
	struct tc_details *details = &extension->details;

	details->options = object->options;
	details->xstats = object->xstats;
	details->options_header = object->how->options_header;
	details->options_sorted = details->xstats_sorted = false;
	if (tc_values_read(layout->common, layout->common_table, details, &extension->common) ==
	            0 &&
	    tc_values_read(layout->own, layout->own_table, details, &extension->own) == 0)
		return 0;
	extension->common.present = extension->own.present = 0;
	return -EBADMSG;
}

static void write_own(const struct tc_extension *extension, const struct tc_layout *layout,
                      const struct tc_labels *labels, struct batch *batch)
{
	if (!extension->own.present)
		return;
	tc_labels_row(labels, layout->own_table, batch);
	tc_values_write(&extension->own, batch);
}

static void write_common(const struct tc_object *object, uint32_t peak_bytes, struct batch *batch)
{
	if (object->has_bytes)
		batch_count(batch, TC_QDISC_SENT_BYTES, object->sent_bytes);
	if (object->has_packets)
		batch_count(batch, TC_QDISC_SENT_PACKETS, object->sent_packets);
	if (object->has_requeues)
		batch_count(batch, TC_QDISC_REQUEUES, object->requeues);
	if (!object->has_queue)
		return;
	batch_count(batch, TC_QDISC_DROPS, object->drops);
	batch_count(batch, TC_QDISC_OVERLIMITS, object->overlimits);
	batch_count(batch, TC_QDISC_BACKLOG_BYTES, object->backlog_bytes);
	if (object->has_backlog_packets)
		batch_count(batch, TC_QDISC_BACKLOG_PACKETS, object->backlog_packets);
	batch_count(batch, TC_QDISC_BACKLOG_PEAK_BYTES, peak_bytes);
}

int tc_write_qdisc(const struct tc_object *qdisc, uint32_t peak_bytes, const struct tc_place *place,
                   struct batch *batch)
{
	const struct tc_kind *how = qdisc->how;
	const struct tc_layout layout = { &tc_qdisc_table, &how->qdisc_common, &how->qdisc_table,
		                          &how->qdisc };
	struct tc_extension extension;
	struct tc_labels labels;
	int error;

	if (!has_statistics(qdisc))
		return 0;
	error = extension_read(&extension, qdisc, &layout);

	tc_labels_of_qdisc(&labels, qdisc, place);
	tc_labels_row(&labels, &tc_qdisc_table, batch);
	write_common(qdisc, peak_bytes, batch);
	if (qdisc->has_offload)
		batch_count(batch, TC_QDISC_OFFLOADED, qdisc->is_offloaded);
	tc_values_write(&extension.common, batch);
	write_own(&extension, &layout, &labels, batch);
	if (how->write_parts && !error)
		error = how->write_parts(&extension.details, &labels, batch);
	return error;
}

int tc_write_class(const struct tc_object *class, uint32_t peak_bytes, const struct tc_place *place,
                   struct batch *batch)
{
	const struct tc_kind *how = class->how;
	const struct tc_layout layout = { &tc_class_table, &how->class_common, &how->class_table,
		                          &how->class };
	struct tc_extension extension;
	struct tc_labels labels;
	int error;

	if (!has_statistics(class))
		return 0;
	error = extension_read(&extension, class, &layout);

	tc_labels_of_class(&labels, class, place);
	tc_labels_row(&labels, &tc_class_table, batch);
	write_common(class, peak_bytes, batch);
	tc_values_write(&extension.common, batch);
	write_own(&extension, &layout, &labels, batch);
	return error;
}

void tc_write_namespace(const struct namespace *namespace, struct batch *batch)
{
	const struct label netns = namespace_label(namespace);

	batch_row(batch, &namespace_table, &netns, 1);
	batch_count(batch, 0, namespace->sampled_nsec);
}
