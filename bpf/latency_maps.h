/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Below latency.bpf.c, and for it alone: maps, and what every program does with them. */
#include "bpf/kernel.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "bpf/latency.h"

#define GOLDEN_RATIO 0x9E3779B97F4A7C15ULL

/* A global variable is reached without a lookup. Each section is a map, which userspace writes. */
struct latency_settings settings SEC(".data.settings");
struct latency_devices devices SEC(".data.devices");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, LATENCY_ELEMENTS);
	__type(key, __u32);
	__type(value, struct latency_element);
} histograms SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct latency_cpu);
} cpus SEC(".maps");

static const struct latency_scale scale = LATENCY_SCALE;

#define barrier() asm volatile("" ::: "memory")

/* Of this CPU; each program asks once. */
static __always_inline struct latency_cpu *get_cpu(void)
{
	__u32 first = 0;

	return bpf_map_lookup_elem(&cpus, &first);
}

static __always_inline void count(struct latency_cpu *cpu, enum latency_count what)
{
	cpu->counts.n[what]++;
}

/* Whether this one is looked at, of those that the number belongs to. */
static __always_inline bool is_due(__u64 *until)
{
	if (!settings.sampling)
		return false;
	if (*until > 1) {
		(*until)--;
		return false;
	}
	/* Between 1 and 2n - 1: a fixed stride would keep step with requests and answers. */
	if (settings.one_in > 1)
		*until = 1 + bpf_get_prandom_u32() % (2 * settings.one_in - 1);
	return true;
}

static __always_inline void observe(__u32 segment, __u32 slot, __u64 nsec)
{
	__u32 index = segment * LATENCY_DEVICES + slot, bucket;
	struct latency_element *element = bpf_map_lookup_elem(&histograms, &index);

	if (!element)
		return;
	bucket = latency_bucket(nsec, &scale);
	asm volatile("%0 &= 31" : "+r"(bucket));
	element->buckets[bucket]++;
	barrier();
	element->sum_nsec += nsec;
	barrier();
	element->n++;
}
