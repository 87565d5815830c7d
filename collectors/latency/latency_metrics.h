/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What was measured, as rows. */
#include "collectors/latency/latency_devices.h"
#include "collectors/latency/latency_source.h"
#include "collectors/namespace_names.h"
#include "daemon/batch.h"

struct latency_metrics;

int latency_metrics_new(struct latency_metrics **ret_metrics, struct reason *reason);
void latency_metrics_free(struct latency_metrics *metrics);
DEFINE_CLEANUP(struct latency_metrics, latency_metrics_free)

/*
 * Writes rows of all devices and segments that anything was measured of; devices that are called the
 * same are one. 0, or −errno with the reason filled.
 */
int latency_metrics_write(struct latency_metrics *metrics, struct latency_source *source,
                          const struct latency_devices *devices,
                          const struct latency_counts *counts, struct namespace_names *names,
                          struct batch *batch, struct reason *reason);

/* Writes how each segment is measured. */
void latency_metrics_write_ladder(const struct latency_rungs *rungs, bool off, struct batch *batch);

/* Totals, of all devices. */
void latency_metrics_write_totals(uint64_t observed_nsec, uint64_t n_devices, uint64_t n_pending,
                                  struct batch *batch);

extern const struct metric_table latency_table, latency_queue_table, latency_segment_table,
	latency_total_table;
