/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Traffic control objects as metrics. */
#include "collectors/device.h"
#include "collectors/namespace.h"
#include "collectors/qdisc/tc.h"
#include "daemon/batch.h"

/* Of the qdiscs, of the classes, and of other namespaces; ended by NULL. */
extern const struct metric_table *const tc_tables[];

/* The namespace is the one that the object is in: NULL is our own. */
void tc_write_qdisc(const struct tc_object *qdisc, const struct device *device,
                    const struct namespace *namespace, struct batch *batch);

void tc_write_class(const struct tc_object *class, const struct device *device,
                    const struct namespace *namespace, struct batch *batch);

/* When the sample of the namespace was begun. */
void tc_write_namespace(const struct namespace *namespace, struct batch *batch);
