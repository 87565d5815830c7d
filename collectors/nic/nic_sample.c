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

#include "collectors/nic/ethtool_message.h"
#include "collectors/nic/netdev_message.h"
#include "daemon/clock.h"

struct sampling {
	struct nic_source *source;
	struct nic_table *table;
	enum nic_command command; /* of the dump that runs */
};

static struct collector_tally *tally_of(const struct sampling *sampling)
{
	return sampling->table->setup->env->tally;
}

static int take_counters(const struct nlmsghdr *message, void *context)
{
	const struct sampling *sampling = context;
	struct rtnl_link_stats64 counters;
	struct nic_device *device;
	int index;

	if (nic_counters_parse(message, &index, &counters) < 0) {
		tally_of(sampling)->skipped_objects++;
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

static int take_queue(const struct nlmsghdr *message, void *context)
{
	const struct sampling *sampling = context;
	struct netdev_message parsed;
	struct nic_device *device;
	struct nic_queue *queue;
	int error = netdev_message_parse(message, &parsed);

	tally_of(sampling)->skipped_objects += error == -EBADMSG;
	device = error ? NULL : nic_table_find(sampling->table, parsed.device_index);
	queue = device ? nic_queues_at(&device->queues, parsed.queue) : NULL;
	if (!queue)
		return 0;
	*queue = parsed.counters;
	sampling->table->has_queues = true;
	return 0;
}

/* A driver that fails ends the dump for all: then there is what was told before. */
static int dump_queues(struct sampling *sampling)
{
	const struct generic_family *family = &sampling->table->setup->families[NIC_FAMILY_NETDEV];
	const struct netdev_request body = netdev_request();
	const struct netlink_request request = { "NETDEV_CMD_QSTATS_GET dump", family->id, &body,
		                                 sizeof(body) };
	int error;

	for (size_t i = 0; i < sampling->table->n; i++)
		nic_queues_reset(&sampling->table->devices[i]->queues);
	sampling->table->has_queues = false;
	if (!family->id)
		return 0;
	error = netlink_dump(sampling->source->generic, &request, take_queue, sampling);
	return error == -EINTR || error == -ENOMEM ? error : 0;
}

static int take_settings(const struct nlmsghdr *message, void *context)
{
	const struct sampling *sampling = context;
	struct nic_device *device;
	int index;

	if (ethtool_message_device(message, &index) < 0) {
		tally_of(sampling)->skipped_objects++;
		return 0;
	}
	device = nic_table_find(sampling->table, index);
	if (device && ethtool_message_parse(message, sampling->command, &device->settings) < 0)
		tally_of(sampling)->skipped_objects++;
	else if (device)
		sampling->table->has_pause_frames |= device->settings.has_pause_frames;
	return 0;
}

static void forget_settings(struct sampling *sampling, enum nic_command command)
{
	for (size_t i = 0; i < sampling->table->n; i++)
		nic_settings_forget(&sampling->table->devices[i]->settings, command);
	if (command == NIC_COMMAND_PAUSE)
		sampling->table->has_pause_frames = false;
}

static void ask_devices(struct sampling *sampling, enum nic_command command)
{
	for (size_t i = 0; i < sampling->table->n; i++) {
		struct nic_device *device = sampling->table->devices[i];

		if (device->wanted)
			(void)ethtool_ioctl_settings(&sampling->source->ioctl, device->link.name,
			                             command, &device->settings);
	}
}

/*
 * One dump, or a call per device: where netlink does not have the command, and for this time where
 * the dump ended with the refusal of one device.
 */
static int read_settings(struct sampling *sampling, enum nic_command command)
{
	struct nic_setup *setup = sampling->table->setup;
	const struct ethtool_request body = ethtool_request(command);
	const struct netlink_request request = { ethtool_request_name(command),
		                                 setup->families[NIC_FAMILY_ETHTOOL].id, &body,
		                                 sizeof(body) };
	int error = -EOPNOTSUPP;

	forget_settings(sampling, command);
	sampling->command = command;
	if (!(setup->by_ioctl >> command & 1))
		error = netlink_dump(sampling->source->generic, &request, take_settings, sampling);
	if (error == -EINTR || error == -ENOMEM)
		return error;
	if (error == -EOPNOTSUPP)
		setup->by_ioctl |= 1U << command;
	if (error) {
		forget_settings(sampling, command);
		ask_devices(sampling, command);
	}
	return 0;
}

/* All that has changed, and everything when it is due. */
static int refresh_settings(struct sampling *sampling, uint64_t now_usec)
{
	struct nic_table *table = sampling->table;
	int error = 0;

	if (now_usec >= table->settings_due_usec) {
		table->changed = NIC_COMMANDS_ALL;
		table->settings_due_usec = now_usec + table->setup->options->settings_interval_usec;
	}
	for (unsigned i = 0; i < NIC_COMMANDS && !error; i++) {
		if (!(table->changed >> i & 1))
			continue;
		error = read_settings(sampling, i);
		if (!error)
			table->changed &= ~(1U << i);
	}
	return error;
}

/* Frames of pause are counters that come with settings. */
static int refresh_pause_frames(struct sampling *sampling)
{
	return sampling->table->has_pause_frames ? read_settings(sampling, NIC_COMMAND_PAUSE) : 0;
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
	bool is_due;
	int error = nic_source_refresh(sampling->source, table);

	if (error)
		return error;
	is_due = now_usec >= table->settings_due_usec;
	/* Another number of channels: other queues, and other statistics. */
	table->identify |= is_due || table->changed >> NIC_COMMAND_CHANNELS & 1;
	error = refresh_settings(sampling, now_usec);
	if (!error && !is_due)
		error = refresh_pause_frames(sampling);
	if (!error)
		error = dump_counters(sampling);
	if (!error && (table->identify || table->has_queues))
		error = dump_queues(sampling);
	if (!error)
		error = read_devices(sampling);
	return error ? error : nic_source_refresh(sampling->source, table);
}

int nic_sample_take(struct nic_source *source, struct nic_table *table)
{
	struct sampling sampling = { .source = source, .table = table };

	return netlink_repeat(table->setup->env->reason, take_sample, &sampling);
}
