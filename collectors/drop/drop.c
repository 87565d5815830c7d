/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The collector of packets that do not arrive because this machine drops them on their way out,
 * wherever that is: in IP, netfilter, the neighbour table, a qdisc. A BPF program counts them where
 * the kernel frees them, in all network namespaces at once, and leaves in maps what is taken from
 * there by each sample; the kernel's names of reasons are found here.
 *
 * The program is loaded once. A state that takes over from another has it from there, because the
 * capabilities for loading are gone by then.
 */
#include "collectors/drop/drop.h"

#include <errno.h>
#include <linux/capability.h>
#include <string.h>

#include "collectors/bpf_account.h"
#include "collectors/bpf_types.h"
#include "collectors/drop/drop_groups.h"
#include "collectors/drop/drop_reasons.h"
#include "collectors/drop/drop_source.h"
#include "collectors/namespace_names.h"
#include "config/choice.h"
#include "config/option.h"
#include "daemon/clock.h"

struct drop {
	const struct collector_env *env;
	struct namespace_names *namespaces;
	struct drop_groups *groups;
	struct drop_reasons *reasons; /* these two are NULL only until they are inherited */
	struct drop_source *source;
	bool configured; /* the program counts what our options want */
};

static void count(struct drop *drop, const struct drop_key *key, uint64_t n_packets,
                  uint64_t now_usec)
{
	struct drop_event event = {
		.device = { key->device, strnlen(key->device, sizeof(key->device)) },
		.reason = key->reason,
		.origin = key->origin,
		.n_packets = n_packets,
	};

	if (namespace_names_find(drop->namespaces, key->netns, &event.netns))
		drop_groups_add(drop->groups, &event, now_usec);
}

static void count_other(struct drop *drop, const struct drop_sum_key *key, uint64_t n_packets)
{
	const struct drop_event event = {
		.reason = key->reason,
		.origin = key->origin,
		.n_packets = n_packets,
	};

	drop_groups_add_other(drop->groups, &event);
}

/* Not while it is opened: the program may be a former collector's until then. */
static int configure(struct drop *drop)
{
	const struct collector_env *env = drop->env;
	int error;

	if (drop->configured)
		return 0;
	if (drop_groups_expect(drop->groups, drop->reasons) < 0)
		return reason_set(env->reason, -ENOMEM, "out of memory");
	error = drop_source_configure(drop->source, drop->reasons,
	                              namespace_names_only(drop->namespaces), env->reason);
	drop->configured = !error;
	return error;
}

static int drop_collect(void *state, struct batch *batch)
{
	struct drop *drop = state;
	const struct collector_env *env = drop->env;
	const uint64_t now_usec = monotonic_usec();
	struct drop_sample sample = { 0 };
	int error = configure(drop);

	if (!error)
		error = drop_source_take(drop->source, &sample, env->reason);
	if (error < 0)
		return error;
	for (size_t i = 0; i < sample.n; i++)
		count(drop, &sample.keys[i], sample.counts[i], now_usec);
	for (size_t i = 0; i < sample.n_sums; i++)
		count_other(drop, &sample.sum_keys[i], sample.sums[i]);
	drop_groups_write(drop->groups, drop->reasons, batch);
	drop_source_account(drop->source, env->tally);
	bpf_account_loss(env->tally, "no_memory", drop_groups_lost(drop->groups));
	return reason_set(env->reason, 0, "%s", namespace_names_lack(drop->namespaces));
}

static void drop_inherit(void *state, void *former)
{
	struct drop *drop = state, *old = former;
	struct drop_groups *groups = drop->groups;
	struct drop_sample sample;

	drop->source = steal_pointer(old->source);
	drop->reasons = steal_pointer(old->reasons);
	if (choice_or_strings_equal(drop->env->scope.namespaces, old->env->scope.namespaces)) {
		drop->groups = old->groups;
		old->groups = groups;
		drop_groups_adopt(drop->groups, drop->env);
	} else {
		/* Counters begin anew, without what was counted for the former ones. */
		(void)drop_source_take(drop->source, &sample, drop->env->reason);
	}
}

static void drop_close(void *state)
{
	struct drop *drop = state;

	if (!drop)
		return;
	drop_source_close(drop->source);
	drop_reasons_close(drop->reasons);
	drop_groups_close(drop->groups);
	namespace_names_close(drop->namespaces);
	free(drop);
}
DEFINE_CLEANUP(struct drop, drop_close)

static int drop_open(const struct collector_env *env, void **ret_state)
{
	struct drop *drop cleanup(drop_close) = calloc(1, sizeof(*drop));
	int error = 0;

	if (!drop)
		return reason_set(env->reason, -ENOMEM, "out of memory");
	drop->env = env;
	if (!env->former) {
		error = drop_reasons_open(BPF_TYPES_DIRECTORY, &drop->reasons, env->reason);
		if (!error)
			error = drop_source_open(&drop->source, env->reason);
	}
	if (!error)
		error = namespace_names_open(env, &drop->namespaces);
	if (!error)
		error = drop_groups_open(env, &drop->groups);
	if (error < 0)
		return error;
	*ret_state = steal_pointer(drop);
	return 0;
}

static const struct option drop_option_table[] = { OPTION_END };

static const struct metric_table *const drop_tables[] = { &drop_table, NULL };

const struct collector_ops drop_collector = {
	.name = "drop",
	.summary = "packets dropped on their way out, by the kernel's own reason (BPF)",
	.interval = "5s",
	.tables = drop_tables,
	.options = drop_option_table,
	.opening_capabilities = UINT64_C(1) << CAP_BPF | UINT64_C(1) << CAP_PERFMON,
	.namespace_capabilities = NAMESPACE_NAMES_CAPABILITIES,
	.open = drop_open,
	.collect = drop_collect,
	.inherit = drop_inherit,
	.close = drop_close,
};
