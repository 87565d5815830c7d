/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Messages about devices as the kernel would make them, put together for nic_script.h. */
#include "tests/unit/fixture.h"

#include <linux/ethtool.h>
#include <linux/ethtool_netlink.h>
#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include "collectors/generic_netlink.h"
#include "collectors/nic/nic_settings.h"

#define ETHTOOL_ID   40
#define NETDEV_ID    41
#define MONITOR_ID   7
#define QSTATS_GET   12
#define STRINGS_MAX  4
#define SCRIPT_SIZE  16384
#define FEATURE_BITS 0x5U

enum dump {
	DUMP_LINKS = NIC_COMMANDS, /* below: settings, by their commands */
	DUMP_COUNTERS,
	DUMP_QUEUES,
	DUMP_STANDARD,
	DUMPS,
};

struct scripted_device {
	int index;
	const char *name, *kind, *driver;
	unsigned flags;
	uint64_t sent_bytes;
	uint32_t ring, channels, speed;
	bool has_queues, has_pause_frames, has_standard;
	uint32_t n_strings, n_values;
	const char *strings[STRINGS_MAX];
	uint64_t statistics_usec; /* that they take */
};

/* Messages that wait, one after the other. */
struct messages {
	size_t length;
	_Alignas(8) char bytes[SCRIPT_SIZE];
};

static inline struct nlmsghdr *message_in(struct messages *messages, uint16_t type,
                                          const void *header, size_t size)
{
	return message_begin(messages->bytes + messages->length, type, header, size);
}

static inline void message_end(struct messages *messages, const struct nlmsghdr *message)
{
	messages->length += NLMSG_ALIGN(message->nlmsg_len);
	assert_true(messages->length < SCRIPT_SIZE);
}

static inline void put_link(struct messages *messages, uint16_t type,
                            const struct scripted_device *device)
{
	const struct ifinfomsg header = { .ifi_index = device->index, .ifi_flags = device->flags };
	struct nlmsghdr *message = message_in(messages, type, &header, sizeof(header));
	struct nlattr *info;

	mnl_attr_put_strz(message, IFLA_IFNAME, device->name);
	mnl_attr_put_u32(message, IFLA_MTU, 1500);
	mnl_attr_put_u32(message, IFLA_TXQLEN, 1000);
	mnl_attr_put_u32(message, IFLA_NUM_TX_QUEUES, 2);
	if (device->kind) {
		info = mnl_attr_nest_start(message, IFLA_LINKINFO);
		mnl_attr_put_strz(message, IFLA_INFO_KIND, device->kind);
		mnl_attr_nest_end(message, info);
	}
	message_end(messages, message);
}

static inline void put_counters(struct messages *messages, const struct scripted_device *device)
{
	const struct if_stats_msg header = { .ifindex = (uint32_t)device->index };
	const struct rtnl_link_stats64 counters = { .tx_bytes = device->sent_bytes };
	struct nlmsghdr *message = message_in(messages, RTM_NEWSTATS, &header, sizeof(header));

	mnl_attr_put(message, IFLA_STATS_LINK_64, sizeof(counters), &counters);
	message_end(messages, message);
}

static inline void put_queue(struct messages *messages, const struct scripted_device *device)
{
	const struct genlmsghdr header = { .cmd = QSTATS_GET };
	struct nlmsghdr *message;

	if (!device->has_queues)
		return;
	message = message_in(messages, NETDEV_ID, &header, sizeof(header));
	mnl_attr_put_u32(message, 1, (uint32_t)device->index);
	mnl_attr_put_u32(message, 2, 1);   /* for sending */
	mnl_attr_put_u32(message, 3, 1);   /* number */
	mnl_attr_put_u32(message, 10, 77); /* packets */
	message_end(messages, message);
}

static inline void put_device(struct nlmsghdr *message, uint16_t attribute, int index)
{
	struct nlattr *nest = mnl_attr_nest_start(message, attribute);

	mnl_attr_put_u32(message, ETHTOOL_A_HEADER_DEV_INDEX, (uint32_t)index);
	mnl_attr_nest_end(message, nest);
}

static inline void put_features(struct nlmsghdr *message)
{
	struct nlattr *nest = mnl_attr_nest_start(message, ETHTOOL_A_FEATURES_ACTIVE);

	mnl_attr_put_u32(message, ETHTOOL_A_BITSET_VALUE, FEATURE_BITS);
	mnl_attr_nest_end(message, nest);
}

static inline void put_pause(struct nlmsghdr *message, const struct scripted_device *device)
{
	struct nlattr *nest;

	mnl_attr_put_u8(message, ETHTOOL_A_PAUSE_TX, 1);
	if (!device->has_pause_frames)
		return;
	nest = mnl_attr_nest_start(message, ETHTOOL_A_PAUSE_STATS);
	mnl_attr_put_u64(message, ETHTOOL_A_PAUSE_STAT_TX_FRAMES, 5);
	mnl_attr_put_u64(message, ETHTOOL_A_PAUSE_STAT_RX_FRAMES, 6);
	mnl_attr_nest_end(message, nest);
}

