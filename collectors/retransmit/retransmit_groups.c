/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A group that gives way takes its counters with it. They are not added to "(other)", where they
 * would look like events of the present.
 */
#include "collectors/retransmit/retransmit_groups.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/clock.h"

#define OTHER      0
#define KEEP_USEC  (300 * USEC_PER_SEC)
#define OTHER_NAME "(other)"

struct group {
	struct retransmit_key key; /* its bytes are the group's own, in one block at key.unit */
	uint64_t counted_usec;
	struct retransmit_counts counts;
};

struct retransmit_groups {
	const struct collector_env *env;
	size_t n, n_allocated;
	struct group *groups; /* the first one is "(other)" */
};

enum { PACKETS, SEGMENTS };

const struct metric_table retransmit_table = {
	.labels = { "kind", "unit", "comm", "netns" },
	.families =
		(const struct metric_family[]){
			[PACKETS] = { .name = "txpath_retransmitted_packets_total",
	                              .help = "Packets that TCP has sent again, by owner of the socket "
	                                      "and why (tcp_retransmit_skb, tcp_retransmit_synack).",
	                              .type = METRIC_COUNTER },
			[SEGMENTS] = { .name = "txpath_retransmitted_segments_total",
	                               .help = "The segments in them, more than one with segmentation "
	                                       "offload (tcp_gso_segs): what TcpRetransSegs and "
	                                       "TCPFastRetrans count.",
	                               .type = METRIC_COUNTER },
		},
	.n_families = 2,
};

static const char *const kind_names[RETRANSMIT_KINDS] = {
	[RETRANSMIT_SYN] = "syn",         [RETRANSMIT_SYNACK] = "synack",
	[RETRANSMIT_TIMEOUT] = "timeout", [RETRANSMIT_SLOW_START] = "slow_start",
	[RETRANSMIT_FAST] = "fast",       [RETRANSMIT_LOSS_PROBE] = "loss_probe",
	[RETRANSMIT_OTHER] = "other",
};

static bool same(const struct label *a, const struct label *b)
{
	return a->length == b->length && (!a->length || memcmp(a->value, b->value, a->length) == 0);
}

static bool same_key(const struct retransmit_key *a, const struct retransmit_key *b)
{
	return same(&a->unit, &b->unit) && same(&a->comm, &b->comm) && same(&a->netns, &b->netns);
}

static struct label append(char **end, const struct label *label)
{
	struct label copy = { *end, label->length };

	if (label->length)
		memcpy(*end, label->value, label->length);
	*end += label->length;
	return copy;
}

/* A copy with memory of its own; false: out of memory. */
static bool copy_key(const struct retransmit_key *key, struct retransmit_key *ret_copy)
{
	char *end = malloc(key->unit.length + key->comm.length + key->netns.length + 1);

	if (!end)
		return false;
	ret_copy->unit = append(&end, &key->unit);
	ret_copy->comm = append(&end, &key->comm);
	ret_copy->netns = append(&end, &key->netns);
	return true;
}

static void free_key(const struct retransmit_key *key)
{
	free((char *)(uintptr_t)key->unit.value);
}

int retransmit_groups_open(const struct collector_env *env, struct retransmit_groups **ret_groups)
{
	struct retransmit_groups *groups cleanup(retransmit_groups_close) =
		calloc(1, sizeof(*groups));
	const struct retransmit_key other = { .unit = label_of(OTHER_NAME) };

	if (groups)
		groups->groups = calloc(1, sizeof(*groups->groups));
	if (!groups || !groups->groups || !copy_key(&other, &groups->groups[OTHER].key))
		return reason_set(env->reason, -ENOMEM, "out of memory");
	groups->env = env;
	groups->n = 1;
	groups->n_allocated = 1;
	*ret_groups = steal_pointer(groups);
	return 0;
}

void retransmit_groups_close(struct retransmit_groups *groups)
{
	if (!groups)
		return;
	for (size_t i = 0; i < groups->n; i++)
		free_key(&groups->groups[i].key);
	free(groups->groups);
	free(groups);
}

void retransmit_groups_adopt(struct retransmit_groups *groups, const struct collector_env *env)
{
	groups->env = env;
}

/* The one that nothing was counted in for the longest, and long enough; or "(other)". */
static size_t find_idle(const struct retransmit_groups *groups, uint64_t now_usec)
{
	uint64_t oldest_usec = now_usec > KEEP_USEC ? now_usec - KEEP_USEC : 0;
	size_t found = OTHER;

	for (size_t i = OTHER + 1; i < groups->n; i++) {
		if (groups->groups[i].counted_usec >= oldest_usec)
			continue;
		oldest_usec = groups->groups[i].counted_usec;
		found = i;
	}
	return found;
}

static bool grow(struct retransmit_groups *groups)
{
	size_t n = 2 * groups->n_allocated;
	struct group *grown;

	if (groups->n < groups->n_allocated)
		return true;
	grown = reallocarray(groups->groups, n, sizeof(*grown));
	if (!grown)
		return false;
	groups->groups = grown;
	groups->n_allocated = n;
	return true;
}

/* A place for a new group, or that of "(other)" when there is none. */
static size_t take_place(struct retransmit_groups *groups, uint64_t now_usec)
{
	size_t place;

	if (groups->n - 1 < groups->env->scope.max_groups)
		return grow(groups) ? groups->n++ : OTHER;
	place = find_idle(groups, now_usec);
	if (place != OTHER) {
		free_key(&groups->groups[place].key);
		groups->env->tally->evicted_groups++;
	}
	return place;
}

static size_t find(struct retransmit_groups *groups, const struct retransmit_key *key,
                   uint64_t now_usec)
{
	struct retransmit_key copy;
	size_t place;

	for (place = OTHER + 1; place < groups->n; place++)
		if (same_key(&groups->groups[place].key, key))
			return place;
	if (!copy_key(key, &copy))
		return OTHER;
	place = take_place(groups, now_usec);
	if (place == OTHER)
		free_key(&copy);
	else
		groups->groups[place] = (struct group){ .key = copy };
	return place;
}

void retransmit_groups_add(struct retransmit_groups *groups, const struct retransmit_key *key,
                           const struct retransmit_counts *counts, uint64_t now_usec)
{
	size_t place = key ? find(groups, key, now_usec) : OTHER;
	struct group *group = &groups->groups[place];

	groups->env->tally->overflowed_groups += key && place == OTHER;
	group->counted_usec = now_usec;
	for (size_t kind = 0; kind < RETRANSMIT_KINDS; kind++) {
		group->counts.packets[kind] += counts->packets[kind];
		group->counts.segments[kind] += counts->segments[kind];
	}
}

void retransmit_groups_write(const struct retransmit_groups *groups, struct batch *batch)
{
	for (size_t i = 0; i < groups->n; i++) {
		const struct group *group = &groups->groups[i];

		for (size_t kind = 0; kind < RETRANSMIT_KINDS; kind++) {
			const struct label labels[] = { label_of(kind_names[kind]), group->key.unit,
				                        group->key.comm, group->key.netns };

			batch_row(batch, &retransmit_table, labels, ARRAY_SIZE(labels));
			batch_count(batch, PACKETS, group->counts.packets[kind]);
			batch_count(batch, SEGMENTS, group->counts.segments[kind]);
		}
	}
}
