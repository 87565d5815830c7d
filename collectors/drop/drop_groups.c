/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A device that gives way takes its counters with it. They are not added to "(other)", where they
 * would look like drops of the present.
 */
#include "collectors/drop/drop_groups.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/clock.h"

#define OTHER      0
#define KEEP_USEC  (300 * USEC_PER_SEC)
#define OTHER_NAME "(other)"
#define N_AT_FIRST 8

struct count {
	uint32_t reason, origin;
	uint64_t n_packets;
};

struct place {
	char *name; /* owned: both labels' bytes */
	struct label device, netns;
	uint64_t dropped_usec;
	size_t n, n_allocated;
	struct count *counts;
};

struct drop_groups {
	const struct collector_env *env;
	size_t n, n_allocated;
	struct place *places; /* the first one is "(other)" */
	uint64_t n_lost;
};

const struct metric_table drop_table = {
	.labels = { "reason", "origin", "device", "netns" },
	.families =
		(const struct metric_family[]){
			{ .name = "txpath_drops_total",
	                  .help = "Packets on their way out that the kernel dropped, made here or "
	                          "forwarded, by its own reason (kfree_skb, enum skb_drop_reason) "
	                          "and the device they were to leave by.",
	                  .type = METRIC_COUNTER },
		},
	.n_families = 1,
};

static const char *const origin_names[DROP_ORIGINS] = {
	[DROP_LOCAL] = "local",
	[DROP_FORWARDED] = "forwarded",
};

static bool same(const struct label *a, const struct label *b)
{
	return a->length == b->length && (!a->length || memcmp(a->value, b->value, a->length) == 0);
}

static struct label append(char **end, const struct label *label)
{
	struct label copy = { *end, label->length };

	if (label->length)
		memcpy(*end, label->value, label->length);
	*end += label->length;
	return copy;
}

/* false: out of memory. */
static bool make_place(const struct label *device, const struct label *netns,
                       struct place *ret_place)
{
	char *name = malloc(device->length + netns->length + 1), *end = name;

	if (!name)
		return false;
	*ret_place = (struct place){
		.name = name,
		.device = append(&end, device),
		.netns = append(&end, netns),
	};
	return true;
}

static void free_place(struct place *place)
{
	free(place->counts);
	free(place->name);
}

int drop_groups_open(const struct collector_env *env, struct drop_groups **ret_groups)
{
	struct drop_groups *groups cleanup(drop_groups_close) = calloc(1, sizeof(*groups));
	const struct label other = label_of(OTHER_NAME), none = { "", 0 };

	if (groups)
		groups->places = calloc(N_AT_FIRST, sizeof(*groups->places));
	if (!groups || !groups->places || !make_place(&other, &none, &groups->places[OTHER]))
		return reason_set(env->reason, -ENOMEM, "out of memory");
	groups->env = env;
	groups->n = 1;
	groups->n_allocated = N_AT_FIRST;
	*ret_groups = steal_pointer(groups);
	return 0;
}

void drop_groups_close(struct drop_groups *groups)
{
	if (!groups)
		return;
	for (size_t i = 0; i < groups->n; i++)
		free_place(&groups->places[i]);
	free(groups->places);
	free(groups);
}

void drop_groups_adopt(struct drop_groups *groups, const struct collector_env *env)
{
	groups->env = env;
}

/* The count of the reason and origin, or NULL: out of memory. */
static struct count *find_count(struct place *place, uint32_t reason, uint32_t origin)
{
	size_t i = 0;

	while (i < place->n &&
	       (place->counts[i].reason != reason || place->counts[i].origin != origin))
		i++;
	if (i == place->n_allocated) {
		size_t n = i ? 2 * i : N_AT_FIRST;
		struct count *grown = reallocarray(place->counts, n, sizeof(*grown));

		if (!grown)
			return NULL;
		place->counts = grown;
		place->n_allocated = n;
	}
	if (i == place->n)
		place->counts[place->n++] = (struct count){ reason, origin, 0 };
	return &place->counts[i];
}

