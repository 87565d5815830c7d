/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The qdisc collector on recorded dumps, and on tables that change under it. */
#include "tests/unit/qdisc_script.h"

static void test_recorded_qdiscs(void **state)
{
	(void)state;
	assert_int_equal(collect(), 0);
	assert_int_equal(value("txpath_qdisc_sent_bytes_total", "htb0 htb 1: root"), 21528);
	assert_int_equal(value("txpath_qdisc_sent_packets_total", "htb0 htb 1: root"), 44);
	assert_int_equal(value("txpath_qdisc_drops_total", "htb0 bfifo a0: 1:20"), 106);
	assert_int_equal(value("txpath_qdisc_overlimits_total", "tbf0 tbf 5: root"), 60);
	assert_int_equal(value("txpath_qdisc_requeues_total", "tbf0 tbf 5: root"), 0);
	assert_int_equal(value("txpath_qdisc_backlog_bytes", "tbf0 tbf 5: root"), 8162);
	assert_int_equal(value("txpath_qdisc_backlog_packets", "tbf0 tbf 5: root"), 11);
	assert_int_equal(value("txpath_qdisc_backlog_peak_bytes", "tbf0 tbf 5: root"), 8162);
	assert_int_equal(value("txpath_qdisc_tbf_rate_bytes_per_second", "tbf0 tbf 5: root"), 1000);
	assert_int_equal(value("txpath_qdisc_sent_bytes_total", "mq0 pfifo_fast 0: 800a:2"), 640);
	assert_int_equal(value("txpath_qdisc_drops_total", "htb0 clsact ffff: clsact"), 0);
	assert_int_equal(value("txpath_qdisc_drops_total", "tbf0 ingress ffff: ingress"), 0);
	assert_int_equal(value("txpath_qdisc_sent_bytes_total", "lo noqueue 0: root"), 0);
}

static void test_recorded_classes(void **state)
{
	(void)state;
	assert_int_equal(collect(), 0);
	/* Only where a qdisc has classes: not for tbf, whose class has no statistics. */
	assert_int_equal(script.n_asked, 2);
	assert_int_equal(script.asked[0], 3);
	assert_int_equal(script.asked[1], 9);
	assert_int_equal(value("txpath_class_sent_bytes_total", "htb0 htb 1:20 1:1 a0:"), 16108);
	assert_int_equal(value("txpath_class_drops_total", "htb0 htb 1:20 1:1 a0:"), 106);
	assert_int_equal(value("txpath_class_overlimits_total", "htb0 htb 1:1 root -"), 3);
	assert_int_equal(value("txpath_class_sent_packets_total", "mq0 mq 800a:1 root -"), 1);
	expect_rows(15, 5);
}

static void test_repeated_objects_are_written_once(void **state)
{
	(void)state;
	script.n_replays = 3;
	assert_int_equal(collect(), 0);
	assert_int_equal(script.n_asked, 2);
	expect_rows(15, 5);
}

static void test_new_device_is_looked_for_once(void **state)
{
	(void)state;
	script.n_known = 8;
	assert_int_equal(collect(), 0);
	assert_int_equal(value("txpath_qdisc_sent_bytes_total", "mq0 mq 800a: root"), 726);
	assert_int_equal(script.n_refreshes, 2 + 1 + 2);
}

static void test_vanished_device_is_left_out(void **state)
{
	(void)state;
	script.n_known = script.n_known_refreshed = 8;
	assert_int_equal(collect(), 0);
	assert_int_equal(script.n_refreshes, 2 * (2 + 1));
	expect_rows(12, 3);

	script.n_known = script.n_known_refreshed = DEVICES;
	script.class_error = -ENODEV;
	assert_int_equal(collect(), 0);
	expect_rows(15, 0);
}

static void test_moved_names_begin_the_sample_anew(void **state)
{
	(void)state;
	script.n_moves = 2;
	assert_int_equal(collect(), 0);
	assert_int_equal(script.tally.interrupted_dumps, 2);
	expect_rows(15, 5);

	script.n_moves = 4;
	assert_int_equal(collect(), -EINTR);
	assert_int_equal(script.tally.interrupted_dumps, 6);
	assert_string_equal(script.reason.text,
	                    "devices were renamed or removed while their qdiscs were listed");
}

