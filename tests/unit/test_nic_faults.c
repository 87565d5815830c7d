/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The nic collector with drivers that are slow, refuse, disagree with themselves, or are gone. */
#include "tests/unit/nic_script.h"

static void replace_device(void)
{
	remove_device(0);
	script.during_counters = NULL;
	add_device("nicx0", NULL)->index = 99;
	put_link(&script.link_changes, RTM_NEWLINK, &script.devices[script.n_devices - 1]);
}

/* What was read under the name may be of either: it is told of neither. */
static void test_device_is_replaced_during_sample(void **state)
{
	(void)state;
	add_card();
	add_device("nicx1", NULL);
	open_collector();
	collect();
	script.during_counters = replace_device;
	collect();
	assert_false(has("txpath_nic_sent_bytes_total", "nicx0 -"));
	assert_true(has("txpath_nic_sent_bytes_total", "nicx1 -"));
	collect();
	assert_true(has("txpath_nic_sent_bytes_total", "nicx0 -"));
}

static void test_netlink_lacks_a_command(void **state)
{
	(void)state;
	add_card();
	script.errors[NIC_COMMAND_RINGS] = -EOPNOTSUPP;
	script.errors[NIC_COMMAND_CHANNELS] = -EIO;
	open_collector();
	collect();
	assert_int_equal(script.n_ioctls[ETHTOOL_GRINGPARAM], 1);
	assert_int_equal(value("txpath_nic_ring_entries", "nicx0 tx -"), 256);
	assert_int_equal(value("txpath_nic_ring_entries_limit", "nicx0 tx -"), 256);
	assert_int_equal(script.n_ioctls[ETHTOOL_GCHANNELS], 1);
	assert_false(has("txpath_nic_channels", "nicx0 combined -"));
	script.errors[NIC_COMMAND_CHANNELS] = 0;
	notify(ETHTOOL_MSG_RINGS_NTF);
	notify(ETHTOOL_MSG_CHANNELS_NTF);
	collect();
	assert_int_equal(script.n_dumps[NIC_COMMAND_RINGS], 0);
	assert_int_equal(script.n_ioctls[ETHTOOL_GRINGPARAM], 1);
	assert_int_equal(script.n_dumps[NIC_COMMAND_CHANNELS], 1);
	assert_int_equal(value("txpath_nic_channels", "nicx0 combined -"), 2);
}

static void test_without_generic_netlink(void **state)
{
	(void)state;
	add_card();
	script.lacks_families = true;
	open_collector();
	collect();
	for (unsigned i = 0; i < DUMPS; i++)
		assert_int_equal(script.n_dumps[i], i == DUMP_LINKS || i == DUMP_COUNTERS);
	assert_int_equal(value("txpath_nic_ring_entries", "nicx0 tx -"), 256);
	assert_false(has("txpath_nic_feature_enabled", "nicx0 tx-scatter-gather -"));
}

/* 20 ms are a hundredth of two seconds. */
static void test_slow_driver(void **state)
{
	struct scripted_device *card = add_card();

	(void)state;
	card->statistics_usec = 20000;
	open_collector();
	collect();
	assert_int_equal(script.n_ioctls[ETHTOOL_GSTATS], 1);
	assert_true(value("txpath_nic_read_seconds", "nicx0 -") >= 20000000);
	card->n_values = 0; /* which nobody notices before it is asked again */
	for (unsigned i = 0; i < 3; i++) {
		script.offset_usec += 500000;
		collect();
		assert_int_equal(script.n_ioctls[ETHTOOL_GSTATS], 0);
		assert_int_equal(value("txpath_nic_queue_sent_packets_total", "nicx0 0 -"), 1100);
		assert_int_equal(value("txpath_nic_sent_bytes_total", "nicx0 -"), 1000);
	}
	script.offset_usec += 500000;
	collect();
	assert_true(script.n_ioctls[ETHTOOL_GSTATS] > 0);
	assert_false(has("txpath_nic_queue_sent_packets_total", "nicx0 0 -"));
}

