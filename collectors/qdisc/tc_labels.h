/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The labels of a qdisc or class, under the names that tc gives them: made once for each object,
 * and the beginning of the labels of all its rows.
 */
#include "collectors/device.h"
#include "collectors/namespace.h"
#include "collectors/qdisc/tc.h"
#include "daemon/batch.h"

/* Their names, for the tables, which have that of a part behind them and "netns" last. */
#define TC_QDISC_LABELS "device", "kind", "handle", "parent"
#define TC_CLASS_LABELS "device", "kind", "class", "parent", "leaf"

/* Where an object is. */
struct tc_place {
	const struct device *device;
	const struct namespace *namespace; /* NULL: our own */
};

struct tc_labels {
	struct label labels[METRIC_LABELS_MAX];
	size_t n;
	char handle[TC_HANDLE_SIZE], parent[TC_HANDLE_SIZE], leaf[TC_HANDLE_SIZE];
};

/* Place and object stay where they are as long as the labels are used, and so do these. */
void tc_labels_of_qdisc(struct tc_labels *labels, const struct tc_object *qdisc,
                        const struct tc_place *place);

void tc_labels_of_class(struct tc_labels *labels, const struct tc_object *class,
                        const struct tc_place *place);

/* Begins a row of the table. */
static inline void tc_labels_row(const struct tc_labels *labels, const struct metric_table *table,
                                 struct batch *batch)
{
	batch_row(batch, table, labels->labels, labels->n);
}

/*
 * Begins a row of a part of the object; the table has a label more, before the last, whose value is
 * a number below 100.
 */
void tc_labels_part_row(const struct tc_labels *labels, const struct metric_table *table,
                        unsigned part, struct batch *batch);
