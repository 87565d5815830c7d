/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Traffic control objects as metrics. */
#include "collectors/device.h"
#include "collectors/qdisc/tc.h"
#include "daemon/batch.h"

/* Of the qdiscs and of the classes; ended by NULL. */
extern const struct metric_table *const tc_tables[];

void tc_write_qdisc(const struct tc_object *qdisc, const struct device *device,
                    struct batch *batch);

void tc_write_class(const struct tc_object *class, const struct device *device,
                    struct batch *batch);
