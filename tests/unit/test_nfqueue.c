/* SPDX-License-Identifier: GPL-2.0-or-later */
/* NFQUEUE as recorded, and as no kernel should tell it. */
#include "tests/unit/fixture.h"
#include "tests/unit/proc_script.h"

#include "collectors/netfilter/nfqueue.c"
#include "collectors/netfilter/proc_line.c"

static struct collector_tally tally;
static struct reason reason;
static const struct collector_env env = { .tally = &tally, .reason = &reason };
static struct batch *batch;
static struct netfilter_target target;

static int begin(void **state)
{
	(void)state;
	memset(&proc, 0, sizeof(proc));
	memset(&tally, 0, sizeof(tally));
	batch = batch_new(SIZE_MAX);
	target = (struct netfilter_target){ .env = &env, .batch = batch };
	return batch ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	batch_free(batch);
	return 0;
}

static void write_text(const char *text)
{
	proc_put(QUEUE_PATH, text, 0);
	batch_reset(batch, SIZE_MAX);
	assert_int_equal(nfqueue_write(&target), 0);
}

static uint64_t drops(const char *labels)
{
	return batch_value(batch, "txpath_nfqueue_drops_total", labels);
}

/* 70 may hold three packets; the socket of 71 takes one. */
static void test_recorded(void **state)
{
	char *text = fixture_text("nfqueue.proc");

	(void)state;
	write_text(text);
	assert_int_equal(batch_value(batch, "txpath_nfqueue_depth_packets", "70"), 3);
	assert_int_equal(batch_value(batch, "txpath_nfqueue_depth_packets", "71"), 1);
	assert_int_equal(batch_value(batch, "txpath_nfqueue_depth_packets", "73"), 0);
	assert_int_equal(drops("70 queue_full"), 2);
	assert_int_equal(drops("70 userspace"), 0);
	assert_int_equal(drops("71 queue_full"), 0);
	assert_int_equal(drops("71 userspace"), 49);
	assert_int_equal(batch->n_series, 4 * 3);
	assert_int_equal(tally.skipped_objects, 0);
	free(text);
}

static void test_no_queue(void **state)
{
	(void)state;
	write_text("");
	assert_int_equal(batch->n_series, 0);
	assert_int_equal(tally.skipped_objects, 0);
}

/* Each bad line alone is left out; a further column may come with a newer kernel. */
static void test_garbage_is_skipped(void **state)
{
	(void)state;
	write_text("\n"
	           "1 1 1 2 1 1\n"
	           "2 1 1 2 1 x 1 1 1\n"
	           "65536 1 1 2 1 1 1 1 1\n"
	           "3 1 4294967296 2 1 1 1 1 1\n"
	           "4 1 -1 2 1 1 1 1 1\n"
	           "5 1 1 2 1 1 1 1 1 1 x\n"
	           "65535 1 7 2 1 8 9 1 1 1\n"
	           "6 1 1 2 1 1 1 1 1");
	assert_int_equal(tally.skipped_objects, 8);
	assert_int_equal(batch->n_series, 3);
	assert_int_equal(batch_value(batch, "txpath_nfqueue_depth_packets", "65535"), 7);
	assert_int_equal(drops("65535 queue_full"), 8);
	assert_int_equal(drops("65535 userspace"), 9);
}

static void test_a_queue_told_twice(void **state)
{
	(void)state;
	write_text("9 1 7 2 1 8 9 1 1\n9 1 7 2 1 8 9 1 1\n10 1 7 2 1 8 9 1 1\n");
	assert_int_equal(tally.skipped_objects, 1);
	assert_int_equal(batch->n_series, 2 * 3);
}

static void test_other_namespace(void **state)
{
	(void)state;
	target.netns = label_of("blue");
	write_text("9 1 7 2 1 8 9 1 1\n");
	assert_int_equal(batch_value(batch, "txpath_nfqueue_depth_packets", "9 blue"), 7);
	assert_int_equal(drops("9 userspace blue"), 9);
	assert_int_equal(batch->n_series, 3);
}

static void test_lacking(void **state)
{
	(void)state;
	assert_int_equal(nfqueue_write(&target), -EOPNOTSUPP);
	assert_string_equal(reason.text, "nfnetlink_queue is not loaded");
	proc_put(QUEUE_PATH, NULL, EACCES);
	assert_int_equal(nfqueue_write(&target), -EPERM);
	assert_string_equal(reason.text, QUEUE_PATH " is for root and its group");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_recorded),           TEST(test_no_queue),
		TEST(test_garbage_is_skipped), TEST(test_other_namespace),
		TEST(test_a_queue_told_twice), TEST(test_lacking),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
