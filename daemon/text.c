/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A row's labels are escaped once and then copied behind the name of each of its families, so a
 * sample costs two copies and one number.
 */
#include "daemon/text.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>

#include "daemon/number.h"

/* Where a row's rendered labels lie: without braces, "" when the row has none. */
struct label_span {
	size_t offset;
	size_t size;
};

struct table_labels {
	struct buffer text;
	struct buffer spans; /* struct label_span, in the order of the rows */
};

static const char *type_name(enum metric_type type)
{
	switch (type) {
	case METRIC_COUNTER:
		return "counter";
	case METRIC_HISTOGRAM:
		return "histogram";
	case METRIC_GAUGE:
		break;
	}
	return "gauge";
}

/* At most two bytes per byte; quote says whether '"' is escaped, as it is in labels only. */
static void append_escaped(struct buffer *buffer, const char *string, size_t length, bool quote)
{
	char *end = buffer_reserve(buffer, 2 * length);
	size_t n = 0;

	if (!end)
		return;
	for (size_t i = 0; i < length; i++) {
		char c = string[i];

		if (c == '\\' || c == '\n' || (quote && c == '"'))
			end[n++] = '\\';
		end[n++] = c == '\n' ? 'n' : c;
	}
	buffer->size += n;
}

static void labels_render(const struct batch_table *rows, struct table_labels *labels)
{
	for (const struct batch_row *row = rows->first; row; row = row->next) {
		struct label_span span = { .offset = labels->text.size };

		for (size_t i = 0; i < rows->n_labels; i++) {
			if (row->labels[i].length == 0)
				continue;
			if (labels->text.size > span.offset)
				buffer_append(&labels->text, ",", 1);
			buffer_append_string(&labels->text, rows->table->labels[i]);
			buffer_append(&labels->text, "=\"", 2);
			append_escaped(&labels->text, row->labels[i].value, row->labels[i].length,
			               true);
			buffer_append(&labels->text, "\"", 1);
		}
		span.size = labels->text.size - span.offset;
		buffer_append(&labels->spans, &span, sizeof(span));
	}
}

static size_t value_write(enum metric_unit unit, union metric_value value, char *ret)
{
	switch (unit) {
	case METRIC_NSEC:
		return number_write_nsec(value.count, ret);
	case METRIC_DOUBLE:
		return number_write_double(value.real, ret);
	case METRIC_COUNT:
		break;
	}
	return number_write_count(value.count, ret);
}

/* One sample line; name and labels are complete but for the braces. */
static void append_sample(struct buffer *buffer, const char *name, size_t name_size,
                          const char *labels, size_t labels_size, enum metric_unit unit,
                          union metric_value value)
{
	char *end = buffer_reserve(buffer, name_size + labels_size + NUMBER_MAX + 4);
	char *start = end;

	if (!end)
		return;
	memcpy(end, name, name_size);
	end += name_size;
	if (labels_size > 0) {
		*end++ = '{';
		memcpy(end, labels, labels_size);
		end += labels_size;
		*end++ = '}';
	}
	*end++ = ' ';
	end += value_write(unit, value, end);
	*end++ = '\n';
	buffer->size += (size_t)(end - start);
}

static double bound_of(const struct metric_family *family, size_t bucket)
{
	const struct histogram_bounds *bounds = family->bounds;
	double bound = (double)bounds->upper[bucket];

	if (bounds->binary)
		return ldexp(1, bounds->first_exponent + (int)bucket);
	return family->unit == METRIC_NSEC ? bound / 1e9 : bound;
}

static void append_bucket(struct buffer *buffer, const struct metric_family *family,
                          const char *labels, size_t labels_size, size_t bucket, uint64_t count)
{
	char number[NUMBER_MAX];
	size_t n;

	buffer_append_string(buffer, family->name);
	buffer_append_string(buffer, "_bucket{");
	buffer_append(buffer, labels, labels_size);
	buffer_append_string(buffer, labels_size > 0 ? ",le=\"" : "le=\"");
	if (bucket == family->bounds->n) {
		buffer_append_string(buffer, "+Inf");
	} else {
		n = number_write_bound(bound_of(family, bucket), number);
		buffer_append(buffer, number, n);
	}
	buffer_append_string(buffer, "\"} ");
	n = number_write_count(count, number);
	buffer_append(buffer, number, n);
	buffer_append(buffer, "\n", 1);
}

static void append_histogram(struct buffer *buffer, const struct metric_family *family,
                             const char *labels, size_t labels_size,
                             const struct histogram *histogram)
{
	char name[256];
	uint64_t cumulative = 0;
	int n;

	for (size_t bucket = 0; bucket <= family->bounds->n; bucket++) {
		cumulative += histogram->counts[bucket];
		append_bucket(buffer, family, labels, labels_size, bucket, cumulative);
	}
	n = snprintf(name, sizeof(name), "%s_sum", family->name);
	append_sample(buffer, name, (size_t)n, labels, labels_size, family->unit,
	              (union metric_value){ .count = histogram->sum });
	n = snprintf(name, sizeof(name), "%s_count", family->name);
	append_sample(buffer, name, (size_t)n, labels, labels_size, METRIC_COUNT,
	              (union metric_value){ .count = cumulative });
}

static void append_metadata(struct buffer *buffer, const struct metric_family *family)
{
	buffer_append_string(buffer, "# HELP ");
	buffer_append_string(buffer, family->name);
	buffer_append(buffer, " ", 1);
	append_escaped(buffer, family->help, strlen(family->help), false);
	buffer_append_string(buffer, "\n# TYPE ");
	buffer_append_string(buffer, family->name);
	buffer_append(buffer, " ", 1);
	buffer_append_string(buffer, type_name(family->type));
	buffer_append(buffer, "\n", 1);
}

static void family_render(const struct batch_table *rows, size_t index,
                          const struct table_labels *labels, struct buffer *buffer)
{
	const struct metric_family *family = &rows->table->families[index];
	const struct label_span *span = (const void *)labels->spans.bytes;
	size_t name_size = strlen(family->name);
	bool begun = false;

	for (const struct batch_row *row = rows->first; row; row = row->next, span++) {
		const char *text = span->size > 0 ? labels->text.bytes + span->offset : "";

		if (!(row->present & UINT64_C(1) << index))
			continue;
		if (!begun)
			append_metadata(buffer, family);
		begun = true;
		if (family->type == METRIC_HISTOGRAM)
			append_histogram(buffer, family, text, span->size,
			                 row->values[index].histogram);
		else
			append_sample(buffer, family->name, name_size, text, span->size,
			              family->unit, row->values[index]);
	}
}

void text_render(const struct batch *batch, struct buffer *buffer)
{
	for (size_t i = 0; i < batch->n_tables; i++) {
		const struct batch_table *rows = &batch->tables[i];
		struct table_labels labels = { 0 };

		labels_render(rows, &labels);
		if (labels.text.error < 0 || labels.spans.error < 0)
			buffer->error = -ENOMEM;
		else
			for (size_t family = 0; family < rows->table->n_families; family++)
				family_render(rows, family, &labels, buffer);
		buffer_release(&labels.text);
		buffer_release(&labels.spans);
	}
}
