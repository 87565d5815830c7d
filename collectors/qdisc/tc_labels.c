/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names are put together by hand: at thousands of objects a sample, printf would cost more than all
 * the rest.
 */
#include "collectors/qdisc/tc_labels.h"

#include <linux/pkt_sched.h>

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

void tc_labels_of_qdisc(struct tc_labels *labels, const struct tc_object *qdisc,
                        const struct tc_place *place)
{
	labels->n = 0;
	labels->labels[labels->n++] = device_label(place->device);
	labels->labels[labels->n++] = kind_label(qdisc);
	labels->labels[labels->n++] =
		(struct label){ labels->handle,
		                tc_qdisc_handle_format(qdisc->handle, labels->handle) };
	labels->labels[labels->n++] = qdisc_parent_label(qdisc, labels->parent);
	labels->labels[labels->n++] = namespace_label(place->namespace);
}

void tc_labels_of_class(struct tc_labels *labels, const struct tc_object *class,
                        const struct tc_place *place)
{
	labels->n = 0;
	labels->labels[labels->n++] = device_label(place->device);
	labels->labels[labels->n++] = kind_label(class);
	labels->labels[labels->n++] =
		(struct label){ labels->handle, tc_handle_format(class->handle, labels->handle) };
	labels->labels[labels->n++] = parent_label(class, labels->parent);
	labels->labels[labels->n++] = (struct label){
		labels->leaf, class->leaf ? tc_qdisc_handle_format(class->leaf, labels->leaf) : 0
	};
	labels->labels[labels->n++] = namespace_label(place->namespace);
}

void tc_labels_part_row(const struct tc_labels *labels, const struct metric_table *table,
                        unsigned part, struct batch *batch)
{
	const char number[2] = { (char)('0' + part / 10 % 10), (char)('0' + part % 10) };
	struct label all[METRIC_LABELS_MAX];

	memcpy(all, labels->labels, (labels->n - 1) * sizeof(*all));
	all[labels->n - 1] = part < 10 ? (struct label){ number + 1, 1 }
				       : (struct label){ number, 2 };
	all[labels->n] = labels->labels[labels->n - 1];
	batch_row(batch, table, all, labels->n + 1);
}
