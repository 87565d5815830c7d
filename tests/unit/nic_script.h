/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The nic collector as it is linked, on a kernel that is scripted: netlink as a whole, ioctl(2) and
 * clock_gettime(2). Its devices have names that this machine's /sys does not know. Programs are
 * linked with --wrap for the functions of allocation below.
 */
#include "tests/unit/fixture.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/ethtool_netlink.h>
#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "collectors/generic_netlink.h"
#include "collectors/nic/nic.h"
#include "collectors/nic/nic_options.h"
#include "collectors/nic/nic_settings.h"

#define ETHTOOL_ID   40
#define NETDEV_ID    41
#define MONITOR_ID   7
#define QSTATS_GET   12
#define DEVICES_MAX  8
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

struct netlink {
	int protocol;
	unsigned groups;
	uint32_t joined;
};

static struct {
	struct scripted_device devices[DEVICES_MAX];
	size_t n_devices;
	bool lacks_families;
	int errors[DUMPS];
	unsigned n_interrupted[DUMPS]; /* dumps that will be, from now on */
	unsigned n_dumps[DUMPS];
	unsigned n_ioctls[ETHTOOL_GLINKSETTINGS + 1];
	uint64_t dump_usec; /* that the dump of queues takes */
	struct messages changes, link_changes;
	int link_drain_error;
	/* After so many dumps of counters the notification comes during the sample. */
	void (*during_counters)(void);
	int open_error;
	unsigned n_open;
	uint64_t offset_usec; /* of the monotonic clock */

	struct nic_options options;
	struct collector_tally tally;
	struct reason reason;
	struct collector_env env;
	struct batch *batch;
	void *collector;
} script;

static struct {
	bool armed;
	size_t n_left;
} allocations;

static inline bool allocation_fails(void)
{
	if (!allocations.armed)
		return false;
	if (allocations.n_left == 0)
		return true;
	allocations.n_left--;
	return false;
}

void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size)
{
	return allocation_fails() ? NULL : __real_calloc(n, size);
}

void *__real_reallocarray(void *pointer, size_t n, size_t size);
void *__wrap_reallocarray(void *pointer, size_t n, size_t size);
void *__wrap_reallocarray(void *pointer, size_t n, size_t size)
{
	return allocation_fails() ? NULL : __real_reallocarray(pointer, n, size);
}

int clock_gettime(clockid_t clock, struct timespec *ret_time)
{
	int result = (int)syscall(SYS_clock_gettime, clock, ret_time);

	if (clock == CLOCK_MONOTONIC) {
		ret_time->tv_sec += (time_t)(script.offset_usec / 1000000);
		ret_time->tv_nsec += (long)(script.offset_usec % 1000000 * 1000);
		ret_time->tv_sec += ret_time->tv_nsec / 1000000000;
		ret_time->tv_nsec %= 1000000000;
	}
	return result;
}

static inline struct scripted_device *device_named(const char *name)
{
	for (size_t i = 0; i < script.n_devices; i++)
		if (strcmp(script.devices[i].name, name) == 0)
			return &script.devices[i];
	return NULL;
}

static inline int answer_statistics(struct scripted_device *device, struct ethtool_stats *question)
{
	script.offset_usec += device->statistics_usec;
	for (uint32_t i = 0; i < device->n_values; i++)
		question->data[i] = 100 * (uint64_t)device->index + i;
	question->n_stats = device->n_values;
	return 0;
}

static inline int answer_strings(const struct scripted_device *device,
                                 struct ethtool_gstrings *question)
{
	static const char features[2][ETH_GSTRING_LEN] = { "tx-scatter-gather", "rx-something" };

	if (question->string_set == ETH_SS_FEATURES) {
		memcpy(question->data, features, sizeof(features));
		question->len = 2;
		return 0;
	}
	for (uint32_t i = 0; i < device->n_strings; i++)
		memccpy(question->data + (size_t)i * ETH_GSTRING_LEN, device->strings[i], 0,
		        ETH_GSTRING_LEN);
	question->len = device->n_strings;
	return 0;
}

