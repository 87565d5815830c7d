/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Below latency.bpf.c, and for it alone: maps, and what every program does with them. */
#include "bpf/kernel.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "bpf/latency.h"

#define GOLDEN_RATIO 0x9E3779B97F4A7C15ULL

/* A send() that is looked at. */
struct probe {
	__u64 sent_nsec; /* when it was called */
	__u32 seq;       /* of its first byte */
	__u16 slot;      /* of the device that it left by */
	__u16 state;
};

enum {
	PROBE_NONE,
	PROBE_WAITS, /* for its first transmission */
	PROBE_LEFT,  /* and waits to be acknowledged */
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct latency_settings);
} settings SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct latency_devices);
} devices SEC(".maps");

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
	__type(value, struct latency_counts);
} counts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct latency_cpu);
} cpus SEC(".maps");

struct waiting {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct latency_waiting);
};

struct waiting queued SEC(".maps");
struct waiting completing SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct latency_sockets);
} sockets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct probe);
} probes SEC(".maps");

static const __u64 bounds[LATENCY_BUCKETS_ROOM] = LATENCY_BOUND_TABLE;

/* Addresses are told as their distance from here. */
static int origin;

#define barrier() asm volatile("" ::: "memory")

static __always_inline __u64 address_of(const void *pointer)
{
	const void *from = &origin;
	__u64 distance;

	asm volatile("%0 = %1\n\t%0 -= %2" : "=&r"(distance) : "r"(pointer), "r"(from));
	return distance;
}

static __always_inline const struct latency_settings *get_settings(void)
{
	__u32 first = 0;

	return bpf_map_lookup_elem(&settings, &first);
}

static __always_inline struct latency_cpu *get_cpu(void)
{
	__u32 first = 0;

	return bpf_map_lookup_elem(&cpus, &first);
}

static __always_inline void count(enum latency_count what)
{
	__u32 first = 0;
	struct latency_counts *own = bpf_map_lookup_elem(&counts, &first);

	if (own)
		own->n[what]++;
}

/* Whether this one is looked at, of those that the number belongs to. */
static __always_inline bool is_due(const struct latency_settings *wanted, __u64 *until)
{
	if (!wanted->sampling)
		return false;
	if (*until > 1) {
		(*until)--;
		return false;
	}
	/* Between 1 and 2n - 1: a fixed stride would keep step with requests and answers. */
	if (wanted->one_in > 1)
		*until = 1 + bpf_get_prandom_u32() % (2 * wanted->one_in - 1);
	return true;
}

static __always_inline void observe(__u32 segment, __u32 slot, __u64 nsec)
{
	__u32 index = segment * LATENCY_DEVICES + slot, bucket;
	struct latency_element *element = bpf_map_lookup_elem(&histograms, &index);

	if (!element)
		return;
	bucket = latency_bucket(nsec, bounds);
	asm volatile("%0 &= 31" : "+r"(bucket));
	element->n_begun++;
	barrier();
	element->sum_nsec += nsec;
	element->buckets[bucket]++;
	barrier();
	element->n_ended++;
}
