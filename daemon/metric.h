/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What may be exported, as constant tables: the single source of names, help texts, labels and
 * types, from which expositions are rendered and the metric reference is generated.
 *
 * A table groups families that share their labels, because they come from the same kernel object:
 * one row of a batch holds one object's labels once and its values for every family.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define METRIC_LABELS_MAX   8
#define METRIC_FAMILIES_MAX 64

enum metric_type {
	METRIC_GAUGE,
	METRIC_COUNTER,
	METRIC_HISTOGRAM,
};

/* How a family's values are held in a batch and written in an exposition. */
enum metric_unit {
	METRIC_COUNT,  /* uint64_t, written exactly */
	METRIC_NSEC,   /* uint64_t nanoseconds, written exactly as seconds */
	METRIC_DOUBLE, /* double, written in its shortest round-trip form; histograms have none */
};

/*
 * Upper bounds of a histogram's buckets, ascending, in the family's unit; +Inf is implied. Binary ones
 * are 2^first_exponent, 2^(first_exponent + 1), … of what is exposed (seconds), exactly, and upper
 * has the whole nanoseconds in them: between the two lies no value.
 */
struct histogram_bounds {
	size_t n;
	const uint64_t *upper;
	bool binary;
	int first_exponent;
};

struct metric_family {
	const char *name; /* whole: with prefix, unit, and _total for counters */
	const char *help; /* one line that names the kernel source; ends with a full stop */
	enum metric_type type;
	enum metric_unit unit;
	const struct histogram_bounds *bounds; /* histograms only */
};

struct metric_table {
	const char *labels[METRIC_LABELS_MAX + 1]; /* names, ended by NULL */
	const struct metric_family *families;
	size_t n_families; /* at most METRIC_FAMILIES_MAX */
};