static inline int answer_ioctl(struct scripted_device *device, uint32_t command, void *question)
{
	if (command == ETHTOOL_GDRVINFO) {
		struct ethtool_drvinfo *driver = question;

		memccpy(driver->driver, device->driver, 0, sizeof(driver->driver));
	} else if (command == ETHTOOL_GSSET_INFO) {
		struct ethtool_sset_info *info = question;

		info->data[0] = info->sset_mask == 1 << ETH_SS_FEATURES ? 2 : device->n_strings;
	} else if (command == ETHTOOL_GSTRINGS) {
		return answer_strings(device, question);
	} else if (command == ETHTOOL_GSTATS) {
		return answer_statistics(device, question);
	} else if (command == ETHTOOL_GRINGPARAM) {
		struct ethtool_ringparam *rings = question;

		rings->tx_pending = rings->tx_max_pending = device->ring;
	} else {
		return -EOPNOTSUPP;
	}
	return 0;
}

int ioctl(int fd, unsigned long request, ...)
{
	struct scripted_device *device, none = { .name = "lo", .driver = "" };
	struct ifreq *ifreq;
	va_list arguments;
	uint32_t command;
	int error;

	(void)fd;
	va_start(arguments, request);
	ifreq = va_arg(arguments, struct ifreq *);
	va_end(arguments);
	assert_int_equal(request, SIOCETHTOOL);
	memcpy(&command, ifreq->ifr_data, sizeof(command));
	assert_true(command < ARRAY_SIZE(script.n_ioctls));
	script.n_ioctls[command]++;
	device = device_named(ifreq->ifr_name);
	if (!device && strcmp(ifreq->ifr_name, "lo") == 0)
		device = &none;
	error = device ? answer_ioctl(device, command, ifreq->ifr_data) : -ENODEV;
	errno = -error;
	return error ? -1 : 0;
}

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
	mnl_attr_put_u32(message, 2, 1); /* for sending */
	mnl_attr_put_u32(message, 3, 1); /* number */
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

int netlink_open_in(const struct collector_env *env, struct namespace_door *door, int protocol,
                    unsigned groups, struct netlink **ret_netlink)
{
	assert_ptr_equal(env, &script.env);
	assert_null(door);
	if (script.open_error)
		return reason_set(env->reason, script.open_error, "scripted socket");
	*ret_netlink = calloc(1, sizeof(**ret_netlink));
	if (!*ret_netlink)
		return reason_set(env->reason, -ENOMEM, "scripted socket: out of memory");
	(*ret_netlink)->protocol = protocol;
	(*ret_netlink)->groups = groups;
	script.n_open++;
	return 0;
}

int netlink_open(const struct collector_env *env, int protocol, unsigned groups,
                 struct netlink **ret_netlink)
{
	return netlink_open_in(env, NULL, protocol, groups, ret_netlink);
}

int netlink_join(struct netlink *netlink, uint32_t group)
{
	assert_int_equal(group, MONITOR_ID);
	netlink->joined = group;
	return 0;
}

void netlink_close(struct netlink *netlink)
{
	script.n_open -= netlink != NULL;
	free(netlink);
}

static inline int dump_families(netlink_message_fn take, void *context)
{
	static struct messages answer;

	answer.length = 0;
	if (!script.lacks_families) {
		put_family(&answer, "other", 39);
		put_family(&answer, ETHTOOL_GENL_NAME, ETHTOOL_ID);
		put_family(&answer, "netdev", NETDEV_ID);
	}
	return replay(&answer, take, context);
}

