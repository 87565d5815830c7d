/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counters of all devices come by one dump (an eighth of the cost of listing the links), as settings
 * do for each command. What is told by index cannot be given to another device; what is asked for by
 * name could be, when a device gets another one meanwhile. That is noticed by its notification at
 * the end: a device with another name is another device, which has not been sampled.
 */
#include "collectors/nic/nic_sample.h"

#include <errno.h>
#include <linux/rtnetlink.h>

#include "collectors/nic/nic_dumps.h"
#include "collectors/nic/nic_refresh.h"
#include "daemon/clock.h"

struct sampling {
	struct nic_source *source;
	struct nic_table *table;
};

static int take_counters(const struct nlmsghdr *message, void *context)
{
	const struct sampling *sampling = context;
	struct rtnl_link_stats64 counters;
	struct nic_device *device;
	int index;

	if (nic_counters_parse(message, &index, &counters) < 0) {
		sampling->table->setup->env->tally->skipped_objects++;
		return 0;
	}
	device = nic_table_find(sampling->table, index);
	if (!device)
		return 0;
	device->counters = counters;
	device->sampled = true;
	return 0;
}

static int dump_counters(struct sampling *sampling)
{
	const struct if_stats_msg body = { .filter_mask =
		                                   IFLA_STATS_FILTER_BIT(IFLA_STATS_LINK_64) };
	const struct netlink_request request = { "RTM_GETSTATS dump", RTM_GETSTATS, &body,
		                                 sizeof(body) };

	for (size_t i = 0; i < sampling->table->n; i++)
		sampling->table->devices[i]->sampled = false;
	return netlink_dump(sampling->source->route, &request, take_counters, sampling);
}

static int read_devices(struct sampling *sampling)
{
	struct nic_setup *setup = sampling->table->setup;
	const struct nic_reading reading = {
		.ioctl = &sampling->source->ioctl,
		.raw = &setup->driver_statistics,
		.budget = sampling->source->namespace ? NULL : &setup->budget,
		.n_skipped = &setup->env->tally->skipped_objects,
	};

	setup->budget.n_reopened = 0;
	for (size_t i = 0; i < sampling->table->n; i++) {
		struct nic_device *device = sampling->table->devices[i];
		int error = 0;

		if (!device->wanted)
			continue;
		if (sampling->table->identify || !device->is_known)
			error = nic_device_identify(device, &reading);
		if (!error)
			error = nic_device_read(device, &reading);
		if (error)
			return reason_set(setup->env->reason, error, "devices: out of memory");
	}
	sampling->table->identify = false;
	return 0;
}

static int take_sample(void *context)
{
	struct sampling *sampling = context;
	struct nic_table *table = sampling->table;
	uint64_t now_usec = monotonic_usec();
	int error = nic_source_refresh(sampling->source, table);

	if (error)
		return error;
	table->identify |= now_usec >= table->settings_due_usec;
	error = nic_refresh_settings(sampling->source, table, now_usec);
	if (!error)
		error = dump_counters(sampling);
	if (!error)
		error = nic_dumps_take(sampling->source, table);
	if (!error)
		error = read_devices(sampling);
	return error ? error : nic_source_refresh(sampling->source, table);
}

int nic_sample_take(struct nic_source *source, struct nic_table *table)
{
	struct sampling sampling = { .source = source, .table = table };

	return netlink_repeat(table->setup->env->reason, take_sample, &sampling);
}
