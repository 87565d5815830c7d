/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The arena is a list of chunks filled from their beginning; a row, its values, its labels and
 * their bytes are one allocation. A refused row is a scratch row of the largest size, so that the
 * writer has somewhere to write and needs no branch of its own.
 */
#include "daemon/batch.h"

#include <errno.h>
#include <stdbool.h>

#include "daemon/utf8.h"

#define CHUNK_BYTES (16 * 1024)

struct batch_chunk {
	struct batch_chunk *next;
	size_t size; /* of bytes */
	size_t used;
	_Alignas(max_align_t) unsigned char bytes[];
};

static void chunks_free(struct batch_chunk *chunk)
{
	while (chunk) {
		struct batch_chunk *next = chunk->next;

		free(chunk);
		chunk = next;
	}
}

static struct batch_chunk *chunk_take(struct batch *batch, size_t size)
{
	struct batch_chunk *chunk = batch->spares;

	if (chunk && chunk->size >= size) {
		batch->spares = chunk->next;
	} else {
		size_t bytes = size > CHUNK_BYTES ? size : CHUNK_BYTES;

		chunk = malloc(sizeof(*chunk) + bytes);
		if (!chunk)
			return NULL;
		chunk->size = bytes;
	}
	chunk->used = 0;
	chunk->next = batch->chunks;
	batch->chunks = chunk;
	return chunk;
}

/* Memory of the arena, aligned for a row; NULL out of memory. */
static void *arena_take(struct batch *batch, size_t size)
{
	struct batch_chunk *chunk = batch->chunks;
	void *memory;

	size = (size + _Alignof(max_align_t) - 1) & ~(_Alignof(max_align_t) - 1);
	if (!chunk || chunk->size - chunk->used < size) {
		chunk = chunk_take(batch, size);
		if (!chunk)
			return NULL;
	}
	memory = chunk->bytes + chunk->used;
	chunk->used += size;
	return memory;
}

struct batch *batch_new(size_t max_series)
{
	struct batch *batch cleanup(batch_free) = calloc(1, sizeof(*batch));

	if (!batch)
		return NULL;
	batch->scratch = calloc(
		1, sizeof(*batch->scratch) + METRIC_FAMILIES_MAX * sizeof(union metric_value));
	if (!batch->scratch)
		return NULL;
	batch_reset(batch, max_series);
	return steal_pointer(batch);
}

void batch_free(struct batch *batch)
{
	if (!batch)
		return;
	chunks_free(batch->chunks);
	chunks_free(batch->spares);
	free(batch->scratch);
	free(batch);
}

void batch_reset(struct batch *batch, size_t max_series)
{
	while (batch->chunks) {
		struct batch_chunk *chunk = batch->chunks;

		batch->chunks = chunk->next;
		if (chunk->size == CHUNK_BYTES) {
			chunk->next = batch->spares;
			batch->spares = chunk;
		} else {
			free(chunk);
		}
	}
	batch->row = batch->scratch;
	batch->n_series = 0;
	batch->max_series = max_series;
	batch->n_dropped_series = 0;
	batch->n_sanitized_labels = 0;
	batch->error = 0;
	batch->n_tables = 0;
	batch->details = NULL;
	batch->details_end = &batch->details;
}

static struct batch_table *table_find(struct batch *batch, const struct metric_table *table)
{
	struct batch_table *found;
	size_t i = batch->n_tables;

	/* Rows of one table tend to come together, and a collector has few tables. */
	while (i-- > 0)
		if (batch->tables[i].table == table)
			return &batch->tables[i];

	assert(batch->n_tables < BATCH_TABLES_MAX);
	assert(table->n_families <= METRIC_FAMILIES_MAX);
	found = &batch->tables[batch->n_tables++];
	*found = (struct batch_table){ .table = table };
	while (table->labels[found->n_labels])
		found->n_labels++;
	found->end = &found->first;
	return found;
}

/* Labels of a row that is to be; those of another row are clean, and are not repaired twice. */
struct row_labels {
	const struct label *labels;
	size_t n;
	bool clean;
};

