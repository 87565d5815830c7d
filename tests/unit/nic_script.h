/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The nic collector as it is linked, on a kernel that is scripted: netlink as a whole, ioctl(2) and
 * clock_gettime(2). Its devices have names that this machine's /sys does not know. Programs are
 * linked with --wrap for the functions of allocation below.
 */
#include "tests/unit/nic_answers.h"

#include <errno.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "collectors/nic/nic.h"
#include "collectors/nic/nic_options.h"

#define DEVICES_MAX 8

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
	void (*during_counters)(void); /* happens while counters are dumped */
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

static inline struct scripted_device *add_card(void)
{
	struct scripted_device *card = add_device("nicx0", NULL);

	card->driver = "mlx5_core";
	card->n_strings = card->n_values = 3;
	card->strings[0] = "tx0_packets";
	card->strings[1] = "other";
	card->strings[2] = "tx1_packets";
	return card;
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