static inline void put_settings(struct messages *messages, unsigned command,
                                const struct scripted_device *device)
{
	const struct genlmsghdr header = { .cmd = 1 };
	struct nlmsghdr *message = message_in(messages, ETHTOOL_ID, &header, sizeof(header));

	put_device(message, 1, device->index);
	if (command == NIC_COMMAND_RINGS)
		mnl_attr_put_u32(message, ETHTOOL_A_RINGS_TX, device->ring);
	else if (command == NIC_COMMAND_CHANNELS)
		mnl_attr_put_u32(message, ETHTOOL_A_CHANNELS_COMBINED_COUNT, device->channels);
	else if (command == NIC_COMMAND_FEATURES)
		put_features(message);
	else if (command == NIC_COMMAND_COALESCE)
		mnl_attr_put_u32(message, ETHTOOL_A_COALESCE_TX_USECS, 3);
	else if (command == NIC_COMMAND_PAUSE)
		put_pause(message, device);
	else if (command == NIC_COMMAND_LINKINFO)
		mnl_attr_put_u8(message, ETHTOOL_A_LINKINFO_PORT, PORT_FIBRE);
	else
		mnl_attr_put_u32(message, ETHTOOL_A_LINKMODES_SPEED, device->speed);
	message_end(messages, message);
}

static inline void put_standard(struct messages *messages, const struct scripted_device *device)
{
	const struct genlmsghdr header = { .cmd = 1 };
	struct nlmsghdr *message = message_in(messages, ETHTOOL_ID, &header, sizeof(header));
	struct nlattr *group, *nest;

	put_device(message, ETHTOOL_A_STATS_HEADER, device->index);
	if (device->has_standard) {
		group = mnl_attr_nest_start(message, ETHTOOL_A_STATS_GRP);
		mnl_attr_put_u32(message, ETHTOOL_A_STATS_GRP_ID, ETHTOOL_STATS_ETH_MAC);
		nest = mnl_attr_nest_start(message, ETHTOOL_A_STATS_GRP_STAT);
		mnl_attr_put_u64(message, ETHTOOL_A_STATS_ETH_MAC_2_TX_PKT, 55);
		mnl_attr_nest_end(message, nest);
		mnl_attr_nest_end(message, group);
	}
	message_end(messages, message);
}

static inline void put_family(struct messages *messages, const char *name, uint16_t id)
{
	const struct genlmsghdr header = { .cmd = CTRL_CMD_NEWFAMILY };
	struct nlmsghdr *message = message_in(messages, GENL_ID_CTRL, &header, sizeof(header));
	struct nlattr *groups, *group;

	mnl_attr_put_strz(message, CTRL_ATTR_FAMILY_NAME, name);
	mnl_attr_put_u16(message, CTRL_ATTR_FAMILY_ID, id);
	groups = mnl_attr_nest_start(message, CTRL_ATTR_MCAST_GROUPS);
	group = mnl_attr_nest_start(message, 1);
	mnl_attr_put_strz(message, CTRL_ATTR_MCAST_GRP_NAME, ETHTOOL_MCGRP_MONITOR_NAME);
	mnl_attr_put_u32(message, CTRL_ATTR_MCAST_GRP_ID, MONITOR_ID);
	mnl_attr_nest_end(message, group);
	mnl_attr_nest_end(message, groups);
	message_end(messages, message);
}

/* Which dump the request is for. */
static inline unsigned dump_of(const struct netlink_request *request)
{
	static const uint8_t commands[] = { ETHTOOL_MSG_RINGS_GET,    ETHTOOL_MSG_CHANNELS_GET,
		                            ETHTOOL_MSG_FEATURES_GET, ETHTOOL_MSG_COALESCE_GET,
		                            ETHTOOL_MSG_PAUSE_GET,    ETHTOOL_MSG_LINKINFO_GET,
		                            ETHTOOL_MSG_LINKMODES_GET };
	const struct genlmsghdr *header = request->body;

	if (request->type == RTM_GETLINK)
		return DUMP_LINKS;
	if (request->type == RTM_GETSTATS)
		return DUMP_COUNTERS;
	if (request->type == NETDEV_ID)
		return DUMP_QUEUES;
	assert_int_equal(request->type, ETHTOOL_ID);
	for (unsigned i = 0; i < NIC_COMMANDS; i++)
		if (commands[i] == header->cmd)
			return i;
	assert_int_equal(header->cmd, ETHTOOL_MSG_STATS_GET);
	return DUMP_STANDARD;
}

static inline void put_answer(struct messages *messages, unsigned dump,
                              const struct scripted_device *device)
{
	if (dump == DUMP_LINKS)
		put_link(messages, RTM_NEWLINK, device);
	else if (dump == DUMP_COUNTERS)
		put_counters(messages, device);
	else if (dump == DUMP_QUEUES)
		put_queue(messages, device);
	else if (dump == DUMP_STANDARD)
		put_standard(messages, device);
	else
		put_settings(messages, dump, device);
}

static inline int replay(const struct messages *messages, netlink_message_fn take, void *context)
{
	const struct fixture fixture = { messages->length, (char *)(uintptr_t)messages->bytes };

	return fixture_replay(&fixture, take, context);
}