int netlink_dump(struct netlink *netlink, const struct netlink_request *request,
                 netlink_message_fn take, void *context)
{
	static struct messages answer;
	unsigned dump;
	int error;

	assert_int_equal(netlink->groups + netlink->joined, 0);
	if (request->type == GENL_ID_CTRL)
		return dump_families(take, context);
	dump = dump_of(request);
	script.n_dumps[dump]++;
	if (script.n_interrupted[dump]) {
		script.n_interrupted[dump]--;
		return reason_set(&script.reason, -EINTR, "scripted interruption");
	}
	if (script.errors[dump])
		return reason_set(&script.reason, script.errors[dump], "scripted refusal");
	answer.length = 0;
	for (size_t i = 0; i < script.n_devices; i++)
		put_answer(&answer, dump, &script.devices[i]);
	error = replay(&answer, take, context);
	script.offset_usec += dump == DUMP_QUEUES ? script.dump_usec : 0;
	if (dump == DUMP_COUNTERS && script.during_counters)
		script.during_counters();
	return error;
}

int netlink_drain(struct netlink *netlink, netlink_message_fn take, void *context)
{
	struct messages *messages = netlink->joined ? &script.changes : &script.link_changes;
	int error = netlink->joined ? 0 : script.link_drain_error;

	assert_true(netlink->groups || netlink->joined);
	script.link_drain_error = 0;
	if (!error)
		error = replay(messages, take, context);
	messages->length = 0;
	return error;
}

int netlink_repeat(struct reason *reason, int (*sample)(void *context), void *context)
{
	const struct reason before = *reason;
	int error = -EINTR;

	for (unsigned i = 0; i < 4 && error == -EINTR; i++) {
		*reason = before;
		error = sample(context);
	}
	return error;
}

/* The kernel's word that what the command sets has changed. */
static inline void notify(uint8_t notification)
{
	const struct genlmsghdr header = { .cmd = notification };
	struct nlmsghdr *message = message_in(&script.changes, ETHTOOL_ID, &header, sizeof(header));

	message_end(&script.changes, message);
}

static inline struct scripted_device *add_device(const char *name, const char *kind)
{
	struct scripted_device *device = &script.devices[script.n_devices++];

	assert_true(script.n_devices <= DEVICES_MAX);
	*device = (struct scripted_device){
		.index = 10 + (int)script.n_devices,
		.name = name,
		.kind = kind,
		.driver = "driver",
		.flags = IFF_UP | IFF_LOWER_UP,
		.sent_bytes = 1000 * script.n_devices,
		.ring = 256,
		.channels = 2,
		.speed = 100000,
	};
	return device;
}

static inline void remove_device(size_t place)
{
	put_link(&script.link_changes, RTM_DELLINK, &script.devices[place]);
	script.n_devices--;
	memmove(&script.devices[place], &script.devices[place + 1],
	        (script.n_devices - place) * sizeof(script.devices[0]));
}

static inline int begin(void **state)
{
	static char every[] = ".", *features[] = { every };

	(void)state;
	memset(&script, 0, sizeof(script));
	memset(&allocations, 0, sizeof(allocations));
	script.options = (struct nic_options){
		.max_devices = 200,
		.features = { 1, features },
		.settings_interval_usec = 60000000,
		.max_open_files = 100,
	};
	script.env = (struct collector_env){ .options = &script.options,
		                             .tally = &script.tally,
		                             .reason = &script.reason };
	script.batch = batch_new(SIZE_MAX);
	return script.batch ? 0 : -1;
}

static inline int end(void **state)
{
	(void)state;
	nic_collector.close(script.collector);
	nic_collector.close(NULL);
	assert_int_equal(script.n_open, 0);
	batch_free(script.batch);
	return 0;
}

static inline void open_collector(void)
{
	assert_int_equal(nic_collector.open(&script.env, &script.collector), 0);
}

static inline int try_collect(void)
{
	memset(script.n_dumps, 0, sizeof(script.n_dumps));
	memset(script.n_ioctls, 0, sizeof(script.n_ioctls));
	script.reason.text[0] = '\0';
	batch_reset(script.batch, SIZE_MAX);
	return nic_collector.collect(script.collector, script.batch);
}

static inline void collect(void)
{
	assert_int_equal(try_collect(), 0);
	assert_int_equal(batch_error(script.batch), 0);
}

static inline uint64_t value(const char *family, const char *labels)
{
	return batch_value(script.batch, family, labels);
}

static inline bool has(const char *family, const char *labels)
{
	return batch_has(script.batch, family, labels);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)
