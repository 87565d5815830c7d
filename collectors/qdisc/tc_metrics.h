/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Traffic control objects as metrics. */
#include "collectors/qdisc/tc_labels.h"
#include "daemon/batch.h"

/* Of the qdiscs, of the classes, and of other namespaces; ended by NULL. */
extern const struct metric_table *const tc_tables[];

/*
 * Writes the object, with its largest backlog of the window; the message that it was parsed from
 * must still be there. −EBADMSG: what its kind tells of it is malformed, and was left out.
 */
int tc_write_qdisc(const struct tc_object *qdisc, uint32_t peak_bytes, const struct tc_place *place,
                   struct batch *batch);

int tc_write_class(const struct tc_object *class, uint32_t peak_bytes, const struct tc_place *place,
                   struct batch *batch);

/* When the sample of the namespace was begun. */
void tc_write_namespace(const struct namespace *namespace, struct batch *batch);