int drop_groups_expect(struct drop_groups *groups, const struct drop_reasons *reasons)
{
	for (uint32_t number = 0; number < DROP_REASONS; number++) {
		enum drop_class class = drop_reasons_class(reasons, number);

		if (class != DROP_HOOK && class != DROP_ROUTE && class != DROP_DEVICE)
			continue;
		for (uint32_t origin = 0; origin < DROP_ORIGINS; origin++)
			if (!find_count(&groups->places[OTHER], number, origin))
				return -ENOMEM;
	}
	return 0;
}

/* The one that had no drop for the longest, and long enough; or "(other)". */
static size_t find_idle(const struct drop_groups *groups, uint64_t now_usec)
{
	uint64_t oldest_usec = now_usec > KEEP_USEC ? now_usec - KEEP_USEC : 0;
	size_t found = OTHER;

	for (size_t i = OTHER + 1; i < groups->n; i++) {
		if (groups->places[i].dropped_usec >= oldest_usec)
			continue;
		oldest_usec = groups->places[i].dropped_usec;
		found = i;
	}
	return found;
}

static bool grow(struct drop_groups *groups)
{
	size_t n = 2 * groups->n_allocated;
	struct place *grown;

	if (groups->n < groups->n_allocated)
		return true;
	grown = reallocarray(groups->places, n, sizeof(*grown));
	if (!grown)
		return false;
	groups->places = grown;
	groups->n_allocated = n;
	return true;
}

/* A place for a new device, or that of "(other)" when there is none. */
static size_t take_place(struct drop_groups *groups, uint64_t now_usec)
{
	size_t i;

	if (groups->n - 1 < groups->env->scope.max_groups)
		return grow(groups) ? groups->n++ : OTHER;
	i = find_idle(groups, now_usec);
	if (i != OTHER) {
		free_place(&groups->places[i]);
		groups->env->tally->evicted_groups++;
	}
	return i;
}

static struct place *find_place(struct drop_groups *groups, const struct drop_event *event,
                                uint64_t now_usec)
{
	struct place place;
	size_t i;

	for (i = OTHER + 1; i < groups->n; i++)
		if (same(&groups->places[i].device, &event->device) &&
		    same(&groups->places[i].netns, &event->netns))
			return &groups->places[i];
	if (!make_place(&event->device, &event->netns, &place))
		return &groups->places[OTHER];
	i = take_place(groups, now_usec);
	if (i == OTHER)
		free_place(&place);
	else
		groups->places[i] = place;
	return &groups->places[i];
}

/* false: out of memory. */
static bool add(struct place *place, const struct drop_event *event)
{
	struct count *count = find_count(place, event->reason, event->origin);

	if (count)
		count->n_packets += event->n_packets;
	return count;
}

void drop_groups_add_other(struct drop_groups *groups, const struct drop_event *event)
{
	if (!event->n_packets)
		return;
	groups->env->tally->overflowed_groups++;
	if (!add(&groups->places[OTHER], event))
		groups->n_lost += event->n_packets;
}

void drop_groups_add(struct drop_groups *groups, const struct drop_event *event, uint64_t now_usec)
{
	struct place *place = find_place(groups, event, now_usec);

	place->dropped_usec = now_usec;
	if (place == &groups->places[OTHER] || !add(place, event))
		drop_groups_add_other(groups, event);
}

uint64_t drop_groups_lost(const struct drop_groups *groups)
{
	return groups->n_lost;
}

void drop_groups_write(const struct drop_groups *groups, struct drop_reasons *reasons,
                       struct batch *batch)
{
	for (size_t i = 0; i < groups->n; i++) {
		const struct place *place = &groups->places[i];

		for (size_t j = 0; j < place->n; j++) {
			const struct count *count = &place->counts[j];
			const struct label labels[] = {
				drop_reasons_name(reasons, count->reason),
				label_of(origin_names[count->origin]),
				place->device,
				place->netns,
			};

			batch_row(batch, &drop_table, labels, ARRAY_SIZE(labels));
			batch_count(batch, 0, count->n_packets);
		}
	}
}
