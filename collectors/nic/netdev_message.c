/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The numbers are those of linux/netdev.h, which Debian 12's headers do not have. */
#include "collectors/nic/netdev_message.h"

#include <errno.h>
#include <string.h>

#include "collectors/attribute.h"
#include "collectors/generic_netlink.h"
#include "daemon/cleanup.h"

#define CMD_QSTATS_GET 12
#define SCOPE_QUEUE    1
#define TYPE_TX        1

enum {
	IFINDEX = 1,
	QUEUE_TYPE,
	QUEUE_ID,
	SCOPE,
	TX_PACKETS = 10,
	TX_BYTES,
	TX_HW_DROPS = 24,
	TX_HW_DROP_ERRORS,
	TX_STOP = 33,
	TX_WAKE,
	ATTRIBUTES,
};

static const struct {
	unsigned attribute;
	enum nic_queue_counter counter;
} counters[] = {
	{ TX_PACKETS, NIC_QUEUE_PACKETS }, { TX_BYTES, NIC_QUEUE_BYTES },
	{ TX_HW_DROPS, NIC_QUEUE_DROPS },  { TX_HW_DROP_ERRORS, NIC_QUEUE_ERRORS },
	{ TX_STOP, NIC_QUEUE_STOPS },      { TX_WAKE, NIC_QUEUE_WAKES },
};

struct netdev_request netdev_request(void)
{
	return (struct netdev_request){
		.header = { .cmd = CMD_QSTATS_GET, .version = 1 },
		.scope = { .nla_len = sizeof(struct nlattr) + sizeof(uint32_t), .nla_type = SCOPE },
		.scope_bits = SCOPE_QUEUE,
	};
}

/* A number of as many bytes as the kernel found necessary. */
static bool take_number(const struct nlattr *attribute, uint64_t *ret_number)
{
	size_t length = attribute ? mnl_attr_get_payload_len(attribute) : 0;

	if (length == sizeof(uint32_t))
		*ret_number = mnl_attr_get_u32(attribute);
	else if (length == sizeof(uint64_t))
		memcpy(ret_number, mnl_attr_get_payload(attribute), sizeof(*ret_number));
	else
		return false;
	return true;
}

int netdev_message_parse(const struct nlmsghdr *message, struct netdev_message *ret_message)
{
	const struct nlattr *table[ATTRIBUTES];
	struct netdev_message parsed = { 0 };
	uint64_t index, type, queue, value;

	if (generic_attributes_sort(message, table, ARRAY_SIZE(table)) < 0 ||
	    !take_number(table[IFINDEX], &index) || !take_number(table[QUEUE_TYPE], &type) ||
	    !take_number(table[QUEUE_ID], &queue))
		return -EBADMSG;
	if (type != TYPE_TX)
		return -ENODATA;
	if (queue >= NIC_QUEUES_MAX)
		return -EBADMSG;
	parsed.device_index = (int)index;
	parsed.queue = (uint32_t)queue;
	for (size_t i = 0; i < ARRAY_SIZE(counters); i++)
		if (take_number(table[counters[i].attribute], &value))
			nic_queue_add(&parsed.counters, counters[i].counter, value);
	*ret_message = parsed;
	return 0;
}
