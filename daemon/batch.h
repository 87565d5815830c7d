/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A batch: the rows of one collection, in one arena. It is filled by one thread, row by row, and
 * read-only once it has become a snapshot. Errors stick: the writer appends without checking, and
 * whoever publishes the batch asks batch_error() once.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "daemon/cleanup.h"
#include "daemon/histogram.h"
#include "daemon/metric.h"

/* A label value; length 0 means that the label is absent, whatever value is. Not terminated. */
struct label {
	const char *value;
	size_t length;
};

static inline struct label label_of(const char *string)
{
	return (struct label){ string, strlen(string) };
}

union metric_value {
	uint64_t count; /* METRIC_COUNT, METRIC_NSEC */
	double real;    /* METRIC_DOUBLE */
	const struct histogram *histogram;
};

struct batch_row {
	struct batch_row *next; /* in the order of adding, within one table */
	uint64_t present;       /* bit per family that has a value */
	struct label *labels;   /* one per label name; valid UTF-8, unescaped */
	union metric_value values[];
};

struct batch_table {
	const struct metric_table *table;
	size_t n_labels;
	struct batch_row *first;
	struct batch_row **end;
};

#define BATCH_TABLES_MAX 64

/* A block of plain bytes that goes with the rows, for who knows what it is; no pointers in it. */
struct batch_detail {
	struct batch_detail *next; /* in the order of adding */
	size_t size;
	_Alignas(max_align_t) unsigned char bytes[];
};

struct batch_chunk;

struct batch {
	struct batch_row
		*row;      /* the row being written; a scratch row when its values are refused */
	size_t n_series;   /* lines that the samples render to */
	size_t max_series; /* rows begun at or beyond it are refused */
	uint64_t n_dropped_series;
	uint64_t n_sanitized_labels;
	int error;

	size_t n_tables;
	struct batch_table tables[BATCH_TABLES_MAX];

	struct batch_detail *details;
	struct batch_detail **details_end;

	struct batch_chunk *chunks; /* all of the arena, the chunk in use first */
	struct batch_chunk *spares; /* kept by batch_reset() */
	struct batch_row *scratch;
};

/* A new empty batch that takes rows until it holds max_series series. NULL: out of memory. */
struct batch *batch_new(size_t max_series);

/* Frees the batch with all its rows; NULL is accepted. */
void batch_free(struct batch *batch);
DEFINE_CLEANUP(struct batch, batch_free)

/* Empties the batch for use again with another bound, and keeps its memory. */
void batch_reset(struct batch *batch, size_t max_series);

/*
 * Begins a row of the table; the values that follow belong to it. There is one label per label name
 * of the table, in order; the bytes are copied, invalid UTF-8 becomes U+FFFD and is counted. At the
 * series bound, or out of memory, the row is refused: values go nowhere, and are counted.
 */
void batch_row(struct batch *batch, const struct metric_table *table, const struct label *labels,
               size_t n_labels);

/* A copy of the histogram, as the current row's value of the family. */
void batch_histogram(struct batch *batch, unsigned family, const struct histogram *histogram);

/*
 * A zeroed block of that size that lives as long as the rows do. NULL: out of memory, which sticks.
 */
void *batch_detail(struct batch *batch, size_t size);

/*
 * Copies all rows and details of another batch behind those that are there, within the bound; what
 * was dropped, sanitized or failed in it stays its own.
 */
void batch_append(struct batch *batch, const struct batch *from);

/* 0, or the first error since batch_new() or batch_reset(): −ENOMEM. */
static inline int batch_error(const struct batch *batch)
{
	return batch->error;
}

static inline void batch_add_series(struct batch *batch, unsigned family, size_t n)
{
	batch->row->present |= UINT64_C(1) << family;
	if (batch->row == batch->scratch)
		batch->n_dropped_series += n;
	else
		batch->n_series += n;
}

/* The current row's value of the family (its index in the table), in the family's unit. */
static inline void batch_count(struct batch *batch, unsigned family, uint64_t value)
{
	batch->row->values[family].count = value;
	batch_add_series(batch, family, 1);
}

static inline void batch_real(struct batch *batch, unsigned family, double value)
{
	batch->row->values[family].real = value;
	batch_add_series(batch, family, 1);
}
