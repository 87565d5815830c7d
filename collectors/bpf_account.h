/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What a collector's programs cost and miss, for the daemon's own metrics. */
#include "collectors/bpf_probes.h"
#include "daemon/collector.h"

/*
 * Tells each role as a program of the collector, whoever has it. Times and runs are there while the
 * kernel accounts for them, and afterwards.
 */
void bpf_account_programs(const struct bpf_probes *probes, struct collector_tally *tally);

/* And those of another object, after those. */
void bpf_account_more_programs(const struct bpf_probes *probes, struct collector_tally *tally);

/* Tells how many events of a cause, which is static, were lost since the programs were loaded. */
void bpf_account_loss(struct collector_tally *tally, const char *cause, uint64_t n_events);

/* The cause for which calls of programs are left out; told by bpf_account_programs(). */
#define BPF_LOSS_BUSY "busy"
