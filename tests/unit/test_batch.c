/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Batches that are put together of others, and the blocks of bytes that go with them. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/batch.h"

static const uint64_t depth_upper[] = { 10, 1000 };
static const struct histogram_bounds depth_bounds = { .n = 2, .upper = depth_upper };

enum { QUEUE_BYTES, QUEUE_BUSY, QUEUE_RATIO, QUEUE_DEPTH, QUEUE_FAMILIES };

static const struct metric_table queue_table = {
	.labels = { "device", "kind" },
	.families =
		(const struct metric_family[]){
			[QUEUE_BYTES] = { .name = "bytes_total", .type = METRIC_COUNTER },
			[QUEUE_BUSY] = { .name = "busy_seconds", .unit = METRIC_NSEC },
			[QUEUE_RATIO] = { .name = "ratio", .unit = METRIC_DOUBLE },
			[QUEUE_DEPTH] = { .name = "depth",
	                                  .type = METRIC_HISTOGRAM,
	                                  .bounds = &depth_bounds },
		},
	.n_families = QUEUE_FAMILIES,
};

static const struct metric_table plain_table = {
	.families = (const struct metric_family[]){ { .name = "plain" } },
	.n_families = 1,
};

static void add_queue(struct batch *batch, const char *device, const char *kind, uint64_t bytes)
{
	struct label labels[] = { label_of(device), label_of(kind) };

	batch_row(batch, &queue_table, labels, ARRAY_SIZE(labels));
	batch_count(batch, QUEUE_BYTES, bytes);
}

static void add_plain(struct batch *batch, uint64_t value)
{
	batch_row(batch, &plain_table, NULL, 0);
	batch_count(batch, 0, value);
}

static void expect_label(const struct batch_row *row, unsigned label, const char *value)
{
	assert_int_equal(row->labels[label].length, strlen(value));
	assert_memory_equal(row->labels[label].value, value, strlen(value));
}

/* A batch to append to, and one whose rows and details are appended. */
struct sample {
	struct batch *batch, *from;
};

static int sample_setup(void **state)
{
	struct sample *sample = calloc(1, sizeof(*sample));

	sample->batch = batch_new(1000);
	sample->from = batch_new(1000);
	*state = sample;
	return 0;
}

static int sample_teardown(void **state)
{
	struct sample *sample = *state;

	batch_free(sample->batch);
	batch_free(sample->from);
	free(sample);
	return 0;
}

/* Nothing of the copy may lie in what it was copied from. */
static void append_and_forget(struct sample *sample)
{
	batch_append(sample->batch, sample->from);
	batch_free(steal_pointer(sample->from));
	assert_int_equal(batch_error(sample->batch), 0);
}

static void test_values_of_every_kind_are_copied(void **state)
{
	struct sample *sample = *state;
	struct histogram *depth = histogram_new(&depth_bounds);
	const struct batch_row *row;

	histogram_observe(depth, 5);
	histogram_observe(depth, 5000);
	add_queue(sample->from, "eth0", "", UINT64_MAX);
	batch_count(sample->from, QUEUE_BUSY, 1500);
	batch_real(sample->from, QUEUE_RATIO, 0.25);
	batch_histogram(sample->from, QUEUE_DEPTH, depth);
	append_and_forget(sample);

	assert_int_equal(sample->batch->n_tables, 1);
	assert_ptr_equal(sample->batch->tables[0].table, &queue_table);
	row = sample->batch->tables[0].first;
	expect_label(row, 0, "eth0");
	expect_label(row, 1, "");
	assert_int_equal(row->present, 0xf);
	assert_int_equal(row->values[QUEUE_BYTES].count, UINT64_MAX);
	assert_int_equal(row->values[QUEUE_BUSY].count, 1500);
	assert_true(row->values[QUEUE_RATIO].real == 0.25);
	assert_memory_equal(row->values[QUEUE_DEPTH].histogram, depth,
	                    histogram_size(&depth_bounds));
	assert_null(row->next);
	assert_int_equal(sample->batch->n_series, 3 + 5);
	free(depth);
}

static void test_values_that_are_not_there_stay_away(void **state)
{
	struct sample *sample = *state;

	add_queue(sample->from, "eth0", "fq", 1);
	batch_row(sample->from, &queue_table, (struct label[]){ label_of("a"), label_of("b") }, 2);
	batch_real(sample->from, QUEUE_RATIO, 2);
	append_and_forget(sample);
	assert_int_equal(sample->batch->tables[0].first->present, 1 << QUEUE_BYTES);
	assert_int_equal(sample->batch->tables[0].first->next->present, 1 << QUEUE_RATIO);
	assert_int_equal(sample->batch->n_series, 2);
}

