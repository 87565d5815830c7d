/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every command has its device in attribute 1, a nest of the same kind in all of them, and what it
 * tells in attributes of 1 or 4 bytes: which of them are settings is a table.
 */
#include "collectors/nic/ethtool_message.h"

#include <errno.h>
#include <linux/ethtool_netlink.h>
#include <string.h>

#include "collectors/attribute.h"
#include "collectors/generic_netlink.h"
#include "daemon/cleanup.h"

#define ATTRIBUTES_MAX    32
#define SETTINGS_OF_REPLY 8

struct reply_setting {
	uint8_t attribute;
	uint8_t setting;
};

static const struct ethtool_command {
	const char *name;
	uint8_t get, notification;
	uint32_t flags;
	struct reply_setting settings[SETTINGS_OF_REPLY]; /* ended by attribute 0, or full */
} commands[NIC_COMMANDS] = {
	[NIC_COMMAND_RINGS] = {
		"ETHTOOL_MSG_RINGS_GET dump", ETHTOOL_MSG_RINGS_GET, ETHTOOL_MSG_RINGS_NTF, 0,
		{ { ETHTOOL_A_RINGS_TX, NIC_RING_TX },
		  { ETHTOOL_A_RINGS_RX, NIC_RING_RX },
		  { ETHTOOL_A_RINGS_RX_MINI, NIC_RING_RX_MINI },
		  { ETHTOOL_A_RINGS_RX_JUMBO, NIC_RING_RX_JUMBO },
		  { ETHTOOL_A_RINGS_TX_MAX, NIC_RING_LIMIT_TX },
		  { ETHTOOL_A_RINGS_RX_MAX, NIC_RING_LIMIT_RX },
		  { ETHTOOL_A_RINGS_RX_MINI_MAX, NIC_RING_LIMIT_RX_MINI },
		  { ETHTOOL_A_RINGS_RX_JUMBO_MAX, NIC_RING_LIMIT_RX_JUMBO } },
	},
	[NIC_COMMAND_CHANNELS] = {
		"ETHTOOL_MSG_CHANNELS_GET dump", ETHTOOL_MSG_CHANNELS_GET,
		ETHTOOL_MSG_CHANNELS_NTF, 0,
		{ { ETHTOOL_A_CHANNELS_TX_COUNT, NIC_CHANNELS_TX },
		  { ETHTOOL_A_CHANNELS_RX_COUNT, NIC_CHANNELS_RX },
		  { ETHTOOL_A_CHANNELS_OTHER_COUNT, NIC_CHANNELS_OTHER },
		  { ETHTOOL_A_CHANNELS_COMBINED_COUNT, NIC_CHANNELS_COMBINED },
		  { ETHTOOL_A_CHANNELS_TX_MAX, NIC_CHANNELS_LIMIT_TX },
		  { ETHTOOL_A_CHANNELS_RX_MAX, NIC_CHANNELS_LIMIT_RX },
		  { ETHTOOL_A_CHANNELS_OTHER_MAX, NIC_CHANNELS_LIMIT_OTHER },
		  { ETHTOOL_A_CHANNELS_COMBINED_MAX, NIC_CHANNELS_LIMIT_COMBINED } },
	},
	[NIC_COMMAND_FEATURES] = {
		"ETHTOOL_MSG_FEATURES_GET dump", ETHTOOL_MSG_FEATURES_GET,
		ETHTOOL_MSG_FEATURES_NTF, ETHTOOL_FLAG_COMPACT_BITSETS, { { 0 } },
	},
	[NIC_COMMAND_COALESCE] = {
		"ETHTOOL_MSG_COALESCE_GET dump", ETHTOOL_MSG_COALESCE_GET,
		ETHTOOL_MSG_COALESCE_NTF, 0,
		{ { ETHTOOL_A_COALESCE_TX_USECS, NIC_COALESCE_DELAY_TX },
		  { ETHTOOL_A_COALESCE_RX_USECS, NIC_COALESCE_DELAY_RX },
		  { ETHTOOL_A_COALESCE_TX_MAX_FRAMES, NIC_COALESCE_FRAMES_TX },
		  { ETHTOOL_A_COALESCE_RX_MAX_FRAMES, NIC_COALESCE_FRAMES_RX } },
	},
	[NIC_COMMAND_PAUSE] = {
		"ETHTOOL_MSG_PAUSE_GET dump", ETHTOOL_MSG_PAUSE_GET, ETHTOOL_MSG_PAUSE_NTF,
		ETHTOOL_FLAG_STATS,
		{ { ETHTOOL_A_PAUSE_TX, NIC_PAUSE_TX }, { ETHTOOL_A_PAUSE_RX, NIC_PAUSE_RX } },
	},
	[NIC_COMMAND_LINKINFO] = {
		"ETHTOOL_MSG_LINKINFO_GET dump", ETHTOOL_MSG_LINKINFO_GET,
		ETHTOOL_MSG_LINKINFO_NTF, 0,
		{ { ETHTOOL_A_LINKINFO_PORT, NIC_PORT } },
	},
	[NIC_COMMAND_LINKMODES] = {
		"ETHTOOL_MSG_LINKMODES_GET dump", ETHTOOL_MSG_LINKMODES_GET,
		ETHTOOL_MSG_LINKMODES_NTF, ETHTOOL_FLAG_COMPACT_BITSETS,
		{ { ETHTOOL_A_LINKMODES_SPEED, NIC_SPEED },
		  { ETHTOOL_A_LINKMODES_DUPLEX, NIC_DUPLEX } },
	},
};

