/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Settings of four network cards as Linux 6.12 told of them, held to what ethtool printed: nic.txt. */
#include "tests/unit/fixture.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/ethtool_netlink.h>

#include "collectors/nic/ethtool_message.h"

enum { LO = 1, E1000E, VMXNET3, RTL8139, VIRTIO, DEVICES };

static struct nic_settings devices[DEVICES];

static int take(const struct nlmsghdr *message, void *context)
{
	const enum nic_command *command = context;
	int index = 0;

	assert_int_equal(ethtool_message_device(message, ETHTOOL_HEADER_ATTRIBUTE, &index), 0);
	assert_true(index > 0 && index < DEVICES);
	assert_int_equal(ethtool_message_parse(message, *command, &devices[index]), 0);
	return 0;
}

static void replay(const char *name, enum nic_command command)
{
	struct fixture fixture = fixture_load(name);

	memset(devices, 0, sizeof(devices));
	assert_int_equal(fixture_replay(&fixture, take, &command), 0);
	fixture_free(&fixture);
}

/* The setting of each card; −1: it has none. */
static void expect(enum nic_setting setting, int64_t e1000e, int64_t vmxnet3, int64_t rtl8139,
                   int64_t virtio)
{
	const int64_t expected[DEVICES] = { -1, -1, e1000e, vmxnet3, rtl8139, virtio };

	for (size_t i = 0; i < DEVICES; i++) {
		int64_t value = nic_setting_present(&devices[i], setting)
			? (int64_t)devices[i].values[setting]
			: -1;

		if (value != expected[i])
			fail_msg("setting %d of device %zu: %lld", (int)setting, i,
			         (long long)value);
	}
}

static void test_rings(void **state)
{
	(void)state;
	replay("nic_rings.bin", NIC_COMMAND_RINGS);
	expect(NIC_RING_TX, 1024, 512, 64, 256);
	expect(NIC_RING_RX, 256, 1024, 64, 256);
	expect(NIC_RING_LIMIT_TX, 4096, 4096, 64, 256);
	expect(NIC_RING_LIMIT_RX, 4096, 4096, 64, 256);
	expect(NIC_RING_RX_MINI, -1, -1, -1, -1);
}

static void test_channels(void **state)
{
	(void)state;
	replay("nic_channels.bin", NIC_COMMAND_CHANNELS);
	expect(NIC_CHANNELS_COMBINED, -1, 2, -1, 4);
	expect(NIC_CHANNELS_LIMIT_COMBINED, -1, 2, -1, 4);
	expect(NIC_CHANNELS_TX, -1, -1, -1, -1);
}

static void test_coalesce_and_pause(void **state)
{
	(void)state;
	replay("nic_coalesce.bin", NIC_COMMAND_COALESCE);
	expect(NIC_COALESCE_DELAY_RX, 20, -1, -1, 0);
	expect(NIC_COALESCE_DELAY_TX, -1, -1, -1, 0);
	expect(NIC_COALESCE_FRAMES_TX, -1, -1, -1, 1);
	replay("nic_pause.bin", NIC_COMMAND_PAUSE);
	expect(NIC_PAUSE_TX, 1, -1, -1, -1);
	expect(NIC_PAUSE_RX, 1, -1, -1, -1);
	assert_false(devices[E1000E].has_pause_frames);
}

static void test_link(void **state)
{
	(void)state;
	replay("nic_linkmodes.bin", NIC_COMMAND_LINKMODES);
	expect(NIC_SPEED, 1000, 1000, 100, -1);
	expect(NIC_DUPLEX, DUPLEX_FULL, DUPLEX_FULL, DUPLEX_FULL, -1);
	replay("nic_linkinfo.bin", NIC_COMMAND_LINKINFO);
	expect(NIC_PORT, PORT_TP, PORT_TP, PORT_MII, -1);
}

/* tx-scatter-gather, tx-checksum-ipv4 and tx-checksum-ip-generic are bits 0, 1 and 3. */
static void test_features(void **state)
{
	static const uint32_t expected[DEVICES] = { 0, 1 | 8, 1 | 8, 1 | 8, 1 | 2, 1 | 8 };

	(void)state;
	replay("nic_features.bin", NIC_COMMAND_FEATURES);
	for (size_t i = LO; i < DEVICES; i++) {
		assert_true(devices[i].has_features);
		assert_int_equal(devices[i].features[0] & (1 | 2 | 8), expected[i]);
	}
}

static int take_cut(const struct nlmsghdr *message, void *context)
{
	struct nic_settings settings = { 0 };
	int index, error = ethtool_message_device(message, ETHTOOL_HEADER_ATTRIBUTE, &index);

	(void)context;
	assert_true(error == 0 || error == -EBADMSG);
	for (unsigned i = 0; i < NIC_COMMANDS; i++) {
		error = ethtool_message_parse(message, i, &settings);
		assert_true(error == 0 || error == -EBADMSG);
	}
	(void)ethtool_message_changes(message);
	return 0;
}