/* What settings cost is paid in their interval; what was read of the driver before stays. */
static void test_slow_driver_is_identified_again(void **state)
{
	struct scripted_device *card = add_card();

	(void)state;
	card->statistics_usec = 700000; /* a hundredth of 70 s */
	open_collector();
	collect();
	script.offset_usec += 61000000;
	collect();
	assert_int_equal(script.n_ioctls[ETHTOOL_GSTRINGS], 1);
	assert_int_equal(script.n_ioctls[ETHTOOL_GSTATS], 0);
	assert_int_equal(value("txpath_nic_queue_sent_packets_total", "nicx0 0 -"), 1100);
	assert_true(has("txpath_nic_read_seconds", "nicx0 -"));

	/* Other names mean other values, which are read at once. */
	card->strings[1] = "tx2_packets";
	notify(ETHTOOL_MSG_CHANNELS_NTF);
	collect();
	assert_int_equal(script.n_ioctls[ETHTOOL_GSTATS], 1);
	assert_int_equal(value("txpath_nic_queue_sent_packets_total", "nicx0 2 -"), 1101);
}

static void test_slow_dump(void **state)
{
	struct scripted_device *card = add_card();

	(void)state;
	card->has_queues = true;
	script.dump_usec = 50000;
	open_collector();
	collect();
	assert_true(value("txpath_nic_statistics_dump_seconds", "queues -") >= 50000000);
	script.offset_usec += 4000000;
	collect();
	assert_int_equal(script.n_dumps[DUMP_QUEUES], 0);
	assert_int_equal(value("txpath_nic_queue_sent_packets_total", "nicx0 1 -"), 77);
	script.offset_usec += 1000000;
	collect();
	assert_int_equal(script.n_dumps[DUMP_QUEUES], 1);
}

static void test_numbers_disagree(void **state)
{
	struct scripted_device *card = add_card();

	(void)state;
	card->n_values = 2;
	open_collector();
	collect();
	assert_int_equal(script.tally.skipped_objects, 1);
	assert_false(has("txpath_nic_queue_sent_packets_total", "nicx0 0 -"));
	assert_false(has("txpath_nic_read_seconds", "nicx0 -"));
	assert_true(has("txpath_nic_sent_bytes_total", "nicx0 -"));

	/* From the next sample on they agree, at another number. */
	card->n_strings = 2;
	collect();
	assert_int_equal(value("txpath_nic_queue_sent_packets_total", "nicx0 0 -"), 1100);
	assert_false(has("txpath_nic_queue_sent_packets_total", "nicx0 1 -"));
	card->n_strings = 0;
	card->n_values = 0;
	collect();
	assert_false(has("txpath_nic_queue_sent_packets_total", "nicx0 0 -"));
}

static void test_interrupted(void **state)
{
	(void)state;
	add_card();
	open_collector();
	script.n_interrupted[DUMP_LINKS] = 1;
	script.n_interrupted[NIC_COMMAND_RINGS] = 1;
	script.n_interrupted[DUMP_STANDARD] = 1;
	collect();
	assert_int_equal(value("txpath_nic_ring_entries", "nicx0 tx -"), 256);
	script.n_interrupted[DUMP_COUNTERS] = 5;
	assert_int_equal(try_collect(), -EINTR);
	collect();
	script.errors[DUMP_COUNTERS] = -EPERM;
	assert_int_equal(try_collect(), -EPERM);
	assert_string_equal(script.reason.text, "scripted refusal");
}

static void test_opening_fails(void **state)
{
	(void)state;
	script.open_error = -EMFILE;
	assert_int_equal(nic_collector.open(&script.env, &script.collector), -EMFILE);
	assert_string_equal(script.reason.text, "scripted socket");
	assert_null(script.collector);
}

/* Wherever memory ends, it is said, nothing leaks, and the next sample is whole. */
static void test_out_of_memory(void **state)
{
	size_t n = 0;
	int error = -ENOMEM;

	(void)state;
	add_card()->has_queues = true;
	add_device("nicx1", "veth");
	for (; error; n++) {
		allocations.armed = true;
		allocations.n_left = n;
		error = nic_collector.open(&script.env, &script.collector);
		if (!error)
			error = try_collect();
		allocations.armed = false;
		assert_true(error == 0 || error == -ENOMEM);
		if (!error || !script.collector)
			continue;
		assert_string_not_equal(script.reason.text, "");
		collect();
		assert_int_equal(value("txpath_nic_queue_sent_packets_total", "nicx0 1 -"), 77);
		assert_int_equal(value("txpath_nic_ring_entries", "nicx1 tx -"), 256);
		nic_collector.close(script.collector);
		script.collector = NULL;
	}
	assert_true(n > 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_device_is_replaced_during_sample),
		TEST(test_netlink_lacks_a_command),
		TEST(test_without_generic_netlink),
		TEST(test_slow_driver),
		TEST(test_slow_driver_is_identified_again),
		TEST(test_slow_dump),
		TEST(test_numbers_disagree),
		TEST(test_interrupted),
		TEST(test_opening_fails),
		TEST(test_out_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
