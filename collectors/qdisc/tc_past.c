/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Objects lie in the order in which they came first, and a hash table with linear probing, at most
 * half full, has their numbers. A dump that has not changed since gives them in that order again,
 * so that the hash table is not looked at.
 */
#include "collectors/qdisc/tc_past.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define OBJECTS_MIN 64
#define OBJECTS_MAX (1U << 20)

void tc_past_init(struct tc_past *past, uint64_t peak_window_usec)
{
	*past = (struct tc_past){ .slot_usec = tc_peak_slot_usec(peak_window_usec) };
}

void tc_past_begin(struct tc_past *past, uint64_t now_usec)
{
	past->slot = (uint32_t)(now_usec / past->slot_usec);
	past->round++;
	past->n_seen = 0;
	past->next = 0;
}

static bool is_same(const struct tc_past_object *past, const struct tc_object *object)
{
	return past->device_index == object->device_index && past->handle == object->handle &&
		past->parent == object->parent;
}

static size_t first_place(const struct tc_past *past, int device_index, uint32_t handle,
                          uint32_t parent)
{
	uint64_t hash = ((uint64_t)handle << 32 | parent) +
		(uint32_t)device_index * UINT64_C(0x9e3779b97f4a7c15);

	hash *= UINT64_C(0xff51afd7ed558ccd);
	return (hash >> 32) & (past->n_places - 1);
}

/* Numbers all objects anew. */
static void fill_places(struct tc_past *past)
{
	memset(past->places, 0, past->n_places * sizeof(*past->places));
	for (size_t i = 0; i < past->n_objects; i++) {
		const struct tc_past_object *object = &past->objects[i];
		size_t place =
			first_place(past, object->device_index, object->handle, object->parent);

		while (past->places[place])
			place = (place + 1) & (past->n_places - 1);
		past->places[place] = (uint32_t)(i + 1);
	}
}

static int grow(struct tc_past *past)
{
	size_t n = past->n_allocated ? 2 * past->n_allocated : OBJECTS_MIN;
	struct tc_past_object *objects;
	uint32_t *places;

	if (n > OBJECTS_MAX)
		return -E2BIG;
	places = calloc(2 * n, sizeof(*places));
	if (!places)
		return -ENOMEM;
	objects = reallocarray(past->objects, n, sizeof(*objects));
	if (!objects) {
		free(places);
		return -ENOMEM;
	}
	free(past->places);
	past->objects = objects;
	past->n_allocated = n;
	past->places = places;
	past->n_places = 2 * n;
	fill_places(past);
	return 0;
}

/* The object's place: the one that holds its number, or the free one where that belongs. */
static uint32_t *find_place(struct tc_past *past, const struct tc_object *object)
{
	size_t place = first_place(past, object->device_index, object->handle, object->parent);

	for (;; place = (place + 1) & (past->n_places - 1)) {
		uint32_t number = past->places[place];

		if (!number || is_same(&past->objects[number - 1], object))
			return &past->places[place];
	}
}

/* The object, made if it was not known; its round is another one then. */
static int find(struct tc_past *past, const struct tc_object *object,
                struct tc_past_object **ret_found)
{
	uint32_t *place;

	if (past->next < past->n_objects && is_same(&past->objects[past->next], object)) {
		*ret_found = &past->objects[past->next++];
		return 0;
	}
	if (past->n_objects == past->n_allocated) {
		int error = grow(past);

		if (error < 0)
			return error;
	}
	place = find_place(past, object);
	if (!*place) {
		past->objects[past->n_objects++] = (struct tc_past_object){
			.device_index = object->device_index,
			.handle = object->handle,
			.parent = object->parent,
			.round = past->round - 1,
		};
		*place = (uint32_t)past->n_objects;
	}
	past->next = *place;
	*ret_found = &past->objects[*place - 1];
	return 0;
}

/* Names of qdiscs rarely have the same number; then a peak is kept that should not be. */
static uint32_t kind_number(const char kind[static TC_KIND_SIZE])
{
	uint64_t words[2];

	memcpy(words, kind, sizeof(words));
	return (uint32_t)((words[0] * 31 + words[1]) * UINT64_C(0x9e3779b97f4a7c15) >> 32);
}

int tc_past_add(struct tc_past *past, const struct tc_object *object, bool *ret_new,
                uint32_t *ret_peak_bytes)
{
	uint32_t kind = kind_number(object->kind);
	struct tc_past_object *found;
	int error = find(past, object, &found);

	if (error < 0)
		return error;
	*ret_new = found->round != past->round;
	if (!*ret_new)
		return 0;
	if (found->kind != kind || object->sent_bytes < found->sent_bytes)
		found->peak = (struct tc_peak){ 0 };
	found->round = past->round;
	found->kind = kind;
	found->sent_bytes = object->sent_bytes;
	past->n_seen++;
	*ret_peak_bytes = tc_peak_add(&found->peak, past->slot, object->backlog_bytes);
	return 0;
}

void tc_past_end(struct tc_past *past)
{
	size_t n = 0;

	if (past->n_seen == past->n_objects)
		return;
	for (size_t i = 0; i < past->n_objects; i++)
		if (past->objects[i].round == past->round)
			past->objects[n++] = past->objects[i];
	past->n_objects = n;
	fill_places(past);
}

void tc_past_clear(struct tc_past *past)
{
	free(past->objects);
	free(past->places);
	*past = (struct tc_past){ .slot_usec = past->slot_usec };
}
