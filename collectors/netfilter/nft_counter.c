/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A named counter is an object of a table, counted up by every rule that names it, wherever the
 * rule stands: which of them count what is sent is for the administrator to say. All are asked for
 * in one dump (NFT_MSG_GETOBJ), which the kernel marks if the rules changed meanwhile.
 */
#include "collectors/netfilter/nft_counter.h"

#include <errno.h>
#include <fnmatch.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <stdbool.h>
#include <stdio.h>

#include "collectors/attribute.h"
#include "collectors/netfilter/nfnetlink.h"

#define NAME_SIZE (16 + 2 * NFT_NAME_MAXLEN)

enum {
	PACKETS,
	BYTES,
	FAMILIES,
};

static const struct metric_family families[FAMILIES] = {
	[PACKETS] = {
		.name = "txpath_nft_counter_packets_total",
		.help = "Packets counted by the named counter, in rules of whatever chain names it (NFTA_COUNTER_PACKETS, nft list counters).",
		.type = METRIC_COUNTER,
	},
	[BYTES] = {
		.name = "txpath_nft_counter_bytes_total",
		.help = "Bytes counted by the named counter, in rules of whatever chain names it (NFTA_COUNTER_BYTES, nft list counters).",
		.type = METRIC_COUNTER,
	},
};

const struct metric_table nft_counter_table = {
	.labels = { "family", "table", "counter", "netns" },
	.families = families,
	.n_families = FAMILIES,
};

static const char *const family_names[NFPROTO_NUMPROTO] = {
	[NFPROTO_INET] = "inet", [NFPROTO_IPV4] = "ip",       [NFPROTO_IPV6] = "ip6",
	[NFPROTO_ARP] = "arp",   [NFPROTO_BRIDGE] = "bridge", [NFPROTO_NETDEV] = "netdev",
};

static const char *family_name(const struct nlmsghdr *message)
{
	const struct nfgenmsg *header = mnl_nlmsg_get_payload(message);

	return header->nfgen_family < ARRAY_SIZE(family_names) ? family_names[header->nfgen_family]
							       : NULL;
}

static int values_parse(const struct nlattr *nest, struct nft_counter *counter)
{
	const struct nlattr *table[NFTA_COUNTER_PACKETS + 1];

	if (!nest || attributes_sort_nested(nest, table, ARRAY_SIZE(table)) < 0 ||
	    !nfnetlink_number64(table[NFTA_COUNTER_PACKETS], &counter->packets) ||
	    !nfnetlink_number64(table[NFTA_COUNTER_BYTES], &counter->bytes))
		return -EBADMSG;
	return 0;
}

int nft_counter_parse(const struct nlmsghdr *message, struct nft_counter *ret_counter)
{
	const uint16_t type = NFNETLINK_TYPE(NFNL_SUBSYS_NFTABLES, NFT_MSG_NEWOBJ);
	const struct nlattr *table[NFTA_OBJ_DATA + 1];
	struct nft_counter counter;
	uint32_t object;

	if (nfnetlink_sort(message, type, table, ARRAY_SIZE(table)) < 0 || !family_name(message) ||
	    !nfnetlink_number(table[NFTA_OBJ_TYPE], &object) || object != NFT_OBJECT_COUNTER ||
	    !table[NFTA_OBJ_TABLE] || !table[NFTA_OBJ_NAME])
		return -EBADMSG;
	counter = (struct nft_counter){
		.family = family_name(message),
		.table = mnl_attr_get_payload(table[NFTA_OBJ_TABLE]),
		.name = mnl_attr_get_payload(table[NFTA_OBJ_NAME]),
		.table_length = attribute_string_length(table[NFTA_OBJ_TABLE]),
		.name_length = attribute_string_length(table[NFTA_OBJ_NAME]),
	};
	if (counter.table_length == 0 || counter.table_length >= NFT_NAME_MAXLEN ||
	    counter.name_length == 0 || counter.name_length >= NFT_NAME_MAXLEN ||
	    values_parse(table[NFTA_OBJ_DATA], &counter) < 0)
		return -EBADMSG;
	*ret_counter = counter;
	return 0;
}

bool nft_counter_matches(const struct nft_counter *counter, const struct string_list *patterns)
{
	char name[NAME_SIZE];

	(void)snprintf(name, sizeof(name), "%s %.*s %.*s", counter->family,
	               (int)counter->table_length, counter->table, (int)counter->name_length,
	               counter->name);
	for (size_t i = 0; i < patterns->n; i++)
		if (fnmatch(patterns->values[i], name, 0) == 0)
			return true;
	return false;
}

struct taker {
	const struct netfilter_target *target;
	const struct string_list *patterns;
};

static int take_counter(const struct nlmsghdr *message, void *context)
{
	const struct taker *taker = context;
	const struct netfilter_target *target = taker->target;
	struct nft_counter counter;
	struct label labels[4];

	if (nft_counter_parse(message, &counter) < 0) {
		target->env->tally->skipped_objects++;
		return 0;
	}
	if (!nft_counter_matches(&counter, taker->patterns))
		return 0;
	labels[0] = label_of(counter.family);
	labels[1] = (struct label){ counter.table, counter.table_length };
	labels[2] = (struct label){ counter.name, counter.name_length };
	labels[3] = target->netns;
	batch_row(target->batch, &nft_counter_table, labels, ARRAY_SIZE(labels));
	batch_count(target->batch, PACKETS, counter.packets);
	batch_count(target->batch, BYTES, counter.bytes);
	return 0;
}

int nft_counter_write(const struct netfilter_target *target, struct netlink *netlink,
                      const struct string_list *patterns)
{
	const struct nfnetlink_question question = {
		.name = "NFT_MSG_GETOBJ dump",
		.type = NFNETLINK_TYPE(NFNL_SUBSYS_NFTABLES, NFT_MSG_GETOBJ),
		.family = NFPROTO_UNSPEC,
		.attribute = NFTA_OBJ_TYPE,
		.number = NFT_OBJECT_COUNTER,
	};
	struct taker taker = { target, patterns };

	return nfnetlink_dump(netlink, &question, take_counter, &taker, target->env->reason);
}