/* Copies the labels behind the row's values, where there is room for them without any repairs. */
static int row_copy_labels(struct batch *batch, struct batch_row *row,
                           const struct row_labels *from, unsigned char *bytes)
{
	const struct label *labels = from->labels;

	for (size_t i = 0; i < from->n; i++) {
		size_t length = labels[i].length;

		if (from->clean || utf8_is_valid(labels[i].value, length)) {
			if (length)
				memcpy(bytes, labels[i].value, length);
			row->labels[i] = (struct label){ (char *)bytes, length };
			bytes += length;
			continue;
		}

		char *clean = arena_take(batch, length * UTF8_REPAIR_GROWTH);

		if (!clean)
			return -ENOMEM;
		row->labels[i] =
			(struct label){ clean, utf8_repair(labels[i].value, length, clean) };
		batch->n_sanitized_labels++;
	}
	return 0;
}

static struct batch_row *row_new(struct batch *batch, const struct batch_table *table,
                                 const struct row_labels *labels)
{
	size_t values_bytes = table->table->n_families * sizeof(union metric_value);
	size_t labels_bytes = labels->n * sizeof(struct label);
	size_t text_bytes = 0;
	struct batch_row *row;

	for (size_t i = 0; i < labels->n; i++)
		text_bytes += labels->labels[i].length;

	row = arena_take(batch, sizeof(*row) + values_bytes + labels_bytes + text_bytes);
	if (!row)
		return NULL;
	row->next = NULL;
	row->present = 0;
	row->labels = (struct label *)(row->values + table->table->n_families);
	if (row_copy_labels(batch, row, labels, (unsigned char *)(row->labels + labels->n)) < 0)
		return NULL;
	return row;
}

static void row_begin(struct batch *batch, const struct metric_table *table,
                      const struct row_labels *labels)
{
	struct batch_table *rows = table_find(batch, table);
	struct batch_row *row;

	assert(labels->n == rows->n_labels);
	batch->row = batch->scratch;
	batch->scratch->present = 0;
	if (batch->error < 0 || batch->n_series >= batch->max_series)
		return;

	row = row_new(batch, rows, labels);
	if (!row) {
		batch->error = -ENOMEM;
		return;
	}
	*rows->end = row;
	rows->end = &row->next;
	batch->row = row;
}

void batch_row(struct batch *batch, const struct metric_table *table, const struct label *labels,
               size_t n_labels)
{
	row_begin(batch, table, &(struct row_labels){ labels, n_labels, .clean = false });
}

void batch_histogram(struct batch *batch, unsigned family, const struct histogram *histogram)
{
	size_t size = histogram_size(histogram->bounds);
	struct histogram *copy;

	if (batch->row != batch->scratch) {
		copy = arena_take(batch, size);
		if (!copy) {
			batch->error = -ENOMEM;
			batch->row = batch->scratch;
			return;
		}
		memcpy(copy, histogram, size);
		batch->row->values[family].histogram = copy;
	}
	/* A line per bound, +Inf, sum and count. */
	batch_add_series(batch, family, histogram->bounds->n + 3);
}

void *batch_detail(struct batch *batch, size_t size)
{
	struct batch_detail *detail = arena_take(batch, sizeof(*detail) + size);

	if (!detail) {
		batch->error = -ENOMEM;
		return NULL;
	}
	detail->next = NULL;
	detail->size = size;
	memset(detail->bytes, 0, size);
	*batch->details_end = detail;
	batch->details_end = &detail->next;
	return detail->bytes;
}

/* A row's values, bit by bit of what is present. */
static void copy_values(struct batch *batch, const struct metric_table *table,
                        const struct batch_row *from)
{
	for (unsigned family = 0; family < table->n_families; family++) {
		if (!(from->present >> family & 1))
			continue;
		if (table->families[family].type == METRIC_HISTOGRAM) {
			batch_histogram(batch, family, from->values[family].histogram);
			continue;
		}
		batch->row->values[family] = from->values[family];
		batch_add_series(batch, family, 1);
	}
}

void batch_append(struct batch *batch, const struct batch *from)
{
	for (size_t i = 0; i < from->n_tables; i++) {
		const struct batch_table *table = &from->tables[i];

		for (const struct batch_row *row = table->first; row; row = row->next) {
			row_begin(batch, table->table,
			          &(struct row_labels){ row->labels, table->n_labels,
			                                .clean = true });
			copy_values(batch, table->table, row);
		}
	}
	for (const struct batch_detail *detail = from->details; detail; detail = detail->next) {
		void *bytes = batch_detail(batch, detail->size);

		if (bytes)
			memcpy(bytes, detail->bytes, detail->size);
	}
}
