/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Notifications are subscribed to before the devices are listed, so that no change falls between
 * the two; one that is told twice changes nothing the second time. The table is sorted by index:
 * new devices get the highest one and go to its end.
 */
#include "collectors/device.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#include "collectors/attribute.h"

struct device_table {
	const struct collector_env *env;
	struct netlink *dumps;
	struct netlink *notifications;

	bool complete; /* listed, and no notification lost since */
	uint64_t generation;

	struct device *devices; /* ascending by index */
	size_t n_devices;
	size_t n_allocated;
};

/* The place of the first device whose index is not lower. */
static size_t device_place(const struct device_table *table, int index)
{
	size_t low = 0, high = table->n_devices;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (table->devices[middle].index < index)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct device *device_find(const struct device_table *table, int index)
{
	size_t place = device_place(table, index);

	if (place == table->n_devices || table->devices[place].index != index)
		return NULL;
	return &table->devices[place];
}

static int device_table_grow(struct device_table *table)
{
	size_t n = table->n_allocated ? 2 * table->n_allocated : 16;
	struct device *devices = reallocarray(table->devices, n, sizeof(*devices));

	if (!devices)
		return reason_set(table->env->reason, -ENOMEM, "device table: out of memory");
	table->devices = devices;
	table->n_allocated = n;
	return 0;
}

static int device_put(struct device_table *table, const struct device *device)
{
	size_t place = device_place(table, device->index);
	struct device *known;

	if (place < table->n_devices && table->devices[place].index == device->index) {
		known = &table->devices[place];
		if (memcmp(known, device, sizeof(*device)) != 0)
			table->generation++;
		*known = *device;
		return 0;
	}
	if (table->n_devices == table->n_allocated) {
		int error = device_table_grow(table);

		if (error < 0)
			return error;
	}
	known = table->devices + place;
	memmove(known + 1, known, (table->n_devices - place) * sizeof(*known));
	*known = *device;
	table->n_devices++;
	return 0;
}

static void device_remove(struct device_table *table, int index)
{
	size_t place = device_place(table, index);
	struct device *known;

	if (place == table->n_devices || table->devices[place].index != index)
		return;
	known = &table->devices[place];
	table->n_devices--;
	memmove(known, known + 1, (table->n_devices - place) * sizeof(*known));
	table->generation++;
}

static int device_malformed(const struct device_table *table, const struct nlmsghdr *message)
{
	return reason_set(table->env->reason, -EBADMSG, "malformed device of %u bytes",
	                  message->nlmsg_len);
}

/* Takes a listed device or a notification. */
static int take_device(const struct nlmsghdr *message, void *context)
{
	const size_t header = NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(struct ifinfomsg));
	const struct ifinfomsg *link = mnl_nlmsg_get_payload(message);
	const struct nlattr *attributes[IFLA_IFNAME + 1];
	struct device_table *table = context;
	struct device device = { 0 };

	if (message->nlmsg_len < header)
		return device_malformed(table, message);
	/* Bridges tell of their ports in the same group, a port that leaves as RTM_DELLINK. */
	if (link->ifi_family != AF_UNSPEC)
		return 0;
	if (message->nlmsg_type == RTM_DELLINK) {
		device_remove(table, link->ifi_index);
		return 0;
	}

	if (attributes_sort((const char *)message + header, message->nlmsg_len - header, attributes,
	                    ARRAY_SIZE(attributes)) < 0 ||
	    !attributes[IFLA_IFNAME])
		return device_malformed(table, message);
	device.index = link->ifi_index;
	device.name_length = (unsigned)attribute_string(attributes[IFLA_IFNAME], device.name,
	                                                sizeof(device.name));
	return device_put(table, &device);
}

static int list_devices(void *context)
{
	struct {
		struct ifinfomsg link;
		struct nlattr mask;
		uint32_t mask_bits;
	} body = {
		.mask = { .nla_len = sizeof(body.mask) + sizeof(body.mask_bits),
		          .nla_type = IFLA_EXT_MASK },
		.mask_bits = RTEXT_FILTER_SKIP_STATS,
	};
	const struct netlink_request request = { "RTM_GETLINK dump", RTM_GETLINK, &body,
		                                 sizeof(body) };
	struct device_table *table = context;

	table->n_devices = 0;
	table->generation++;
	return netlink_dump(table->dumps, &request, take_device, table);
}

int device_table_refresh(struct device_table *table)
{
	int error = netlink_drain(table->notifications, take_device, table);

	if (error < 0)
		table->complete = false;
	if (error < 0 && error != -ENOBUFS)
		return error;
	if (table->complete)
		return 0;

	error = netlink_repeat(table->env->reason, list_devices, table);
	table->complete = error == 0;
	return error;
}

uint64_t device_table_generation(const struct device_table *table)
{
	return table->generation;
}

int device_table_open_in(const struct collector_env *env, struct namespace_door *door,
                         struct device_table **ret_table)
{
	struct device_table *table cleanup(device_table_close) = calloc(1, sizeof(*table));
	int error;

	if (!table)
		return reason_set(env->reason, -ENOMEM, "device table: out of memory");
	table->env = env;
	error = netlink_open_in(env, door, NETLINK_ROUTE, RTMGRP_LINK, &table->notifications);
	if (error < 0)
		return error;
	error = netlink_open_in(env, door, NETLINK_ROUTE, 0, &table->dumps);
	if (error < 0)
		return error;
	error = device_table_refresh(table);
	if (error < 0)
		return error;
	*ret_table = steal_pointer(table);
	return 0;
}

int device_table_open(const struct collector_env *env, struct device_table **ret_table)
{
	return device_table_open_in(env, NULL, ret_table);
}

void device_table_close(struct device_table *table)
{
	if (!table)
		return;
	netlink_close(table->notifications);
	netlink_close(table->dumps);
	free(table->devices);
	free(table);
}
