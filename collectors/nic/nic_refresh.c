/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "collectors/nic/nic_refresh.h"

#include <errno.h>

#include "collectors/nic/ethtool_message.h"

struct refreshing {
	struct nic_table *table;
	enum nic_command command;
};

static int take_settings(const struct nlmsghdr *message, void *context)
{
	const struct refreshing *refreshing = context;
	struct nic_table *table = refreshing->table;
	uint64_t *n_skipped = &table->setup->env->tally->skipped_objects;
	struct nic_device *device;
	int index;

	if (ethtool_message_device(message, ETHTOOL_HEADER_ATTRIBUTE, &index) < 0) {
		(*n_skipped)++;
		return 0;
	}
	device = nic_table_find(table, index);
	if (device && ethtool_message_parse(message, refreshing->command, &device->settings) < 0)
		(*n_skipped)++;
	return 0;
}

static void forget_settings(struct nic_table *table, enum nic_command command)
{
	for (size_t i = 0; i < table->n; i++)
		nic_settings_forget(&table->devices[i]->settings, command);
}

static void ask_devices(struct nic_source *source, struct nic_table *table,
                        enum nic_command command)
{
	for (size_t i = 0; i < table->n; i++) {
		struct nic_device *device = table->devices[i];

		if (device->wanted)
			(void)ethtool_ioctl_settings(&source->ioctl, device->link.name, command,
			                             &device->settings);
	}
}

/* A command that netlink does not have here goes by ioctl from now on, one that failed this time. */
int nic_refresh_command(struct nic_source *source, struct nic_table *table,
                        enum nic_command command)
{
	struct nic_setup *setup = table->setup;
	struct refreshing refreshing = { table, command };
	const struct ethtool_request body = ethtool_request(command);
	const struct netlink_request request = { ethtool_request_name(command),
		                                 setup->families[NIC_FAMILY_ETHTOOL].id, &body,
		                                 sizeof(body) };
	int error = -EOPNOTSUPP;

	forget_settings(table, command);
	if (!(setup->by_ioctl >> command & 1))
		error = netlink_dump(source->generic, &request, take_settings, &refreshing);
	if (error == -EINTR || error == -ENOMEM)
		return error;
	if (error == -EOPNOTSUPP)
		setup->by_ioctl |= 1U << command;
	if (error) {
		forget_settings(table, command);
		ask_devices(source, table, command);
	}
	return 0;
}

int nic_refresh_settings(struct nic_source *source, struct nic_table *table, uint64_t now_usec)
{
	int error = 0;

	if (now_usec >= table->settings_due_usec) {
		table->changed = NIC_COMMANDS_ALL;
		table->settings_due_usec = now_usec + table->setup->options->settings_interval_usec;
	}
	for (unsigned i = 0; i < NIC_COMMANDS && !error; i++) {
		if (!(table->changed >> i & 1))
			continue;
		error = nic_refresh_command(source, table, i);
		if (!error)
			table->changed &= ~(1U << i);
	}
	return error;
}
