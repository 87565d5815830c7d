/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "collectors/generic_netlink.h"

#include <errno.h>
#include <string.h>

#include "collectors/attribute.h"

struct search {
	struct generic_family *families;
	size_t n;
};

int generic_attributes_sort(const struct nlmsghdr *message, const struct nlattr *table[], size_t n)
{
	if (message->nlmsg_len < GENERIC_HEADER_SIZE)
		return -EBADMSG;
	return attributes_sort((const char *)message + GENERIC_HEADER_SIZE,
	                       message->nlmsg_len - GENERIC_HEADER_SIZE, table, n);
}

uint8_t generic_command(const struct nlmsghdr *message)
{
	const struct genlmsghdr *header = mnl_nlmsg_get_payload(message);

	return message->nlmsg_len < GENERIC_HEADER_SIZE ? 0 : header->cmd;
}

static bool is_named(const struct nlattr *attribute, const char *name)
{
	size_t length = strlen(name);

	return attribute && attribute_string_length(attribute) == length &&
		memcmp(mnl_attr_get_payload(attribute), name, length) == 0;
}

static void take_group(struct generic_family *family, const struct nlattr *group)
{
	const struct nlattr *table[CTRL_ATTR_MCAST_GRP_ID + 1];
	const struct nlattr *id;

	if (attributes_sort_nested(group, table, ARRAY_SIZE(table)) < 0)
		return;
	id = table[CTRL_ATTR_MCAST_GRP_ID];
	if (id && mnl_attr_get_payload_len(id) == sizeof(uint32_t) &&
	    is_named(table[CTRL_ATTR_MCAST_GRP_NAME], family->group))
		family->group_id = mnl_attr_get_u32(id);
}

/* A list: its attributes are the groups, whatever their types. */
static void take_groups(struct generic_family *family, const struct nlattr *groups)
{
	const char *position = mnl_attr_get_payload(groups);
	size_t length = mnl_attr_get_payload_len(groups);
	const struct nlattr *group;

	while ((group = attributes_next(&position, &length)))
		take_group(family, group);
}

static int take_family(const struct nlmsghdr *message, void *context)
{
	const struct search *search = context;
	const struct nlattr *table[CTRL_ATTR_MCAST_GROUPS + 1];
	const struct nlattr *id;

	if (generic_attributes_sort(message, table, ARRAY_SIZE(table)) < 0)
		return 0;
	id = table[CTRL_ATTR_FAMILY_ID];
	if (!id || mnl_attr_get_payload_len(id) != sizeof(uint16_t))
		return 0;
	for (size_t i = 0; i < search->n; i++) {
		struct generic_family *family = &search->families[i];

		if (!is_named(table[CTRL_ATTR_FAMILY_NAME], family->name))
			continue;
		family->id = mnl_attr_get_u16(id);
		if (family->group && table[CTRL_ATTR_MCAST_GROUPS])
			take_groups(family, table[CTRL_ATTR_MCAST_GROUPS]);
	}
	return 0;
}

int generic_families_find(struct netlink *netlink, struct generic_family *families, size_t n)
{
	const struct genlmsghdr body = { .cmd = CTRL_CMD_GETFAMILY, .version = 1 };
	const struct netlink_request request = { "CTRL_CMD_GETFAMILY dump", GENL_ID_CTRL, &body,
		                                 sizeof(body) };
	struct search search = { families, n };

	for (size_t i = 0; i < n; i++) {
		families[i].id = 0;
		families[i].group_id = 0;
	}
	return netlink_dump(netlink, &request, take_family, &search);
}
