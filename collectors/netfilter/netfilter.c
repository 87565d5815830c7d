/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The collector of netfilter, which a packet passes between IP and the qdisc: at the hooks output
 * and postrouting when it is local, forward and postrouting when it is routed.
 *
 * It is made of parts that a machine may have or lack, each for itself. What it lacks is said, and
 * is looked for again in every sample, which costs no more than opening a file: modules come and go.
 * None is ever loaded by asking (kernel_module.c), unless the configuration wants that. Nothing that
 * is read by default needs a capability; what does (nfnetlink wants CAP_NET_ADMIN for everything)
 * is off until it is configured, so that the daemon gives up the capability when it is not.
 */
#include "collectors/netfilter/netfilter.h"

#include <errno.h>
#include <linux/capability.h>
#include <string.h>

#include "collectors/netfilter/conntrack.h"
#include "collectors/netfilter/kernel_module.h"
#include "collectors/netfilter/nf_hook.h"
#include "collectors/netfilter/nfqueue.h"
#include "collectors/netfilter/nft_counter.h"
#include "collectors/netlink.h"

struct netfilter_options {
	bool hooks;
	struct string_list counters;
	bool load_modules;
};

struct netfilter_collection {
	const struct collector_env *env;
	const struct netfilter_options *options;
	struct netlink *netlink; /* NULL until something is asked by it */
	struct batch *batch;
	struct reason lacks; /* of the sample being taken */
};

static int write_conntrack(struct netfilter_collection *collection)
{
	return conntrack_write(collection->env, collection->batch);
}

static int write_queues(struct netfilter_collection *collection)
{
	return nfqueue_write(collection->env, collection->batch);
}

/* Makes the socket for questions to what the module answers. */
static int connect_to(struct netfilter_collection *collection, const char *module)
{
	const struct collector_env *env = collection->env;

	if (!collection->options->load_modules && !kernel_module_present(module))
		return reason_set(env->reason, -EOPNOTSUPP, "%s is not loaded", module);
	if (collection->netlink)
		return 0;
	return netlink_open(env, NETLINK_NETFILTER, 0, &collection->netlink);
}

static int write_hooks(struct netfilter_collection *collection)
{
	int error;

	if (!collection->options->hooks)
		return 0;
	error = connect_to(collection, "nfnetlink_hook");
	if (error < 0)
		return error;
	return nf_hook_write(collection->env, collection->netlink, collection->batch);
}

static int write_counters(struct netfilter_collection *collection)
{
	const struct string_list *patterns = &collection->options->counters;
	int error;

	if (patterns->n == 0)
		return 0;
	error = connect_to(collection, "nf_tables");
	if (error < 0)
		return error;
	return nft_counter_write(collection->env, collection->netlink, patterns, collection->batch);
}

static const struct {
	const char *name;
	int (*write)(struct netfilter_collection *collection);
} parts[] = {
	{ "conntrack", write_conntrack },
	{ "NFQUEUE", write_queues },
	{ "hooks", write_hooks },
	{ "nftables counters", write_counters },
};

/* Adds why a part is lacking, which is in the collector's reason, to those that lack already. */
static void add_lack(struct netfilter_collection *collection, const char *part)
{
	char *lacks = collection->lacks.text;
	size_t length = strlen(lacks);

	(void)snprintf(lacks + length, sizeof(collection->lacks.text) - length, "%sno %s (%s)",
	               length ? "; " : "", part, collection->env->reason->text);
}

static int take_sample(void *context)
{
	struct netfilter_collection *collection = context;

	batch_reset(collection->batch, collection->batch->max_series);
	collection->lacks.text[0] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		int error = parts[i].write(collection);

		if (error == -EOPNOTSUPP || error == -EPERM)
			add_lack(collection, parts[i].name);
		else if (error < 0)
			return error;
	}
	return 0;
}

static int netfilter_collect(void *state, struct batch *batch)
{
	struct netfilter_collection *collection = state;
	int error;

	collection->batch = batch;
	error = netlink_repeat(collection->env->reason, take_sample, collection);
	if (!error)
		*collection->env->reason = collection->lacks;
	return error;
}

static void netfilter_close(void *state)
{
	struct netfilter_collection *collection = state;

	if (!collection)
		return;
	netlink_close(collection->netlink);
	free(collection);
}

static int netfilter_open(const struct collector_env *env, void **ret_state)
{
	struct netfilter_collection *collection = calloc(1, sizeof(*collection));

	if (!collection)
		return reason_set(env->reason, -ENOMEM, "out of memory");
	collection->env = env;
	collection->options = env->options;
	*ret_state = collection;
	return 0;
}

static uint64_t netfilter_capabilities(const void *own)
{
	const struct netfilter_options *options = own;

	return options->hooks || options->counters.n ? UINT64_C(1) << CAP_NET_ADMIN : 0;
}

static const struct option netfilter_option_table[] = {
	{
		.name = "hooks",
		.help = "Count the functions registered at the hooks. Needs CAP_NET_ADMIN and nfnetlink_hook.",
		.type = OPTION_BOOLEAN,
		.offset = offsetof(struct netfilter_options, hooks),
		.fallback = "false",
	},
	{
		.name = "counters",
		.help = "Which named counters of nftables to export, as FAMILY TABLE COUNTER with wildcards: \"inet filter *\". Needs CAP_NET_ADMIN.",
		.type = OPTION_STRINGS,
		.offset = offsetof(struct netfilter_options, counters),
		.fallback = "[]",
		.max = 64,
	},
	{
		.name = "load_modules",
		.help = "Let the kernel load nfnetlink_hook and nf_tables for hooks and counters. Needed too where they are built into a kernel that has modules.",
		.type = OPTION_BOOLEAN,
		.offset = offsetof(struct netfilter_options, load_modules),
		.fallback = "false",
	},
	OPTION_END,
};

static const struct metric_table *const netfilter_tables[] = {
	&nf_hook_table,       &conntrack_table,   &nfqueue_table,
	&nfqueue_drops_table, &nft_counter_table, NULL,
};

const struct collector_ops netfilter_collector = {
	.name = "netfilter",
	.summary =
		"hooks, connection tracking, packets queued to programs, named counters (/proc, nfnetlink)",
	.interval = "10s",
	.tables = netfilter_tables,
	.options = netfilter_option_table,
	.options_size = sizeof(struct netfilter_options),
	.option_capabilities = netfilter_capabilities,
	.open = netfilter_open,
	.collect = netfilter_collect,
	.close = netfilter_close,
};
