/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A reply has an attribute for each group, and that one for each counter and each size of frames,
 * all of the same type: they are not sorted, but gone through.
 */
#include "collectors/nic/ethtool_standard.h"

#include <errno.h>
#include <linux/ethtool_netlink.h>
#include <string.h>

#include "collectors/attribute.h"
#include "collectors/generic_netlink.h"
#include "collectors/nic/ethtool_message.h"
#include "daemon/cleanup.h"

#define GROUPS (1U << ETHTOOL_STATS_ETH_MAC | 1U << ETHTOOL_STATS_RMON)

/* By their attributes, plus one: 0 is none of ours. */
static const uint8_t mac_counters[__ETHTOOL_A_STATS_ETH_MAC_CNT] = {
	[ETHTOOL_A_STATS_ETH_MAC_2_TX_PKT] = NIC_MAC_FRAMES + 1,
	[ETHTOOL_A_STATS_ETH_MAC_8_TX_BYTES] = NIC_MAC_BYTES + 1,
	[ETHTOOL_A_STATS_ETH_MAC_18_TX_MCAST] = NIC_MAC_MULTICAST + 1,
	[ETHTOOL_A_STATS_ETH_MAC_19_TX_BCAST] = NIC_MAC_BROADCAST + 1,
	[ETHTOOL_A_STATS_ETH_MAC_3_SINGLE_COL] = NIC_MAC_SINGLE_COLLISION + 1,
	[ETHTOOL_A_STATS_ETH_MAC_4_MULTI_COL] = NIC_MAC_MULTIPLE_COLLISIONS + 1,
	[ETHTOOL_A_STATS_ETH_MAC_9_TX_DEFER] = NIC_MAC_DEFERRED + 1,
	[ETHTOOL_A_STATS_ETH_MAC_10_LATE_COL] = NIC_MAC_LATE_COLLISION + 1,
	[ETHTOOL_A_STATS_ETH_MAC_11_XS_COL] = NIC_MAC_EXCESSIVE_COLLISIONS + 1,
	[ETHTOOL_A_STATS_ETH_MAC_12_TX_INT_ERR] = NIC_MAC_INTERNAL_ERROR + 1,
	[ETHTOOL_A_STATS_ETH_MAC_13_CS_ERR] = NIC_MAC_CARRIER_SENSE_ERROR + 1,
	[ETHTOOL_A_STATS_ETH_MAC_20_XS_DEFER] = NIC_MAC_EXCESSIVE_DEFERRAL + 1,
};

/*
 * A compact bitset without a mask. Linux 6.1 refuses a request that does not say whose statistics it
 * wants, be it by an empty nest, though all are meant.
 */
struct ethtool_standard_request ethtool_standard_request(void)
{
	return (struct ethtool_standard_request){
		.header = { .cmd = ETHTOOL_MSG_STATS_GET, .version = ETHTOOL_GENL_VERSION },
		.which = { .nla_len = sizeof(struct nlattr),
		           .nla_type = NLA_F_NESTED | ETHTOOL_A_STATS_HEADER },
		.groups = { .nla_len = 4 * sizeof(struct nlattr) + 2 * sizeof(uint32_t),
		            .nla_type = NLA_F_NESTED | ETHTOOL_A_STATS_GROUPS },
		.no_mask = { .nla_len = sizeof(struct nlattr),
		             .nla_type = ETHTOOL_A_BITSET_NOMASK },
		.size = { .nla_len = sizeof(struct nlattr) + sizeof(uint32_t),
		          .nla_type = ETHTOOL_A_BITSET_SIZE },
		.size_bits = ETHTOOL_STATS_RMON + 1,
		.value = { .nla_len = sizeof(struct nlattr) + sizeof(uint32_t),
		           .nla_type = ETHTOOL_A_BITSET_VALUE },
		.value_bits = GROUPS,
	};
}

static bool take_u32(const struct nlattr *attribute, uint32_t *ret_number)
{
	if (!attribute || mnl_attr_get_payload_len(attribute) != sizeof(*ret_number))
		return false;
	*ret_number = mnl_attr_get_u32(attribute);
	return true;
}

static bool take_u64(const struct nlattr *attribute, uint64_t *ret_number)
{
	if (!attribute || mnl_attr_get_payload_len(attribute) != sizeof(*ret_number))
		return false;
	memcpy(ret_number, mnl_attr_get_payload(attribute), sizeof(*ret_number));
	return true;
}

static int take_counter(const struct nlattr *nest, struct nic_standard *standard)
{
	const struct nlattr *table[__ETHTOOL_A_STATS_ETH_MAC_CNT];

	if (attributes_sort_nested(nest, table, ARRAY_SIZE(table)) < 0)
		return -EBADMSG;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		unsigned counter = mac_counters[i] - 1U;

		if (!mac_counters[i] || !table[i])
			continue;
		if (!take_u64(table[i], &standard->values[counter]))
			return -EBADMSG;
		standard->present |= 1U << counter;
	}
	return 0;
}

static int take_size(const struct nlattr *nest, struct nic_standard *standard)
{
	const struct nlattr *table[ETHTOOL_A_STATS_GRP_HIST_VAL + 1];
	struct nic_frame_size size;

	if (attributes_sort_nested(nest, table, ARRAY_SIZE(table)) < 0 ||
	    !take_u32(table[ETHTOOL_A_STATS_GRP_HIST_BKT_LOW], &size.low) ||
	    !take_u32(table[ETHTOOL_A_STATS_GRP_HIST_BKT_HI], &size.high) ||
	    !take_u64(table[ETHTOOL_A_STATS_GRP_HIST_VAL], &size.n_frames) ||
	    standard->n_sizes == NIC_FRAME_SIZES_MAX)
		return -EBADMSG;
	standard->sizes[standard->n_sizes++] = size;
	return 0;
}

static int take_group(const struct nlattr *group, struct nic_standard *standard)
{
	const struct nlattr *table[ETHTOOL_A_STATS_GRP_ID + 1], *attribute;
	const char *position = mnl_attr_get_payload(group);
	size_t length = mnl_attr_get_payload_len(group);
	uint32_t id;
	int error = 0;

	if (attributes_sort_nested(group, table, ARRAY_SIZE(table)) < 0 ||
	    !take_u32(table[ETHTOOL_A_STATS_GRP_ID], &id))
		return -EBADMSG;
	while (!error && (attribute = attributes_next(&position, &length))) {
		unsigned type = mnl_attr_get_type(attribute);

		if (id == ETHTOOL_STATS_ETH_MAC && type == ETHTOOL_A_STATS_GRP_STAT)
			error = take_counter(attribute, standard);
		else if (id == ETHTOOL_STATS_RMON && type == ETHTOOL_A_STATS_GRP_HIST_TX)
			error = take_size(attribute, standard);
	}
	return error;
}

int ethtool_standard_parse(const struct nlmsghdr *message, int *ret_index,
                           struct nic_standard *ret_standard)
{
	const char *position = (const char *)message + GENERIC_HEADER_SIZE;
	struct nic_standard standard = { 0 };
	const struct nlattr *attribute;
	size_t length;
	int index, error = ethtool_message_device(message, ETHTOOL_A_STATS_HEADER, &index);

	if (error)
		return error;
	length = message->nlmsg_len - GENERIC_HEADER_SIZE;
	while (!error && (attribute = attributes_next(&position, &length)))
		if (mnl_attr_get_type(attribute) == ETHTOOL_A_STATS_GRP)
			error = take_group(attribute, &standard);
	if (error)
		return error;
	*ret_index = index;
	*ret_standard = standard;
	return 0;
}
