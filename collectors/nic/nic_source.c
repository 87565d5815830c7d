/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Notifications are subscribed to before the devices are listed, so that no change falls between the
 * two; one that is told twice changes nothing the second time.
 */
#include "collectors/nic/nic_source.h"

#include <errno.h>
#include <linux/rtnetlink.h>

#include "collectors/nic/ethtool_message.h"

static int open_generic(struct nic_source *source, const struct nic_setup *setup,
                        struct namespace_door *door)
{
	const struct generic_family *ethtool = &setup->families[NIC_FAMILY_ETHTOOL];
	int error;

	if (!ethtool->id && !setup->families[NIC_FAMILY_NETDEV].id)
		return 0;
	error = netlink_open_in(setup->env, door, NETLINK_GENERIC, 0, &source->generic);
	if (error || !ethtool->group_id || door)
		return error;
	error = netlink_open(setup->env, NETLINK_GENERIC, 0, &source->ethtool_changes);
	return error ? error : netlink_join(source->ethtool_changes, ethtool->group_id);
}

int nic_source_open(struct nic_source *source, const struct nic_setup *setup,
                    const struct namespace *namespace)
{
	struct namespace_door *door = namespace ? namespace->door : NULL;
	int error = 0;

	source->namespace = namespace;
	if (!door)
		error = netlink_open(setup->env, NETLINK_ROUTE, RTMGRP_LINK,
		                     &source->route_changes);
	if (!error)
		error = netlink_open_in(setup->env, door, NETLINK_ROUTE, 0, &source->route);
	if (!error)
		error = open_generic(source, setup, door);
	return error ? error : ethtool_ioctl_open(&source->ioctl, door, setup->env->reason);
}

void nic_source_close(struct nic_source *source)
{
	netlink_close(source->route);
	netlink_close(source->generic);
	netlink_close(source->route_changes);
	netlink_close(source->ethtool_changes);
	ethtool_ioctl_close(&source->ioctl);
	*source = NIC_SOURCE_CLOSED;
}

/* Takes a listed device or a notification; a malformed one is no reason to lose the others. */
static int take_link(const struct nlmsghdr *message, void *context)
{
	struct nic_table *table = context;
	const struct collector_env *env = table->setup->env;
	struct nic_link link;
	int error;

	if (message->nlmsg_type == RTM_DELLINK) {
		nic_table_remove(table, nic_link_parse_removal(message));
		return 0;
	}
	error = nic_link_parse(message, &link);
	env->tally->skipped_objects += error == -EBADMSG;
	if (error)
		return 0;
	if (nic_table_put(table, &link) < 0)
		return reason_set(env->reason, -ENOMEM, "devices: out of memory");
	return 0;
}

static int take_change(const struct nlmsghdr *message, void *context)
{
	struct nic_table *table = context;
	unsigned changes = ethtool_message_changes(message);

	table->changed |= changes;
	/* Another number of channels: other queues, and other statistics. */
	table->identify |= changes >> NIC_COMMAND_CHANNELS & 1;
	return 0;
}

struct listing {
	struct nic_source *source;
	struct nic_table *table;
};

static int list_links(void *context)
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
	const struct listing *listing = context;
	int error;

	nic_table_begin_listing(listing->table);
	error = netlink_dump(listing->source->route, &request, take_link, listing->table);
	if (!error)
		nic_table_end_listing(listing->table);
	return error;
}

/* Notifications that were lost: everything may have changed. */
static int drain(struct netlink *netlink, netlink_message_fn take, struct nic_table *table)
{
	int error = netlink ? netlink_drain(netlink, take, table) : 0;

	if (error == -ENOBUFS) {
		table->complete = false;
		table->changed = NIC_COMMANDS_ALL;
		table->identify = true;
		return 0;
	}
	return error;
}

int nic_source_refresh(struct nic_source *source, struct nic_table *table)
{
	struct listing listing = { source, table };
	int error = drain(source->route_changes, take_link, table);

	if (!error)
		error = drain(source->ethtool_changes, take_change, table);
	if (error)
		table->complete = false;
	if (!error && (!table->complete || !source->route_changes)) {
		error = netlink_repeat(table->setup->env->reason, list_links, &listing);
		table->complete = error == 0;
	}
	nic_table_choose(table);
	return error;
}