/* Rows of a device whose index another one has by the end of the sample are not told. */
static void test_an_index_that_is_given_away(void **state)
{
	void *collector = NULL;

	(void)state;
	assert_int_equal(qdisc_collector.open(&script.env, &collector), 0);
	script.n_moves = 1;
	script.heir = "heir";
	assert_int_equal(qdisc_collector.collect(collector, script.batch), 0);
	assert_int_equal(value("txpath_qdisc_backlog_bytes", "heir tbf 5: root"), 8162);
	assert_false(batch_has(script.batch, "txpath_qdisc_backlog_bytes", "tbf0 tbf 5: root"));
	expect_rows(15, 5);
	qdisc_collector.close(collector);
}

static void test_failing_dump(void **state)
{
	(void)state;
	script.class_error = -EPERM;
	assert_int_equal(collect(), -EPERM);
	assert_string_equal(script.reason.text, "scripted");
}

static void test_hostile_device_name(void **state)
{
	(void)state;
	script.devices[4] = (struct device){ 5, 6, "a\"\\\n\xff\xfe" };
	assert_int_equal(collect(), 0);
	/* The batch makes it UTF-8; escaping is the renderer's. */
	assert_int_equal(value("txpath_qdisc_backlog_bytes",
	                       "a\"\\\n\xef\xbf\xbd"
	                       "ff\xef\xbf\xbd"
	                       "fe tbf 5: root"),
	                 8162);
	assert_int_equal(script.batch->n_sanitized_labels, 3); /* one row is what the tbf tells */
}

/* What is in another namespace is told with its label; its sockets are closed afterwards. */
static void test_another_namespace(void **state)
{
	struct namespace_door door = NAMESPACE_DOOR_CLOSED;
	struct namespace web = { .label = "web", .door = &door, .sampled_nsec = 7 };
	struct qdisc_collection *collection = NULL;
	struct batch *batch = batch_new(SIZE_MAX);
	size_t n_series;

	(void)state;
	assert_int_equal(qdisc_collector.open(&script.env, (void **)&collection), 0);
	script.door = &door;
	script.n_moves = 1;
	assert_int_equal(sample_namespace(collection, &web, batch), 0);
	n_series = batch->n_series;
	assert_int_equal(script.n_tables, 1);
	assert_int_equal(batch_value(batch, "txpath_qdisc_backlog_bytes", "tbf0 tbf 5: root web"),
	                 8162);
	assert_int_equal(
		batch_value(batch, "txpath_class_drops_total", "htb0 htb 1:20 1:1 a0: web"), 106);
	assert_int_equal(batch_value(batch, "txpath_qdisc_sample_timestamp_seconds", "web"), 7);

	script.class_error = -EIO;
	assert_int_equal(sample_namespace(collection, &web, batch), -EIO);
	assert_int_equal(script.n_tables, 1);
	assert_int_equal(qdisc_collector.collect(collection, script.batch), -EIO);
	script.class_error = 0;
	assert_int_equal(qdisc_collector.collect(collection, script.batch), 0);
	assert_int_equal(value("txpath_qdisc_backlog_bytes", "tbf0 tbf 5: root -"), 8162);
	assert_int_equal(script.batch->n_series + 1, n_series);
	qdisc_collector.close(collection);
	assert_int_equal(script.n_tables, 0);
	forget_namespace(web.data);
	batch_free(batch);
}

static void test_close_of_nothing(void **state)
{
	(void)state;
	qdisc_collector.close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_recorded_qdiscs),
		TEST(test_recorded_classes),
		TEST(test_repeated_objects_are_written_once),
		TEST(test_new_device_is_looked_for_once),
		TEST(test_vanished_device_is_left_out),
		TEST(test_moved_names_begin_the_sample_anew),
		TEST(test_an_index_that_is_given_away),
		TEST(test_failing_dump),
		TEST(test_hostile_device_name),
		TEST(test_another_namespace),
		TEST(test_close_of_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