static void test_cut_anywhere(void **state)
{
	static const char *const names[] = { "nic_rings.bin",     "nic_channels.bin",
		                             "nic_features.bin",  "nic_coalesce.bin",
		                             "nic_pause.bin",     "nic_linkinfo.bin",
		                             "nic_linkmodes.bin", "nic_families.bin" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct fixture fixture = fixture_load(names[i]);

		fixture_replay_cut(&fixture, take_cut, NULL);
		fixture_free(&fixture);
	}
}

static struct nlmsghdr *begin_message(void *bytes, uint8_t command)
{
	const struct genlmsghdr header = { .cmd = command };

	return message_begin(bytes, 40, &header, sizeof(header));
}

/* Speeds beyond 16 bits, those that nobody knows, and frames of pause. */
static void test_numbers(void **state)
{
	struct nic_settings settings = { 0 };
	_Alignas(8) char bytes[512];
	struct nlmsghdr *message = begin_message(bytes, ETHTOOL_MSG_LINKMODES_GET_REPLY);
	struct nlattr *nest;

	(void)state;
	mnl_attr_put_u32(message, ETHTOOL_A_LINKMODES_SPEED, 800000);
	mnl_attr_put_u16(message, ETHTOOL_A_LINKMODES_DUPLEX, 1); /* of another length */
	assert_int_equal(ethtool_message_parse(message, NIC_COMMAND_LINKMODES, &settings), 0);
	assert_int_equal(settings.values[NIC_SPEED], 800000);
	assert_int_equal(settings.present, 1U << NIC_SPEED);

	nic_settings_forget(&settings, NIC_COMMAND_LINKMODES);
	message = begin_message(bytes, ETHTOOL_MSG_LINKMODES_GET_REPLY);
	mnl_attr_put_u32(message, ETHTOOL_A_LINKMODES_SPEED, UINT32_MAX);
	mnl_attr_put_u8(message, ETHTOOL_A_LINKMODES_DUPLEX, DUPLEX_UNKNOWN);
	assert_int_equal(ethtool_message_parse(message, NIC_COMMAND_LINKMODES, &settings), 0);
	assert_int_equal(settings.present, 0);

	message = begin_message(bytes, ETHTOOL_MSG_PAUSE_GET_REPLY);
	nest = mnl_attr_nest_start(message, ETHTOOL_A_PAUSE_STATS);
	mnl_attr_put_u64(message, ETHTOOL_A_PAUSE_STAT_TX_FRAMES, UINT64_C(1) << 50);
	mnl_attr_put_u64(message, ETHTOOL_A_PAUSE_STAT_RX_FRAMES, 3);
	mnl_attr_nest_end(message, nest);
	assert_int_equal(ethtool_message_parse(message, NIC_COMMAND_PAUSE, &settings), 0);
	assert_true(settings.has_pause_frames);
	assert_int_equal(settings.pause_frames_tx, UINT64_C(1) << 50);
	nic_settings_forget(&settings, NIC_COMMAND_PAUSE);
	assert_false(settings.has_pause_frames);

	message = begin_message(bytes, ETHTOOL_MSG_FEATURES_GET_REPLY);
	assert_int_equal(ethtool_message_parse(message, NIC_COMMAND_FEATURES, &settings), -EBADMSG);
}

static void test_notifications(void **state)
{
	static const struct {
		uint8_t notification;
		unsigned changes;
	} cases[] = {
		{ ETHTOOL_MSG_RINGS_NTF, 1U << NIC_COMMAND_RINGS },
		{ ETHTOOL_MSG_CHANNELS_NTF, 1U << NIC_COMMAND_CHANNELS },
		{ ETHTOOL_MSG_FEATURES_NTF, 1U << NIC_COMMAND_FEATURES },
		{ ETHTOOL_MSG_COALESCE_NTF, 1U << NIC_COMMAND_COALESCE },
		{ ETHTOOL_MSG_PAUSE_NTF, 1U << NIC_COMMAND_PAUSE },
		{ ETHTOOL_MSG_LINKMODES_NTF, 1U << NIC_COMMAND_LINKMODES },
		{ ETHTOOL_MSG_LINKINFO_NTF, NIC_COMMANDS_LINK },
		{ ETHTOOL_MSG_WOL_NTF, 0 },
		{ 0, 0 },
		{ 255, 0 },
	};
	_Alignas(8) char bytes[64];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(
			ethtool_message_changes(begin_message(bytes, cases[i].notification)),
			cases[i].changes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rings),
		cmocka_unit_test(test_channels),
		cmocka_unit_test(test_coalesce_and_pause),
		cmocka_unit_test(test_link),
		cmocka_unit_test(test_features),
		cmocka_unit_test(test_cut_anywhere),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_notifications),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
