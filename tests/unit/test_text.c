/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Batches and their rendering: an exposition is compared whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/batch.h"
#include "daemon/text.h"

static const uint64_t depth_upper[] = { 0, 1024, 1048576 };
static const struct histogram_bounds depth_bounds = { .n = 3, .upper = depth_upper };
static const uint64_t delay_upper[] = { 1000, 500000000, 1000000000 };
static const struct histogram_bounds delay_bounds = { .n = 3, .upper = delay_upper };

enum { QUEUE_SENT, QUEUE_BACKLOG, QUEUE_SECONDS };

static const struct metric_family queue_families[] = {
	[QUEUE_SENT] = { .name = "test_sent_bytes_total",
	                 .help = "Bytes \"sent\".",
	                 .type = METRIC_COUNTER },
	[QUEUE_BACKLOG] = { .name = "test_backlog_bytes", .help = "A \\ and\na new line." },
	[QUEUE_SECONDS] = { .name = "test_busy_seconds_total",
	                    .help = "Time.",
	                    .type = METRIC_COUNTER,
	                    .unit = METRIC_NSEC },
};

static const struct metric_table queue_table = {
	.labels = { "device", "kind", "netns" },
	.families = queue_families,
	.n_families = 3,
};

enum { PLAIN_DEPTH, PLAIN_RATIO, PLAIN_DELAY };

static const struct metric_table plain_table = {
	.families =
		(const struct metric_family[]){
			[PLAIN_DEPTH] = { .name = "test_depth_bytes",
	                                  .help = "Depth.",
	                                  .type = METRIC_HISTOGRAM,
	                                  .bounds = &depth_bounds },
			[PLAIN_RATIO] = { .name = "test_fill_ratio",
	                                  .help = "Fill.",
	                                  .unit = METRIC_DOUBLE },
			[PLAIN_DELAY] = { .name = "test_delay_seconds",
	                                  .help = "Delay.",
	                                  .type = METRIC_HISTOGRAM,
	                                  .unit = METRIC_NSEC,
	                                  .bounds = &delay_bounds },
		},
	.n_families = 3,
};

static void add_queue(struct batch *batch, const char *device, const char *kind, const char *netns)
{
	struct label labels[] = { label_of(device), label_of(kind), label_of(netns) };

	batch_row(batch, &queue_table, labels, ARRAY_SIZE(labels));
}

static void assert_renders_to(const struct batch *batch, const char *expected)
{
	struct buffer buffer = { 0 };

	text_render(batch, &buffer);
	assert_int_equal(buffer.error, 0);
	buffer_append(&buffer, "", 1);
	assert_string_equal(buffer.bytes, expected);
	buffer_release(&buffer);
}

static void test_an_exposition_whole(void **state)
{
	struct batch *batch cleanup(batch_free) = batch_new(1000);
	struct histogram *depth cleanup(histogram_free) = histogram_new(&depth_bounds);
	struct histogram *delay cleanup(histogram_free) = histogram_new(&delay_bounds);

	(void)state;
	histogram_observe(depth, 0);
	histogram_observe(depth, 1024);
	histogram_observe(depth, 1025);
	histogram_observe(depth, 1048577);
	histogram_observe(delay, 500000001);

	add_queue(batch, "eth0", "htb", "");
	batch_count(batch, QUEUE_SENT, UINT64_MAX);
	batch_count(batch, QUEUE_BACKLOG, 0);
	batch_row(batch, &plain_table, NULL, 0);
	batch_histogram(batch, PLAIN_DEPTH, depth);
	batch_real(batch, PLAIN_RATIO, 0.25);
	batch_histogram(batch, PLAIN_DELAY, delay);
	add_queue(batch, "we\"ir\\d\n", "\xff", "lab");
	batch_count(batch, QUEUE_BACKLOG, 7);
	add_queue(batch, "", "", "");
	batch_count(batch, QUEUE_SENT, 1);

	assert_int_equal(batch_error(batch), 0);
	assert_int_equal(batch->n_sanitized_labels, 1);
	assert_int_equal(batch->n_series, 4 + 6 + 1 + 6);
	assert_renders_to(batch,
	                  "# HELP test_sent_bytes_total Bytes \"sent\".\n"
	                  "# TYPE test_sent_bytes_total counter\n"
	                  "test_sent_bytes_total{device=\"eth0\",kind=\"htb\"} "
	                  "18446744073709551615\n"
	                  "test_sent_bytes_total 1\n"
	                  "# HELP test_backlog_bytes A \\\\ and\\na new line.\n"
	                  "# TYPE test_backlog_bytes gauge\n"
	                  "test_backlog_bytes{device=\"eth0\",kind=\"htb\"} 0\n"
	                  "test_backlog_bytes{device=\"we\\\"ir\\\\d\\n\",kind=\"\xef\xbf\xbd"
	                  "ff\","
	                  "netns=\"lab\"} 7\n"
	                  "# HELP test_depth_bytes Depth.\n"
	                  "# TYPE test_depth_bytes histogram\n"
	                  "test_depth_bytes_bucket{le=\"0.0\"} 1\n"
	                  "test_depth_bytes_bucket{le=\"1024.0\"} 2\n"
	                  "test_depth_bytes_bucket{le=\"1.048576e+06\"} 3\n"
	                  "test_depth_bytes_bucket{le=\"+Inf\"} 4\n"
	                  "test_depth_bytes_sum 1050626\n"
	                  "test_depth_bytes_count 4\n"
	                  "# HELP test_fill_ratio Fill.\n"
	                  "# TYPE test_fill_ratio gauge\n"
	                  "test_fill_ratio 0.25\n"
	                  "# HELP test_delay_seconds Delay.\n"
	                  "# TYPE test_delay_seconds histogram\n"
	                  "test_delay_seconds_bucket{le=\"1e-06\"} 0\n"
	                  "test_delay_seconds_bucket{le=\"0.5\"} 0\n"
	                  "test_delay_seconds_bucket{le=\"1.0\"} 1\n"
	                  "test_delay_seconds_bucket{le=\"+Inf\"} 1\n"
	                  "test_delay_seconds_sum 0.500000001\n"
	                  "test_delay_seconds_count 1\n");
}

