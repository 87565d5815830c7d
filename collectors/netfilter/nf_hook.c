/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every packet passes all functions registered at a hook, in the order of their priorities: the
 * chains of nftables and iptables, connection tracking, address translation, BPF programs. A local
 * packet meets output and postrouting, a routed one forward and postrouting.
 *
 * The dump (nfnetlink_hook, Linux 5.14) is of one family and hook, and has a message for each
 * function; those registered for inet are listed with both families. The kernel marks a dump during
 * which the list changed.
 */
#include "collectors/netfilter/nf_hook.h"

#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink_hook.h>
#include <stdbool.h>

#include "collectors/netfilter/nfnetlink.h"

#define HOOK_TYPE NFNETLINK_TYPE(NFNL_SUBSYS_HOOK, NFNL_MSG_HOOK_GET)

static const struct metric_family families[] = {
	{
		.name = "txpath_netfilter_hooks",
		.help = "Functions registered at the hook, each of which every packet of the family passes there (NFNL_MSG_HOOK_GET, nft list hooks).",
	},
};

const struct metric_table nf_hook_table = {
	.labels = { "family", "hook", "netns" },
	.families = families,
	.n_families = ARRAY_SIZE(families),
};

static const struct {
	const char *name;
	uint8_t number;
} protocols[] = { { "ipv4", NFPROTO_IPV4 }, { "ipv6", NFPROTO_IPV6 } };

static const struct {
	const char *name;
	unsigned number;
} hooks[] = {
	{ "forward", NF_INET_FORWARD },
	{ "output", NF_INET_LOCAL_OUT },
	{ "postrouting", NF_INET_POST_ROUTING },
};

bool nf_hook_message_is(const struct nlmsghdr *message, unsigned hook)
{
	const struct nlattr *table[NFNLA_HOOK_PRIORITY + 1];
	uint32_t number, priority;

	return nfnetlink_sort(message, HOOK_TYPE, table, ARRAY_SIZE(table)) == 0 &&
		nfnetlink_number(table[NFNLA_HOOK_HOOKNUM], &number) && number == hook &&
		nfnetlink_number(table[NFNLA_HOOK_PRIORITY], &priority);
}

struct counting {
	const struct collector_env *env;
	unsigned hook;
	uint64_t n;
};

static int take_function(const struct nlmsghdr *message, void *context)
{
	struct counting *counting = context;

	if (nf_hook_message_is(message, counting->hook))
		counting->n++;
	else
		counting->env->tally->skipped_objects++;
	return 0;
}

int nf_hook_write(const struct netfilter_target *target, struct netlink *netlink)
{
	const struct collector_env *env = target->env;

	for (size_t i = 0; i < ARRAY_SIZE(protocols) * ARRAY_SIZE(hooks); i++) {
		size_t protocol = i / ARRAY_SIZE(hooks), hook = i % ARRAY_SIZE(hooks);
		const struct nfnetlink_question question = {
			.name = "NFNL_MSG_HOOK_GET dump",
			.type = HOOK_TYPE,
			.family = protocols[protocol].number,
			.attribute = NFNLA_HOOK_HOOKNUM,
			.number = hooks[hook].number,
		};
		const struct label labels[] = { label_of(protocols[protocol].name),
			                        label_of(hooks[hook].name), target->netns };
		struct counting counting = { .env = env, .hook = hooks[hook].number };
		int error =
			nfnetlink_dump(netlink, &question, take_function, &counting, env->reason);

		if (error)
			return error;
		batch_row(target->batch, &nf_hook_table, labels, ARRAY_SIZE(labels));
		batch_count(target->batch, 0, counting.n);
	}
	return 0;
}
