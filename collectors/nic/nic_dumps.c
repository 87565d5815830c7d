/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Most drivers have none of these statistics, and the kernel passes over them at next to no cost; a
 * kind that no device has is not even asked for until devices are identified again. A driver that
 * fails ends the dump for all: then there is what was told before.
 */
#include "collectors/nic/nic_dumps.h"

#include <errno.h>

#include "collectors/nic/ethtool_standard.h"
#include "collectors/nic/netdev_message.h"
#include "collectors/nic/nic_refresh.h"
#include "daemon/clock.h"

static int take_queue(const struct nlmsghdr *message, void *context)
{
	struct nic_table *table = context;
	const struct collector_env *env = table->setup->env;
	struct netdev_message parsed;
	struct nic_device *device;
	struct nic_queue *queue;
	int error = netdev_message_parse(message, &parsed);

	env->tally->skipped_objects += error == -EBADMSG;
	device = error ? NULL : nic_table_find(table, parsed.device_index);
	if (!device)
		return 0;
	queue = nic_queues_at(&device->queues, parsed.queue);
	if (!queue)
		return reason_set(env->reason, -ENOMEM, "queues: out of memory");
	*queue = parsed.counters;
	table->dumps[NIC_DUMP_QUEUES].present = true;
	return 0;
}

static int dump_queues(struct nic_source *source, struct nic_table *table)
{
	const struct netdev_request body = netdev_request();
	const struct netlink_request request = { "NETDEV_CMD_QSTATS_GET dump",
		                                 table->setup->families[NIC_FAMILY_NETDEV].id,
		                                 &body, sizeof(body) };

	for (size_t i = 0; i < table->n; i++)
		nic_queues_reset(&table->devices[i]->queues);
	return request.type ? netlink_dump(source->generic, &request, take_queue, table) : 0;
}

/* Pause frames come with the settings of pause. */
static int dump_pause(struct nic_source *source, struct nic_table *table)
{
	int error = nic_refresh_command(source, table, NIC_COMMAND_PAUSE);

	for (size_t i = 0; i < table->n && !error; i++)
		table->dumps[NIC_DUMP_PAUSE].present |=
			table->devices[i]->settings.has_pause_frames;
	return error;
}

static int take_standard(const struct nlmsghdr *message, void *context)
{
	struct nic_table *table = context;
	struct nic_standard standard;
	struct nic_device *device;
	int index;

	if (ethtool_standard_parse(message, &index, &standard) < 0) {
		table->setup->env->tally->skipped_objects++;
		return 0;
	}
	device = nic_table_find(table, index);
	if (!device || nic_standard_is_empty(&standard))
		return 0;
	device->standard = standard;
	table->dumps[NIC_DUMP_STANDARD].present = true;
	return 0;
}

static int dump_standard(struct nic_source *source, struct nic_table *table)
{
	const struct ethtool_standard_request body = ethtool_standard_request();
	const struct netlink_request request = { "ETHTOOL_MSG_STATS_GET dump",
		                                 table->setup->families[NIC_FAMILY_ETHTOOL].id,
		                                 &body, sizeof(body) };

	for (size_t i = 0; i < table->n; i++)
		table->devices[i]->standard = (struct nic_standard){ 0 };
	return request.type ? netlink_dump(source->generic, &request, take_standard, table) : 0;
}

int nic_dumps_take(struct nic_source *source, struct nic_table *table)
{
	static int (*const take[NIC_DUMPS])(struct nic_source *, struct nic_table *) = {
		[NIC_DUMP_QUEUES] = dump_queues,
		[NIC_DUMP_PAUSE] = dump_pause,
		[NIC_DUMP_STANDARD] = dump_standard,
	};

	for (unsigned i = 0; i < NIC_DUMPS; i++) {
		struct nic_dump *dump = &table->dumps[i];
		uint64_t start_usec = monotonic_usec();
		int error;

		if (!table->identify && !table->has_news &&
		    !(dump->present && nic_turn_is_due(&dump->turn, start_usec)))
			continue;
		dump->present = false;
		error = take[i](source, table);
		if (error == -EINTR || error == -ENOMEM) {
			table->has_news = true;
			return error;
		}
		nic_turn_end(&dump->turn, start_usec, monotonic_usec());
	}
	table->has_news = false;
	return 0;
}
