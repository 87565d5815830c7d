/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The collector of what TCP sends again, and why: a place of the transmit path that packets come to
 * twice. BPF programs count it where the kernel does it, and leave in maps what is taken from there
 * by each sample; the owner's name is found here, from the id of the socket's cgroup.
 *
 * The programs are loaded once. A state that takes over from another has them from there, because
 * the capabilities for loading are gone by then.
 */
#include "collectors/retransmit/retransmit.h"

#include <errno.h>
#include <linux/capability.h>
#include <string.h>

#include "collectors/namespace_names.h"
#include "collectors/owner.h"
#include "collectors/owner_pattern.h"
#include "collectors/retransmit/retransmit_groups.h"
#include "collectors/retransmit/retransmit_source.h"
#include "config/choice.h"
#include "config/named_lists.h"
#include "config/option.h"
#include "daemon/clock.h"

struct retransmit_options {
	struct named_lists unit_groups;
	bool comm;
};

struct retransmit {
	const struct collector_env *env;
	const struct retransmit_options *options;
	struct owner_table *owners;
	struct namespace_names *namespaces;
	struct retransmit_source *source; /* NULL only until it is inherited */
	struct retransmit_groups *groups;
	bool configured;    /* the programs count what our options want */
	struct reason lack; /* of owners */
};

/* Has the names of the sample's owners found; what cannot be found stays without. */
static void resolve(struct retransmit *retransmit, const struct retransmit_sample *sample,
                    struct reason *lacks)
{
	const struct collector_env *env = retransmit->env;
	uint64_t *ids cleanup(free) = calloc(sample->n + 1, sizeof(*ids));
	size_t n = 0;

	if (!ids) {
		reason_add(lacks, "names of owners: out of memory");
		return;
	}
	for (size_t i = 0; i < sample->n; i++)
		if (!owner_find(retransmit->owners, sample->owners[i].cgroup).length)
			ids[n++] = sample->owners[i].cgroup;
	env->reason->text[0] = '\0';
	(void)owner_table_resolve(retransmit->owners, ids, n);
	reason_add(lacks, env->reason->text);
}

static void count(struct retransmit *retransmit, const struct retransmit_owner *owner,
                  const struct retransmit_counts *counts, uint64_t now_usec)
{
	struct retransmit_key key = { .unit = owner_find(retransmit->owners, owner->cgroup) };

	if (!namespace_names_find(retransmit->namespaces, owner->netns, &key.netns))
		return;
	if (!key.unit.length)
		key.unit = label_of(OWNER_NONE);
	if (retransmit->options->comm) {
		key.comm = (struct label){ owner->comm, strnlen(owner->comm, sizeof(owner->comm)) };
		if (!key.comm.length)
			key.comm = label_of(OWNER_NONE);
	}
	retransmit_groups_add(retransmit->groups, &key, counts, now_usec);
}

static bool is_any(const struct retransmit_counts *counts)
{
	for (size_t kind = 0; kind < RETRANSMIT_KINDS; kind++)
		if (counts->packets[kind])
			return true;
	return false;
}

/* Not while it is opened: the programs may be a former collector's until then. */
static int configure(struct retransmit *retransmit)
{
	int error = 0;

	if (!retransmit->configured)
		error = retransmit_source_configure(
			retransmit->source, namespace_names_only(retransmit->namespaces),
			retransmit->options->comm, retransmit->env->reason);
	retransmit->configured = !error;
	return error;
}

static int retransmit_collect(void *state, struct batch *batch)
{
	struct retransmit *retransmit = state;
	const struct collector_env *env = retransmit->env;
	const uint64_t now_usec = monotonic_usec();
	struct reason lacks = retransmit->lack, lack;
	struct retransmit_sample sample = { 0 };
	int error = configure(retransmit);

	if (!error)
		error = retransmit_source_take(retransmit->source, &sample, env->reason);
	if (error < 0)
		return error;
	resolve(retransmit, &sample, &lacks);
	for (size_t i = 0; i < sample.n; i++)
		count(retransmit, &sample.owners[i], &sample.counts[i], now_usec);
	if (is_any(&sample.nobodys))
		retransmit_groups_add(retransmit->groups, NULL, &sample.nobodys, now_usec);
	retransmit_groups_write(retransmit->groups, batch);
	retransmit_source_account(retransmit->source, env->tally, &lack);
	reason_add(&lacks, lack.text);
	reason_add(&lacks, namespace_names_lack(retransmit->namespaces));
	*env->reason = lacks;
	return 0;
}

