/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "collectors/nic/nic_link.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "collectors/attribute.h"

#define LINK_HEADER  (NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(struct ifinfomsg)))
#define STATS_HEADER (NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(struct if_stats_msg)))

static uint32_t attribute_u32(const struct nlattr *attribute)
{
	if (!attribute || mnl_attr_get_payload_len(attribute) != sizeof(uint32_t))
		return 0;
	return mnl_attr_get_u32(attribute);
}

static void parse_kind(const struct nlattr *info, struct nic_link *link)
{
	const struct nlattr *table[IFLA_INFO_KIND + 1];

	if (attributes_sort_nested(info, table, ARRAY_SIZE(table)) == 0 && table[IFLA_INFO_KIND])
		link->kind_length = (unsigned)attribute_string(table[IFLA_INFO_KIND], link->kind,
		                                               sizeof(link->kind));
}

static void parse_address(const struct nlattr *attribute, struct nic_link *link)
{
	size_t length = mnl_attr_get_payload_len(attribute);

	if (length > sizeof(link->address))
		return;
	memcpy(link->address, mnl_attr_get_payload(attribute), length);
	link->address_length = (uint32_t)length;
}

int nic_link_parse(const struct nlmsghdr *message, struct nic_link *ret_link)
{
	const struct ifinfomsg *header = mnl_nlmsg_get_payload(message);
	const struct nlattr *table[IFLA_CARRIER_CHANGES + 1];
	struct nic_link link;

	if (message->nlmsg_type != RTM_NEWLINK || message->nlmsg_len < LINK_HEADER)
		return -EBADMSG;
	/* Bridges tell of their ports in the same group. */
	if (header->ifi_family != AF_UNSPEC)
		return -ENODATA;
	if (attributes_sort((const char *)message + LINK_HEADER, message->nlmsg_len - LINK_HEADER,
	                    table, ARRAY_SIZE(table)) < 0 ||
	    !table[IFLA_IFNAME] || header->ifi_index <= 0)
		return -EBADMSG;

	memset(&link, 0, sizeof(link));
	link.index = header->ifi_index;
	link.flags = header->ifi_flags;
	link.name_length =
		(unsigned)attribute_string(table[IFLA_IFNAME], link.name, sizeof(link.name));
	link.master = (int)attribute_u32(table[IFLA_MASTER]);
	link.mtu = attribute_u32(table[IFLA_MTU]);
	link.queue_length = attribute_u32(table[IFLA_TXQLEN]);
	link.n_queues = attribute_u32(table[IFLA_NUM_TX_QUEUES]);
	link.carrier_changes = attribute_u32(table[IFLA_CARRIER_CHANGES]);
	link.has_carrier_changes = table[IFLA_CARRIER_CHANGES] != NULL;
	if (table[IFLA_ADDRESS])
		parse_address(table[IFLA_ADDRESS], &link);
	if (table[IFLA_LINKINFO])
		parse_kind(table[IFLA_LINKINFO], &link);
	*ret_link = link;
	return 0;
}

int nic_link_parse_removal(const struct nlmsghdr *message)
{
	const struct ifinfomsg *header = mnl_nlmsg_get_payload(message);

	if (message->nlmsg_type != RTM_DELLINK || message->nlmsg_len < LINK_HEADER)
		return 0;
	/* A port that leaves its bridge is told of as well. */
	return header->ifi_family == AF_UNSPEC ? header->ifi_index : 0;
}

bool nic_link_is_container(const struct nic_link *link)
{
	static const char *const kinds[] = { "veth",   "tun", "macvlan", "macvtap", "ipvlan",
		                             "ipvtap", "ifb", "dummy",   "netkit",  "netdevsim" };

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (strcmp(link->kind, kinds[i]) == 0)
			return true;
	return false;
}

int nic_counters_parse(const struct nlmsghdr *message, int *ret_index,
                       struct rtnl_link_stats64 *ret_counters)
{
	/* As old as the interface; what newer kernels have behind it is not for sending. */
	const size_t needed = offsetof(struct rtnl_link_stats64, rx_compressed);
	const struct if_stats_msg *header = mnl_nlmsg_get_payload(message);
	const struct nlattr *table[IFLA_STATS_LINK_64 + 1];
	size_t length;

	if (message->nlmsg_type != RTM_NEWSTATS || message->nlmsg_len < STATS_HEADER ||
	    attributes_sort((const char *)message + STATS_HEADER, message->nlmsg_len - STATS_HEADER,
	                    table, ARRAY_SIZE(table)) < 0 ||
	    !table[IFLA_STATS_LINK_64])
		return -EBADMSG;
	length = mnl_attr_get_payload_len(table[IFLA_STATS_LINK_64]);
	if (length < needed)
		return -EBADMSG;
	memset(ret_counters, 0, sizeof(*ret_counters));
	memcpy(ret_counters, mnl_attr_get_payload(table[IFLA_STATS_LINK_64]), needed);
	*ret_index = (int)header->ifindex;
	return 0;
}
