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
 *
 * In another network namespace the files are read inside, and its socket lives as long as its turn.
 */
#include "collectors/netfilter/netfilter.h"

#include <errno.h>
#include <linux/capability.h>
#include <string.h>

#include "collectors/namespace_tour.h"
#include "collectors/netfilter/conntrack.h"
#include "collectors/netfilter/kernel_module.h"
#include "collectors/netfilter/nf_hook.h"
#include "collectors/netfilter/nfqueue.h"
#include "collectors/netfilter/nft_counter.h"
#include "collectors/netlink.h"

static const struct metric_family namespace_family = {
	.name = "txpath_netfilter_sample_timestamp_seconds",
	.help = "When the sample of another network namespace was begun, since the Unix epoch; its age is time() less this. The daemon's own is sampled every time.",
	.unit = METRIC_NSEC,
};

static const struct metric_table namespace_table = {
	.labels = { "netns" },
	.families = &namespace_family,
	.n_families = 1,
};

struct netfilter_collection {
	const struct collector_env *env;
	const struct netfilter_options *options;
	struct netlink *own; /* in our own network namespace; NULL until something is asked by it */
	struct namespace_tour *tour;
	struct reason own_lacks; /* of the last sample of our own */

	/* The sample being taken. */
	struct netfilter_target target;
	struct namespace_door *door; /* NULL: to our own */
	struct netlink **netlink;    /* NULL in it until something is asked by it */
	struct reason lacks;
};

static int read_conntrack(void *context)
{
	const struct netfilter_collection *collection = context;

	return conntrack_write(&collection->target);
}

static int read_queues(void *context)
{
	const struct netfilter_collection *collection = context;

	return nfqueue_write(&collection->target);
}

/* Which of the files in /proc it is depends on where the thread is. */
static int read_there(struct netfilter_collection *collection, int (*read)(void *context))
{
	if (!collection->door)
		return read(collection);
	return namespace_door_visit(collection->door, read, collection, collection->env->reason);
}

static int write_conntrack(struct netfilter_collection *collection)
{
	return read_there(collection, read_conntrack);
}

static int write_queues(struct netfilter_collection *collection)
{
	return read_there(collection, read_queues);
}

/* Makes the socket for questions to what the module answers. */
static int connect_to(struct netfilter_collection *collection, const char *module)
{
	const struct collector_env *env = collection->env;

	if (!collection->options->load_modules && !kernel_module_present(module))
		return reason_set(env->reason, -EOPNOTSUPP, "%s is not loaded", module);
	if (*collection->netlink)
		return 0;
	return netlink_open_in(env, collection->door, NETLINK_NETFILTER, 0, collection->netlink);
}

static int write_hooks(struct netfilter_collection *collection)
{
	int error;

	if (!collection->options->hooks)
		return 0;
	error = connect_to(collection, "nfnetlink_hook");
	if (error < 0)
		return error;
	return nf_hook_write(&collection->target, *collection->netlink);
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
	return nft_counter_write(&collection->target, *collection->netlink, patterns);
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

/* Not being able to enter is no lack of a part. */
static bool is_lack(const struct netfilter_collection *collection, int error)
{
	return (error == -EOPNOTSUPP || error == -EPERM) &&
		!(collection->door && collection->door->refused);
}

static int take_sample(void *context)
{
	struct netfilter_collection *collection = context;
	struct batch *batch = collection->target.batch;

	batch_reset(batch, batch->max_series);
	collection->lacks.text[0] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		int error = parts[i].write(collection);

		if (error < 0 && is_lack(collection, error))
			add_lack(collection, parts[i].name);
		else if (error < 0)
			return error;
	}
	return 0;
}

/* Takes a sample by the socket; what it had to go without is in collection->lacks. */
static int sample(struct netfilter_collection *collection, struct namespace *namespace,
                  struct netlink **netlink, struct batch *batch)
{
	collection->target =
		(struct netfilter_target){ collection->env, batch, namespace_label(namespace) };
	collection->door = namespace ? namespace->door : NULL;
	collection->netlink = netlink;
	return netlink_repeat(collection->env->reason, take_sample, collection);
}

/* What our own lacks, as for want of a module, is not told of each. */
static int sample_namespace(void *context, struct namespace *namespace, struct batch *batch)
{
	struct netfilter_collection *collection = context;
	struct reason *reason = collection->env->reason;
	struct netlink *netlink = NULL;
	int error = sample(collection, namespace, &netlink, batch);

	netlink_close(netlink);
	if (error < 0)
		return error;
	batch_row(batch, &namespace_table, &collection->target.netns, 1);
	batch_count(batch, 0, namespace->sampled_nsec);
	*reason = collection->lacks;
	if (strcmp(reason->text, collection->own_lacks.text) == 0)
		reason->text[0] = '\0';
	return 0;
}

static const struct namespace_tour_ops tour_ops = { .sample = sample_namespace };

static int netfilter_collect(void *state, struct batch *batch)
{
	struct netfilter_collection *collection = state;
	int error = namespace_tour_begin(collection->tour);

	if (!error)
		error = sample(collection, NULL, &collection->own, batch);
	if (error < 0)
		return error;
	collection->own_lacks = *collection->env->reason = collection->lacks;
	return namespace_tour_run(collection->tour, batch);
}

static void netfilter_close(void *state)
{
	struct netfilter_collection *collection = state;

	if (!collection)
		return;
	namespace_tour_close(collection->tour);
	netlink_close(collection->own);
	free(collection);
}
DEFINE_CLEANUP(struct netfilter_collection, netfilter_close)

static int netfilter_open(const struct collector_env *env, void **ret_state)
{
	struct netfilter_collection *collection cleanup(netfilter_close) =
		calloc(1, sizeof(*collection));
	int error;

	if (!collection)
		return reason_set(env->reason, -ENOMEM, "out of memory");
	collection->env = env;
	collection->options = env->options;
	error = namespace_tour_open(env, &tour_ops, collection, &collection->tour);
	if (error < 0)
		return error;
	*ret_state = steal_pointer(collection);
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
	&nf_hook_table,     &conntrack_table, &nfqueue_table, &nfqueue_drops_table,
	&nft_counter_table, &namespace_table, NULL,
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
	.namespace_capabilities = NAMESPACE_TOUR_CAPABILITIES,
	.open = netfilter_open,
	.collect = netfilter_collect,
	.close = netfilter_close,
};