/* Whether groups of the one may go on as the other's. */
static bool are_comparable(const struct retransmit *one, const struct retransmit *other)
{
	return one->options->comm == other->options->comm &&
		named_lists_equal(&one->options->unit_groups, &other->options->unit_groups) &&
		choice_or_strings_equal(one->env->scope.namespaces, other->env->scope.namespaces);
}

static void retransmit_inherit(void *state, void *former)
{
	struct retransmit *retransmit = state, *old = former;
	struct retransmit_groups *groups = retransmit->groups;
	struct retransmit_sample sample;

	owner_table_inherit(retransmit->owners, old->owners);
	retransmit->source = steal_pointer(old->source);
	if (are_comparable(retransmit, old)) {
		retransmit->groups = old->groups;
		old->groups = groups;
		retransmit_groups_adopt(retransmit->groups, retransmit->env);
	} else {
		/* Counters begin anew, without what was counted for the former ones. */
		(void)retransmit_source_take(retransmit->source, &sample, retransmit->env->reason);
	}
}

static void retransmit_close(void *state)
{
	struct retransmit *retransmit = state;

	if (!retransmit)
		return;
	retransmit_groups_close(retransmit->groups);
	retransmit_source_close(retransmit->source);
	namespace_names_close(retransmit->namespaces);
	owner_table_close(retransmit->owners);
	free(retransmit);
}
DEFINE_CLEANUP(struct retransmit, retransmit_close)

static int open_all(struct retransmit *retransmit, const struct collector_env *env)
{
	int error = 0;

	if (!env->former)
		error = retransmit_source_open(&retransmit->source, env->reason);
	if (!error)
		error = namespace_names_open(env, &retransmit->namespaces);
	if (!error)
		error = retransmit_groups_open(env, &retransmit->groups);
	if (!error)
		error = owner_table_open(env, &retransmit->options->unit_groups,
		                         &retransmit->owners);
	return error;
}

static int retransmit_open(const struct collector_env *env, void **ret_state)
{
	struct retransmit *retransmit cleanup(retransmit_close) = calloc(1, sizeof(*retransmit));
	int error;

	if (!retransmit)
		return reason_set(env->reason, -ENOMEM, "out of memory");
	retransmit->env = env;
	retransmit->options = env->options;
	error = open_all(retransmit, env);
	if (error < 0)
		return error;
	retransmit->lack = *env->reason;
	*ret_state = steal_pointer(retransmit);
	return 0;
}

static const struct option retransmit_option_table[] = {
	{
		.name = "unit_groups",
		.help = "Units that are one group: for the name of each group POSIX extended regular expressions, of which the first that matches a unit counts.",
		.type = OPTION_NAMED_LISTS,
		.offset = offsetof(struct retransmit_options, unit_groups),
		.fallback = "{}",
		.max = 256,
		.check = owner_pattern_check,
	},
	{
		.name = "comm",
		.help = "Tell owners apart by command, too: the name of the process that last sent by the socket, as label comm. Costs a program's call at each send and receive of TCP.",
		.type = OPTION_BOOLEAN,
		.offset = offsetof(struct retransmit_options, comm),
		.fallback = "false",
	},
	OPTION_END,
};

static const struct metric_table *const retransmit_tables[] = { &retransmit_table, NULL };

const struct collector_ops retransmit_collector = {
	.name = "retransmit",
	.summary = "what TCP sends again, why, and whose it is (BPF)",
	.interval = "5s",
	.tables = retransmit_tables,
	.options = retransmit_option_table,
	.options_size = sizeof(struct retransmit_options),
	.opening_capabilities = UINT64_C(1) << CAP_BPF | UINT64_C(1) << CAP_PERFMON,
	.namespace_capabilities = NAMESPACE_NAMES_CAPABILITIES,
	.open = retransmit_open,
	.collect = retransmit_collect,
	.inherit = retransmit_inherit,
	.close = retransmit_close,
};
