/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A hash set with linear probing, at most half full. Places carry the number of the round they were
 * used in, so that beginning anew is one addition.
 */
#include "collectors/qdisc/tc_seen.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PLACES_MIN 1024
#define PLACES_MAX (2U << 20)

void tc_seen_begin(struct tc_seen *seen)
{
	seen->n_used = 0;
	seen->round++;
	if (seen->round)
		return;
	/* After 2^32 rounds old ones would come to life again. */
	if (seen->places)
		memset(seen->places, 0, seen->n_places * sizeof(*seen->places));
	seen->round = 1;
}

/* The place that holds the key, or the free one where it belongs. */
static struct tc_seen_place *find_place(const struct tc_seen *seen, const struct tc_seen_place *key)
{
	uint64_t hash = ((uint64_t)key->handle << 32 | key->parent) +
		(uint32_t)key->device_index * UINT64_C(0x9e3779b97f4a7c15);
	size_t mask = seen->n_places - 1, i;

	hash *= UINT64_C(0xff51afd7ed558ccd);
	for (i = (hash >> 32) & mask;; i = (i + 1) & mask) {
		struct tc_seen_place *place = &seen->places[i];

		if (place->round != seen->round ||
		    (place->device_index == key->device_index && place->handle == key->handle &&
		     place->parent == key->parent))
			return place;
	}
}

static int tc_seen_grow(struct tc_seen *seen)
{
	struct tc_seen grown = *seen;

	grown.n_places = seen->n_places ? 2 * seen->n_places : PLACES_MIN;
	if (grown.n_places > PLACES_MAX)
		return -E2BIG;
	grown.places = calloc(grown.n_places, sizeof(*grown.places));
	if (!grown.places)
		return -ENOMEM;
	for (size_t i = 0; i < seen->n_places; i++)
		if (seen->places[i].round == seen->round)
			*find_place(&grown, &seen->places[i]) = seen->places[i];
	free(seen->places);
	*seen = grown;
	return 0;
}

int tc_seen_add(struct tc_seen *seen, int device_index, uint32_t handle, uint32_t parent,
                bool *ret_new)
{
	const struct tc_seen_place key = { device_index, handle, parent, seen->round };
	struct tc_seen_place *place;

	if (2 * seen->n_used >= seen->n_places) {
		int error = tc_seen_grow(seen);

		if (error < 0)
			return error;
	}
	place = find_place(seen, &key);
	*ret_new = place->round != seen->round;
	if (*ret_new) {
		*place = key;
		seen->n_used++;
	}
	return 0;
}

void tc_seen_clear(struct tc_seen *seen)
{
	free(seen->places);
	*seen = (struct tc_seen){ 0 };
}
