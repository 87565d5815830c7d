/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Histograms as the programs write them, one per CPU, taken together. */
#include <stddef.h>

#include "bpf/latency.h"

struct latency_sums {
	__u64 sum_nsec;
	__u64 buckets[LATENCY_BUCKETS];
};

/* Reads a histogram of all CPUs, valid until the next call. 0 or −errno. */
typedef int (*latency_element_read_fn)(void *context, const struct latency_element **ret_elements,
                                       size_t *ret_n_cpus);

/*
 * Adds what all CPUs have to the sums, each CPU's as it was at one moment: it is read again while one
 * is being written. 0, −errno, or −EAGAIN: each time that it was read it was being written.
 */
int latency_element_add(latency_element_read_fn read, void *context, struct latency_sums *sums);
