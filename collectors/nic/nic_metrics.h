/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Network devices as metrics. */
#include "collectors/namespace.h"
#include "collectors/nic/nic_table.h"
#include "daemon/batch.h"

/* All devices of a sample; NULL is our own network namespace. */
void nic_metrics_write(const struct nic_table *table, const struct namespace *namespace,
                       struct batch *batch);

/* What is bound in all namespaces together. */
void nic_metrics_write_bound(const struct nic_setup *setup, struct batch *batch);