struct ethtool_request ethtool_request(enum nic_command command)
{
	return (struct ethtool_request){
		.header = { .cmd = commands[command].get, .version = ETHTOOL_GENL_VERSION },
		.nest = { .nla_len = 2 * sizeof(struct nlattr) + sizeof(uint32_t),
		          .nla_type = NLA_F_NESTED | ETHTOOL_HEADER_ATTRIBUTE },
		.flags = { .nla_len = sizeof(struct nlattr) + sizeof(uint32_t),
		           .nla_type = ETHTOOL_A_HEADER_FLAGS },
		.flag_bits = commands[command].flags,
	};
}

const char *ethtool_request_name(enum nic_command command)
{
	return commands[command].name;
}

static int device_of(const struct nlattr *header, int *ret_index)
{
	const struct nlattr *table[ETHTOOL_A_HEADER_DEV_INDEX + 1];
	const struct nlattr *index;

	if (!header || attributes_sort_nested(header, table, ARRAY_SIZE(table)) < 0)
		return -EBADMSG;
	index = table[ETHTOOL_A_HEADER_DEV_INDEX];
	if (!index || mnl_attr_get_payload_len(index) != sizeof(uint32_t))
		return -EBADMSG;
	*ret_index = (int)mnl_attr_get_u32(index);
	return 0;
}

int ethtool_message_device(const struct nlmsghdr *message, unsigned header_attribute,
                           int *ret_index)
{
	const struct nlattr *table[ATTRIBUTES_MAX];

	if (generic_attributes_sort(message, table, ARRAY_SIZE(table)) < 0)
		return -EBADMSG;
	return device_of(table[header_attribute], ret_index);
}

static void take_number(const struct nlattr *attribute, uint8_t setting,
                        struct nic_settings *settings)
{
	size_t length = attribute ? mnl_attr_get_payload_len(attribute) : 0;

	if (length == sizeof(uint8_t))
		nic_setting_put(settings, setting, mnl_attr_get_u8(attribute));
	else if (length == sizeof(uint32_t))
		nic_setting_put(settings, setting, mnl_attr_get_u32(attribute));
}

/* A compact bitset: words of 32 bits, in the host's order. */
static int take_features(const struct nlattr *active, struct nic_settings *settings)
{
	const struct nlattr *table[ETHTOOL_A_BITSET_VALUE + 1];
	const struct nlattr *value;
	size_t length;

	if (!active || attributes_sort_nested(active, table, ARRAY_SIZE(table)) < 0)
		return -EBADMSG;
	value = table[ETHTOOL_A_BITSET_VALUE];
	if (!value)
		return -EBADMSG;
	length = mnl_attr_get_payload_len(value);
	length = length < sizeof(settings->features) ? length : sizeof(settings->features);
	memset(settings->features, 0, sizeof(settings->features));
	memcpy(settings->features, mnl_attr_get_payload(value), length);
	settings->has_features = true;
	return 0;
}

static bool take_frames(const struct nlattr *attribute, uint64_t *frames)
{
	if (!attribute || mnl_attr_get_payload_len(attribute) != sizeof(*frames))
		return false;
	memcpy(frames, mnl_attr_get_payload(attribute), sizeof(*frames));
	return true;
}

static void take_pause_frames(const struct nlattr *statistics, struct nic_settings *settings)
{
	const struct nlattr *table[ETHTOOL_A_PAUSE_STAT_RX_FRAMES + 1];

	settings->has_pause_frames = statistics &&
		attributes_sort_nested(statistics, table, ARRAY_SIZE(table)) == 0 &&
		take_frames(table[ETHTOOL_A_PAUSE_STAT_TX_FRAMES], &settings->pause_frames_tx) &&
		take_frames(table[ETHTOOL_A_PAUSE_STAT_RX_FRAMES], &settings->pause_frames_rx);
}

int ethtool_message_parse(const struct nlmsghdr *message, enum nic_command command,
                          struct nic_settings *settings)
{
	const struct reply_setting *map = commands[command].settings;
	const struct nlattr *table[ATTRIBUTES_MAX];

	if (generic_attributes_sort(message, table, ARRAY_SIZE(table)) < 0)
		return -EBADMSG;
	if (command == NIC_COMMAND_FEATURES)
		return take_features(table[ETHTOOL_A_FEATURES_ACTIVE], settings);
	if (command == NIC_COMMAND_PAUSE)
		take_pause_frames(table[ETHTOOL_A_PAUSE_STATS], settings);
	for (size_t i = 0; i < SETTINGS_OF_REPLY && map[i].attribute; i++)
		take_number(table[map[i].attribute], map[i].setting, settings);
	return 0;
}

unsigned ethtool_message_changes(const struct nlmsghdr *message)
{
	uint8_t notification = generic_command(message);

	/* Speed and duplex are set with the port. */
	if (notification == ETHTOOL_MSG_LINKINFO_NTF)
		return NIC_COMMANDS_LINK;
	for (unsigned i = 0; i < NIC_COMMANDS; i++)
		if (commands[i].notification == notification)
			return 1U << i;
	return 0;
}
