/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The part of the daemon's own metrics that says how each collector is doing. */
#include "daemon/batch.h"
#include "daemon/crew.h"

extern const struct metric_table self_info_table;
extern const struct metric_table self_collector_table;
extern const struct metric_table self_namespaces_table; /* of those that can sample others */
extern const struct metric_table self_programs_table;   /* of those that have any */
extern const struct metric_table self_losses_table;

void self_write_collectors(struct batch *batch, const struct crew *crew, uint64_t now_usec);