static void test_rows_come_behind_those_of_their_table(void **state)
{
	struct sample *sample = *state;
	const struct batch_row *row;

	add_queue(sample->batch, "eth0", "fq", 1);
	add_plain(sample->from, 7);
	add_queue(sample->from, "eth1", "fq", 2);
	add_queue(sample->from, "eth2", "fq", 3);
	append_and_forget(sample);
	add_queue(sample->batch, "eth3", "fq", 4);

	assert_int_equal(sample->batch->n_tables, 2);
	row = sample->batch->tables[0].first;
	for (uint64_t i = 1; i <= 4; i++, row = row->next)
		assert_int_equal(row->values[QUEUE_BYTES].count, i);
	assert_null(row);
	assert_int_equal(sample->batch->tables[1].first->values[0].count, 7);
	assert_int_equal(sample->batch->n_series, 5);
}

static void test_the_bound_is_that_of_the_whole(void **state)
{
	struct sample *sample = *state;

	batch_reset(sample->batch, 3);
	add_queue(sample->batch, "eth0", "fq", 0);
	for (uint64_t i = 1; i < 6; i++) {
		add_queue(sample->from, "eth1", "fq", i);
		batch_count(sample->from, QUEUE_BUSY, i);
	}
	append_and_forget(sample);
	/* A row that is begun below the bound is whole. */
	assert_int_equal(sample->batch->n_series, 3);
	assert_int_equal(sample->batch->n_dropped_series, 8);
	assert_null(sample->batch->tables[0].first->next->next);
}

static void test_what_befell_the_other_stays_its_own(void **state)
{
	struct sample *sample = *state;

	batch_reset(sample->from, 1);
	add_queue(sample->from, "bad\xff", "fq", 1);
	add_queue(sample->from, "eth1", "fq", 2);
	assert_int_equal(sample->from->n_sanitized_labels, 1);
	assert_int_equal(sample->from->n_dropped_series, 1);
	append_and_forget(sample);
	assert_int_equal(sample->batch->n_sanitized_labels, 0);
	assert_int_equal(sample->batch->n_dropped_series, 0);
	assert_int_equal(sample->batch->n_series, 1);
	expect_label(sample->batch->tables[0].first, 0,
	             "bad\xef\xbf\xbd"
	             "ff");
}

static void test_an_empty_batch_adds_nothing(void **state)
{
	struct sample *sample = *state;

	append_and_forget(sample);
	assert_int_equal(sample->batch->n_tables, 0);
	assert_null(sample->batch->details);
}

static void test_details_are_zeroed_and_in_order(void **state)
{
	struct sample *sample = *state;
	static const size_t sizes[] = { 1, 0, 64, 100000, 24 };
	const struct batch_detail *detail;
	size_t i = 0;

	/* Memory that has been used before. */
	memset(batch_detail(sample->batch, 10000), 0xff, 10000);
	batch_reset(sample->batch, 0);
	assert_null(sample->batch->details);

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		unsigned char *bytes = batch_detail(sample->batch, sizes[i]);

		assert_int_equal((uintptr_t)bytes % _Alignof(max_align_t), 0);
		for (size_t j = 0; j < sizes[i]; j++)
			assert_int_equal(bytes[j], 0);
		memset(bytes, (int)i + 1, sizes[i]);
	}
	i = 0;
	for (detail = sample->batch->details; detail; detail = detail->next, i++) {
		assert_int_equal(detail->size, sizes[i]);
		for (size_t j = 0; j < detail->size; j++)
			assert_int_equal(detail->bytes[j], i + 1);
	}
	assert_int_equal(i, ARRAY_SIZE(sizes));
	/* They are no series, and the bound on those is not theirs. */
	assert_int_equal(sample->batch->n_series, 0);
	assert_int_equal(sample->batch->n_dropped_series, 0);
}

static void test_details_are_copied(void **state)
{
	struct sample *sample = *state;
	const struct batch_detail *detail;

	memcpy(batch_detail(sample->batch, 4), "one", 4);
	memcpy(batch_detail(sample->from, 4), "two", 4);
	memcpy(batch_detail(sample->from, 6), "three", 6);
	append_and_forget(sample);
	detail = sample->batch->details;
	assert_string_equal((const char *)detail->bytes, "one");
	assert_string_equal((const char *)detail->next->bytes, "two");
	assert_string_equal((const char *)detail->next->next->bytes, "three");
	assert_int_equal(detail->next->next->size, 6);
	assert_null(detail->next->next->next);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, sample_setup, sample_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_values_of_every_kind_are_copied),
		TEST(test_values_that_are_not_there_stay_away),
		TEST(test_rows_come_behind_those_of_their_table),
		TEST(test_the_bound_is_that_of_the_whole),
		TEST(test_what_befell_the_other_stays_its_own),
		TEST(test_an_empty_batch_adds_nothing),
		TEST(test_details_are_zeroed_and_in_order),
		TEST(test_details_are_copied),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
