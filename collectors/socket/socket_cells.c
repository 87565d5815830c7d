/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cells are few, sockets many: a socket that is remembered remembers the place of its cell, too. */
#include "collectors/socket/socket_cells.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CELLS_MIN 64
#define FIRST     (SOCKET_PROTOCOLS + 1)

static size_t hash(const struct socket_key *key)
{
	uint64_t rest = (uint64_t)key->port << 48 | (uint64_t)key->peer << 32 |
		(uint64_t)key->algorithm << 16 | key->protocol;
	uint64_t mixed = key->cgroup_id * UINT64_C(0x9e3779b97f4a7c15) ^
		rest * UINT64_C(0xff51afd7ed558ccd);

	mixed ^= mixed >> 29;
	mixed *= UINT64_C(0xbf58476d1ce4e5b9);
	return (size_t)(mixed >> 32);
}

static uint32_t overflow_place(unsigned protocol)
{
	return 1 + protocol;
}

/* The slot that holds the key's place, or the free one where it belongs. */
static uint32_t *slot_find(const struct socket_cells *cells, const struct socket_key *key)
{
	for (size_t i = hash(key) & (cells->n_slots - 1);; i = (i + 1) & (cells->n_slots - 1)) {
		uint32_t *slot = &cells->slots[i];

		if (*slot == 0 || socket_key_equal(&cells->cells[*slot].key, key))
			return slot;
	}
}

static bool is_used(const struct socket_cell *cell)
{
	return cell->next_free == 0;
}

static void slots_fill(struct socket_cells *cells)
{
	memset(cells->slots, 0, cells->n_slots * sizeof(*cells->slots));
	for (uint32_t place = FIRST; place < cells->n; place++)
		if (is_used(&cells->cells[place]))
			*slot_find(cells, &cells->cells[place].key) = place;
}

/* Room for twice as many cells, and slots of which at most half are used. */
static int cells_grow(struct socket_cells *cells)
{
	size_t n = cells->n_allocated ? 2 * cells->n_allocated : CELLS_MIN;
	uint32_t *slots = calloc(2 * n, sizeof(*slots));
	struct socket_cell *grown = reallocarray(cells->cells, n, sizeof(*grown));

	if (grown)
		cells->cells = grown;
	if (!grown || !slots) {
		free(slots);
		return -ENOMEM;
	}
	memset(grown + cells->n_allocated, 0, (n - cells->n_allocated) * sizeof(*grown));
	free(cells->slots);
	cells->slots = slots;
	cells->n_slots = 2 * n;
	cells->n_allocated = n;
	slots_fill(cells);
	return 0;
}

int socket_cells_init(struct socket_cells *cells)
{
	*cells = (struct socket_cells){ .n = FIRST };
	if (cells_grow(cells) < 0)
		return -ENOMEM;
	for (unsigned protocol = 0; protocol < SOCKET_PROTOCOLS; protocol++)
		cells->cells[overflow_place(protocol)].key =
			(struct socket_key){ .protocol = (uint8_t)protocol, .overflow = 1 };
	return 0;
}

void socket_cells_clear(struct socket_cells *cells)
{
	free(cells->cells);
	free(cells->slots);
	*cells = (struct socket_cells){ 0 };
}

void socket_cells_begin(struct socket_cells *cells)
{
	for (size_t place = 0; place < cells->n; place++)
		cells->cells[place].sums = (struct socket_sums){ 0 };
}

/* A free place, or 0. */
static uint32_t take_place(struct socket_cells *cells)
{
	uint32_t place = cells->free;

	if (cells->n_used == SOCKET_CELLS_MAX)
		return 0;
	if (place) {
		/* The last one in the list points to itself. */
		uint32_t next = cells->cells[place].next_free;

		cells->free = next == place ? 0 : next;
		return place;
	}
	if (cells->n == cells->n_allocated && cells_grow(cells) < 0)
		return 0;
	return (uint32_t)cells->n++;
}

uint32_t socket_cells_find(struct socket_cells *cells, const struct socket_key *key)
{
	uint32_t *slot = slot_find(cells, key);
	uint32_t place = *slot;

	if (place)
		return place;
	place = take_place(cells);
	if (!place)
		return overflow_place(key->protocol);
	cells->cells[place] = (struct socket_cell){ .key = *key };
	cells->n_used++;
	*slot_find(cells, key) = place;
	return place;
}

static void give_back(struct socket_cells *cells, uint32_t place)
{
	cells->cells[place].next_free = cells->free ? cells->free : place;
	cells->free = place;
	cells->n_used--;
}

/* Neither sockets now, nor anything left by a sample that was given up. */
static bool is_empty(const struct socket_cell *cell)
{
	static const struct socket_totals nothing;

	return cell->sums.n_sockets == 0 && memcmp(&cell->totals, &nothing, sizeof(nothing)) == 0;
}

void socket_cells_end(struct socket_cells *cells,
                      void (*take)(const struct socket_cell *cell, void *context), void *context)
{
	bool any_free = false;

	for (uint32_t place = 1; place < cells->n; place++) {
		struct socket_cell *cell = &cells->cells[place];

		if (!is_used(cell) || (place < FIRST && is_empty(cell)))
			continue;
		take(cell, context);
		cell->totals = (struct socket_totals){ 0 };
		if (cell->sums.n_sockets > 0 || place < FIRST)
			continue;
		give_back(cells, place);
		any_free = true;
	}
	if (any_free)
		slots_fill(cells);
}
