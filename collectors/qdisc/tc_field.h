/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Where a kind of qdisc has its values: a table for each kind says which bytes of a message become
 * which family, and one function reads them all. A value that the kernel does not give, because it
 * is older or has nothing to say, is not there; one that is cut short makes the whole malformed.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collectors/qdisc/tc.h"
#include "daemon/batch.h"

/* What holds the value. */
enum tc_source {
	TC_OPTIONS, /* TCA_OPTIONS, which is a structure or begins with one */
	TC_OPTION,  /* an attribute nested in TCA_OPTIONS */
	TC_XSTATS,  /* TCA_STATS_APP, which is a structure */
	TC_XSTAT,   /* an attribute nested in TCA_STATS_APP */
};

struct tc_field {
	/*
	 * Whose value it is; of several fields the last that is there. Beyond those of the table it
	 * is for adjust() only, and a count.
	 */
	uint8_t family;
	uint8_t source;
	uint8_t attribute;
	uint8_t offset;
	uint8_t size;            /* 1, 2, 4 or 8 bytes of an integer */
	bool is_signed : 1;      /* families in METRIC_DOUBLE only */
	bool is_later : 1;       /* a structure that ends before it is an older kernel's */
	bool unless_zero : 1;    /* 0 means that there is no such thing */
	bool unless_largest : 1; /* all ones do */
	uint32_t times;          /* to the family's unit, 0 for 1; METRIC_COUNT, METRIC_NSEC */
	double factor;           /* the same for METRIC_DOUBLE */
};

/* Offset and size of a structure's member. */
#define TC_MEMBER(type, member) \
	.offset = offsetof(type, member), .size = sizeof(((const type *)NULL)->member)

#define TC_USEC  1000    /* nanoseconds */
#define TC_MSEC  1000000 /* nanoseconds */
#define TC_TICKS 64      /* nanoseconds in a tick of the packet scheduler (PSCHED_SHIFT) */

struct tc_values {
	uint64_t present; /* bit per family */
	union metric_value of[METRIC_FAMILIES_MAX];
};

struct tc_fields {
	const struct tc_field *list;
	size_t n;

	/* Has the last word on values that depend on others. −EBADMSG: they make no sense. */
	int (*adjust)(struct tc_values *values);
};

#define TC_ATTRIBUTES_MAX 26 /* attributes of one nest that are known */

/* An object's options and statistics of its own, sorted as far as they were asked for. */
struct tc_details {
	struct tc_bytes options;
	struct tc_bytes xstats;
	size_t options_header; /* bytes of the options before their attributes */

	bool options_sorted, xstats_sorted;
	const struct nlattr *option[TC_ATTRIBUTES_MAX];
	const struct nlattr *xstat[TC_ATTRIBUTES_MAX];
};

/* Reads all fields, as values of the table. −EBADMSG: what is there is cut short, or does not make sense. */
int tc_values_read(const struct tc_fields *fields, const struct metric_table *table,
                   struct tc_details *details, struct tc_values *ret_values);

/* The attribute nested in the options, NULL when there is none. −EBADMSG: lengths are wrong. */
int tc_option(struct tc_details *details, unsigned attribute, const struct nlattr **ret_found);

/* The same of the statistics. */
int tc_xstat(struct tc_details *details, unsigned attribute, const struct nlattr **ret_found);

/* Writes the values that are present into the batch's current row. */
void tc_values_write(const struct tc_values *values, struct batch *batch);

static inline bool tc_values_have(const struct tc_values *values, unsigned family)
{
	return values->present >> family & 1;
}

static inline void tc_values_drop(struct tc_values *values, unsigned family)
{
	values->present &= ~(UINT64_C(1) << family);
}

/*
 * A bucket's size, which kernels tell as the ticks that filling it takes at its rate, turned into
 * bytes as tc does it. Both are values of METRIC_COUNT; without a rate there is no size.
 */
void tc_values_fill(struct tc_values *values, unsigned bucket, unsigned rate);

/* One flag of several, a value of METRIC_COUNT, turned into 0 or 1. */
void tc_values_flag(struct tc_values *values, unsigned family, uint64_t mask);
