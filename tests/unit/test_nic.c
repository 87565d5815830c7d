/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the collector reads when, and what it tells of devices that come, go, change and fail. */
#include "tests/unit/nic_script.h"

/* Exactly the dumps of the mask were made. */
static void expect_dumps(unsigned mask)
{
	for (unsigned i = 0; i < DUMPS; i++)
		if ((script.n_dumps[i] != 0) != (mask >> i & 1))
			fail_msg("dump %u: %u times", i, script.n_dumps[i]);
}

static void test_values(void **state)
{
	struct scripted_device *card = add_card();

	(void)state;
	card->has_pause_frames = card->has_standard = true;
	add_device("nicx1", "veth");
	open_collector();
	collect();
	assert_string_equal(script.reason.text, "");
	assert_int_equal(value("txpath_nic_info", "nicx0 mlx5_core - - - -"), 1);
	assert_int_equal(value("txpath_nic_link_info", "nicx1 veth fibre - -"), 1);
	assert_int_equal(value("txpath_nic_link_info", "nicx0 - fibre - -"), 1);
	assert_int_equal(value("txpath_nic_sent_bytes_total", "nicx0 -"), 1000);
	assert_int_equal(value("txpath_nic_sent_bytes_total", "nicx1 -"), 2000);
	assert_int_equal(value("txpath_nic_ring_entries", "nicx0 tx -"), 256);
	assert_false(has("txpath_nic_ring_entries", "nicx0 rx -"));
	assert_false(has("txpath_nic_ring_entries_limit", "nicx0 tx -"));
	assert_int_equal(value("txpath_nic_channels", "nicx1 combined -"), 2);
	assert_int_equal(value("txpath_nic_feature_enabled", "nicx0 tx-scatter-gather -"), 1);
	assert_int_equal(value("txpath_nic_feature_enabled", "nicx0 rx-something -"), 0);
	assert_int_equal(value("txpath_nic_coalesce_delay_seconds", "nicx0 tx -"), 3000);
	assert_int_equal(value("txpath_nic_pause_enabled", "nicx0 tx -"), 1);
	assert_int_equal(value("txpath_nic_pause_frames_total", "nicx0 rx -"), 6);
	assert_false(has("txpath_nic_pause_frames_total", "nicx1 rx -"));
	assert_true(
		batch_value_of(script.batch, "txpath_nic_speed_bytes_per_second", "nicx0 -").real ==
		12.5e9);
	assert_int_equal(value("txpath_nic_mac_sent_frames_total", "nicx0 -"), 55);
	assert_int_equal(value("txpath_nic_queue_sent_packets_total", "nicx0 0 -"), 1100);
	assert_int_equal(value("txpath_nic_queue_sent_packets_total", "nicx0 1 -"), 1102);
	assert_false(has("txpath_nic_queue_sent_packets_total", "nicx1 0 -"));
	assert_true(has("txpath_nic_read_seconds", "nicx0 -"));
	assert_false(has("txpath_nic_read_seconds", "nicx1 -"));
	assert_true(has("txpath_nic_statistics_dump_seconds", "pause -"));
	assert_true(has("txpath_nic_statistics_dump_seconds", "standard -"));
	assert_false(has("txpath_nic_statistics_dump_seconds", "queues -"));
	assert_int_equal(value("txpath_nic_hidden_devices", "-"), 2);
	assert_int_equal(value("txpath_nic_untracked_devices", "-"), 0);
	assert_int_equal(script.tally.skipped_objects, 0);
}

/* By netlink before the driver's statistics, and never both. */
static void test_queues_by_netlink(void **state)
{
	struct scripted_device *card = add_card();

	(void)state;
	card->has_queues = true;
	open_collector();
	collect();
	assert_int_equal(value("txpath_nic_queue_sent_packets_total", "nicx0 1 -"), 77);
	assert_int_equal(value("txpath_nic_queue_sent_packets_total", "nicx0 0 -"), 1100);
	collect();
	expect_dumps(1U << DUMP_COUNTERS | 1U << DUMP_QUEUES);
}

static void test_steady_state_reads_no_settings(void **state)
{
	(void)state;
	add_card();
	add_device("nicx1", "veth");
	open_collector();
	collect();
	expect_dumps((1U << DUMPS) - 1);
	for (unsigned i = 0; i < 3; i++) {
		collect();
		expect_dumps(1U << DUMP_COUNTERS);
		assert_int_equal(script.n_ioctls[ETHTOOL_GSTATS], 1);
		for (uint32_t command = 0; command < ARRAY_SIZE(script.n_ioctls); command++)
			assert_true(command == ETHTOOL_GSTATS || script.n_ioctls[command] == 0);
	}
	script.offset_usec = 61000000;
	collect();
	expect_dumps((1U << DUMPS) - 1 - (1U << DUMP_LINKS));
	assert_int_equal(script.n_ioctls[ETHTOOL_GDRVINFO], 2);
	collect();
	expect_dumps(1U << DUMP_COUNTERS);
}

