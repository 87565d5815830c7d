/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any bytes as each message about devices, as the names of a driver's statistics, and as a file of
 * sysfs; what is accepted must keep the parsers' promises.
 */
#include <assert.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/generic_netlink.h"
#include "collectors/nic/driver_layout.h"
#include "collectors/nic/ethtool_message.h"
#include "collectors/nic/ethtool_standard.h"
#include "collectors/nic/netdev_message.h"
#include "collectors/nic/queue_files.h"

#define NAMES_MAX 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_link(const struct nlmsghdr *message)
{
	struct rtnl_link_stats64 counters;
	struct nic_link link;
	int index;

	(void)nic_link_parse_removal(message);
	(void)nic_counters_parse(message, &index, &counters);
	if (nic_link_parse(message, &link) < 0)
		return;
	assert(link.index > 0 && link.name_length == strlen(link.name));
	assert(link.name_length < sizeof(link.name) && link.kind_length == strlen(link.kind));
	assert(link.address_length <= sizeof(link.address));
	(void)nic_link_is_container(&link);
}

static void check_generic(const struct nlmsghdr *message)
{
	struct nic_settings settings = { 0 };
	struct netdev_message queue;
	struct nic_standard standard;
	int index;

	(void)ethtool_message_changes(message);
	(void)ethtool_message_device(message, ETHTOOL_HEADER_ATTRIBUTE, &index);
	for (unsigned i = 0; i < NIC_COMMANDS; i++)
		(void)ethtool_message_parse(message, i, &settings);
	assert(settings.present >> NIC_SETTINGS == 0);
	if (netdev_message_parse(message, &queue) == 0)
		assert(queue.queue < NIC_QUEUES_MAX &&
		       queue.counters.present >> NIC_QUEUE_COUNTERS == 0);
	if (ethtool_standard_parse(message, &index, &standard) == 0)
		assert(standard.n_sizes <= NIC_FRAME_SIZES_MAX &&
		       standard.present >> NIC_STANDARD_COUNTERS == 0);
}

/* In memory of the message's own length, as the type that its first byte says. */
static void check_message(const uint8_t *data, size_t size)
{
	static const uint16_t types[] = { RTM_NEWLINK, RTM_DELLINK, RTM_NEWSTATS, 40 };
	struct nlmsghdr *message = malloc(NLMSG_HDRLEN + size);

	if (!message)
		return;
	*message = (struct nlmsghdr){ .nlmsg_len = (uint32_t)(NLMSG_HDRLEN + size),
		                      .nlmsg_type = types[size ? data[0] % 4 : 0] };
	memcpy(mnl_nlmsg_get_payload(message), data, size);
	check_link(message);
	check_generic(message);
	free(message);
}

static void check_names(const uint8_t *data, size_t size)
{
	static const char *const drivers[] = { "mlx5_core", "vmxnet3", "bnxt_en", "none" };
	const struct driver_rules *rules = driver_rules_find(drivers[size ? data[0] % 4 : 0]);
	const struct name_patterns none = { 0 };
	const uint64_t values[NAMES_MAX] = { 0 };
	struct driver_layout layout = { 0 };
	struct nic_queues queues = { 0 };
	size_t n = size / ETH_GSTRING_LEN;

	n = n < NAMES_MAX ? n : NAMES_MAX;
	if (driver_layout_make(&layout, rules, &none, (const char *)data, (uint32_t)n) == 0 &&
	    driver_layout_read(&layout, values, &queues) == 0) {
		assert(queues.n <= NIC_QUEUES_MAX);
		for (size_t i = 0; i < layout.n_counters; i++)
			assert(layout.counters[i].position < n &&
			       layout.counters[i].queue < queues.n);
	}
	nic_queues_clear(&queues);
	driver_layout_clear(&layout);
}

static void check_file(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size);
	uint64_t number;

	for (unsigned file = 0; text && file < QUEUE_FILES; file++)
		(void)queue_file_parse(file, text, &number);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_message(data, size);
	check_names(data, size);
	check_file(data, size);
	return 0;
}
