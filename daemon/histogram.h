/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A histogram with fixed bounds. Counts are per bucket, not cumulative; a bucket holds the values
 * above the bound before it and at most its own, as Prometheus defines `le`. The count of all
 * observations is the sum of the buckets: it is never kept apart, so the two cannot disagree.
 */
#include <stdint.h>
#include <stdlib.h>

#include "daemon/cleanup.h"
#include "daemon/metric.h"

struct histogram {
	const struct histogram_bounds *bounds;
	uint64_t sum;      /* of all observed values, in the family's unit; wraps */
	uint64_t counts[]; /* bounds->n + 1; the last one is the bucket up to +Inf */
};

static inline size_t histogram_size(const struct histogram_bounds *bounds)
{
	return sizeof(struct histogram) + (bounds->n + 1) * sizeof(uint64_t);
}

/* A new histogram without observations; bounds must outlive it. NULL: out of memory. */
static inline struct histogram *histogram_new(const struct histogram_bounds *bounds)
{
	struct histogram *histogram = calloc(1, histogram_size(bounds));

	if (histogram)
		histogram->bounds = bounds;
	return histogram;
}

static inline void histogram_free(struct histogram *histogram)
{
	free(histogram);
}
DEFINE_CLEANUP(struct histogram, histogram_free)

static inline void histogram_observe(struct histogram *histogram, uint64_t value)
{
	const struct histogram_bounds *bounds = histogram->bounds;
	size_t bucket = 0, n = bounds->n;

	/* The first bound not below the value; most values lie in the first buckets or by halving. */
	if (n && value > bounds->upper[0]) {
		while (n > 1) {
			size_t half = n / 2;

			bucket = bounds->upper[bucket + half - 1] < value ? bucket + half : bucket;
			n -= half;
		}
		bucket += bounds->upper[bucket] < value;
	}
	histogram->counts[bucket]++;
	histogram->sum += value;
}