static void test_changes(void **state)
{
	struct scripted_device *card = add_card();

	(void)state;
	open_collector();
	collect();
	card->ring = 512;
	notify(ETHTOOL_MSG_RINGS_NTF);
	collect();
	expect_dumps(1U << DUMP_COUNTERS | 1U << NIC_COMMAND_RINGS);
	assert_int_equal(value("txpath_nic_ring_entries", "nicx0 tx -"), 512);

	/* Other channels, other statistics. */
	card->channels = 1;
	card->n_strings = card->n_values = 2;
	notify(ETHTOOL_MSG_CHANNELS_NTF);
	collect();
	expect_dumps(1U << DUMP_COUNTERS | 1U << NIC_COMMAND_CHANNELS | 1U << DUMP_QUEUES |
	             1U << DUMP_STANDARD | 1U << NIC_COMMAND_PAUSE);
	assert_int_equal(value("txpath_nic_channels", "nicx0 combined -"), 1);
	assert_int_equal(script.n_ioctls[ETHTOOL_GSTRINGS], 1);
	assert_false(has("txpath_nic_queue_sent_packets_total", "nicx0 1 -"));

	notify(ETHTOOL_MSG_FEATURES_NTF);
	notify(ETHTOOL_MSG_WOL_NTF);
	collect();
	expect_dumps(1U << DUMP_COUNTERS | 1U << NIC_COMMAND_FEATURES);
	notify(ETHTOOL_MSG_LINKINFO_NTF);
	collect();
	expect_dumps(1U << DUMP_COUNTERS | NIC_COMMANDS_LINK);

	card->speed = 200000;
	card->flags = IFF_UP;
	put_link(&script.link_changes, RTM_NEWLINK, card);
	collect();
	expect_dumps(1U << DUMP_COUNTERS | NIC_COMMANDS_LINK);
	assert_int_equal(value("txpath_nic_carrier", "nicx0 -"), 0);
	assert_true(
		batch_value_of(script.batch, "txpath_nic_speed_bytes_per_second", "nicx0 -").real ==
		25e9);
}

static void test_notifications_lost(void **state)
{
	(void)state;
	add_card();
	open_collector();
	collect();
	add_device("nicx1", NULL);
	script.link_drain_error = -ENOBUFS;
	collect();
	expect_dumps((1U << DUMPS) - 1);
	assert_int_equal(value("txpath_nic_sent_bytes_total", "nicx1 -"), 2000);
	script.link_drain_error = -EIO;
	assert_int_equal(try_collect(), -EIO);
	collect();
	assert_int_equal(script.n_dumps[DUMP_LINKS], 1);
}

static void test_bound_of_devices(void **state)
{
	(void)state;
	add_device("vethx0", "veth");
	add_device("vethx1", "veth");
	add_device("nicx0", NULL);
	add_device("vethx2", "veth");
	script.options.max_devices = 2;
	open_collector();
	collect();
	assert_int_equal(value("txpath_nic_untracked_devices", "-"), 1);
	assert_true(has("txpath_nic_mtu_bytes", "vethx1 -"));
	assert_true(has("txpath_nic_mtu_bytes", "nicx0 -"));
	assert_false(has("txpath_nic_mtu_bytes", "vethx2 -"));
	assert_int_equal(script.n_ioctls[ETHTOOL_GDRVINFO], 3);

	remove_device(0);
	collect();
	assert_int_equal(value("txpath_nic_untracked_devices", "-"), 0);
	assert_int_equal(value("txpath_nic_ring_entries", "vethx2 tx -"), 256);
	assert_int_equal(script.n_ioctls[ETHTOOL_GDRVINFO], 1);
}

static void test_patterns(void **state)
{
	static char wanted[] = "^nic", unwanted[] = "1$", raw[] = "^oth";
	static char *devices[] = { wanted }, *excluded[] = { unwanted }, *names[] = { raw };

	(void)state;
	add_card();
	add_device("nicx1", NULL);
	add_device("ethx0", NULL);
	script.options.devices = (struct string_list){ 1, devices };
	script.options.exclude_devices = (struct string_list){ 1, excluded };
	script.options.driver_statistics = (struct string_list){ 1, names };
	open_collector();
	collect();
	assert_true(has("txpath_nic_mtu_bytes", "nicx0 -"));
	assert_false(has("txpath_nic_mtu_bytes", "nicx1 -"));
	assert_false(has("txpath_nic_mtu_bytes", "ethx0 -"));
	assert_int_equal(value("txpath_nic_untracked_devices", "-"), 0);
	assert_int_equal(value("txpath_nic_driver_statistic", "nicx0 other -"), 1101);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_values),
		TEST(test_queues_by_netlink),
		TEST(test_steady_state_reads_no_settings),
		TEST(test_changes),
		TEST(test_notifications_lost),
		TEST(test_bound_of_devices),
		TEST(test_patterns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