/* Each power of two is written as it is, although no whole number of nanoseconds equals it. */
static void test_binary_bounds_are_exact(void **state)
{
	static const uint64_t upper[] = { 238, 476, 953 };
	static const struct histogram_bounds binary = {
		.n = 3, .upper = upper, .binary = true, .first_exponent = -22
	};
	static const struct metric_family family = { .name = "test_seconds",
		                                     .help = "Time.",
		                                     .type = METRIC_HISTOGRAM,
		                                     .unit = METRIC_NSEC,
		                                     .bounds = &binary };
	static const struct metric_table table = { .families = &family, .n_families = 1 };
	struct batch *batch cleanup(batch_free) = batch_new(10);
	struct histogram *histogram cleanup(histogram_free) = histogram_new(&binary);

	(void)state;
	histogram_observe(histogram, 238);
	histogram_observe(histogram, 239);
	batch_row(batch, &table, NULL, 0);
	batch_histogram(batch, 0, histogram);
	assert_renders_to(batch,
	                  "# HELP test_seconds Time.\n"
	                  "# TYPE test_seconds histogram\n"
	                  "test_seconds_bucket{le=\"2.384185791015625e-07\"} 1\n"
	                  "test_seconds_bucket{le=\"4.76837158203125e-07\"} 2\n"
	                  "test_seconds_bucket{le=\"9.5367431640625e-07\"} 2\n"
	                  "test_seconds_bucket{le=\"+Inf\"} 2\n"
	                  "test_seconds_sum 0.000000477\n"
	                  "test_seconds_count 2\n");
}

static void test_an_empty_batch_is_no_text(void **state)
{
	struct batch *batch cleanup(batch_free) = batch_new(1000);

	(void)state;
	assert_renders_to(batch, "");
}

static void test_the_series_bound_is_kept_and_counted(void **state)
{
	struct batch *batch cleanup(batch_free) = batch_new(4);

	(void)state;
	for (int i = 0; i < 10; i++) {
		char device[16];

		(void)snprintf(device, sizeof(device), "eth%d", i);
		add_queue(batch, device, "", "");
		batch_count(batch, QUEUE_SENT, 1);
		batch_count(batch, QUEUE_BACKLOG, 2);
	}
	assert_int_equal(batch_error(batch), 0);
	assert_int_equal(batch->n_series, 4);
	assert_int_equal(batch->n_dropped_series, 16);
	assert_renders_to(batch,
	                  "# HELP test_sent_bytes_total Bytes \"sent\".\n"
	                  "# TYPE test_sent_bytes_total counter\n"
	                  "test_sent_bytes_total{device=\"eth0\"} 1\n"
	                  "test_sent_bytes_total{device=\"eth1\"} 1\n"
	                  "# HELP test_backlog_bytes A \\\\ and\\na new line.\n"
	                  "# TYPE test_backlog_bytes gauge\n"
	                  "test_backlog_bytes{device=\"eth0\"} 2\n"
	                  "test_backlog_bytes{device=\"eth1\"} 2\n");
}

static void test_a_reset_batch_is_as_new(void **state)
{
	struct batch *batch cleanup(batch_free) = batch_new(1);
	char device[100000]; /* larger than a chunk of the arena */

	(void)state;
	memset(device, 'd', sizeof(device) - 1);
	device[sizeof(device) - 1] = '\0';
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 2000; i++) {
			add_queue(batch, i % 500 == 0 ? device : "eth0", "htb", "");
			batch_count(batch, QUEUE_SENT, 1);
		}
		assert_int_equal(batch->n_series, round == 0 ? 1 : 2000);
		batch_reset(batch, 1000000);
	}
	add_queue(batch, "eth0", "", "");
	batch_count(batch, QUEUE_SENT, 1);
	assert_int_equal(batch->n_dropped_series, 0);
	assert_renders_to(batch,
	                  "# HELP test_sent_bytes_total Bytes \"sent\".\n"
	                  "# TYPE test_sent_bytes_total counter\n"
	                  "test_sent_bytes_total{device=\"eth0\"} 1\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_exposition_whole),
		cmocka_unit_test(test_binary_bounds_are_exact),
		cmocka_unit_test(test_an_empty_batch_is_no_text),
		cmocka_unit_test(test_the_series_bound_is_kept_and_counted),
		cmocka_unit_test(test_a_reset_batch_is_as_new),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
