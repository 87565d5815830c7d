/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A dump walks the kernel's own hash table, so sockets come in the same order each time: the one
 * asked for is most often the one behind the last, and its memory is next in line. The hash table
 * serves those that are not. Forgetting keeps the order and leaves no holes.
 */
#include "collectors/socket/socket_table.h"

#include <stdlib.h>
#include <string.h>

#define SLOTS_MIN  256
#define NOWHERE    SIZE_MAX
#define ROUNDS_MAX 0x7f

static struct tracked_socket *socket_at(const struct socket_table *table, size_t place)
{
	return &table->chunks[place / SOCKET_TABLE_CHUNK][place % SOCKET_TABLE_CHUNK];
}

void socket_table_init(struct socket_table *table, struct socket_bound *bound)
{
	*table = (struct socket_table){ .bound = bound };
}

void socket_table_clear(struct socket_table *table)
{
	if (table->bound)
		table->bound->n -= table->n;
	for (size_t i = 0; i < table->n_chunks; i++)
		free(table->chunks[i]);
	free(table->chunks);
	free(table->slots);
	socket_table_init(table, table->bound);
}

/* Before numbers are used again: a socket that was not touched for long is not of a round to come. */
static void rounds_forget(struct socket_table *table)
{
	table->round = 0;
	for (size_t place = 0; place < table->n; place++)
		socket_at(table, place)->round = 0;
}

void socket_table_begin(struct socket_table *table)
{
	if (table->round == ROUNDS_MAX)
		rounds_forget(table);
	table->round++;
	table->refused = false;
	table->next = 0;
}

/* Cookies are consecutive numbers: a multiplication spreads them. */
static size_t slot_of(const struct socket_table *table, uint64_t cookie)
{
	return (size_t)((cookie * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & (table->n_slots - 1);
}

/* The slot that holds the cookie's place, or the free one where it belongs. */
static uint32_t *slot_find(const struct socket_table *table, uint64_t cookie)
{
	for (size_t i = slot_of(table, cookie);; i = (i + 1) & (table->n_slots - 1)) {
		uint32_t *slot = &table->slots[i];

		if (*slot == 0 || socket_at(table, *slot - 1)->cookie == cookie)
			return slot;
	}
}

/* Puts all places into the slots, which are empty. No two sockets are the same: none is compared. */
static void slots_fill(struct socket_table *table)
{
	for (size_t place = 0; place < table->n; place++) {
		size_t i = slot_of(table, socket_at(table, place)->cookie);

		while (table->slots[i] != 0)
			i = (i + 1) & (table->n_slots - 1);
		table->slots[i] = (uint32_t)place + 1;
	}
}

static bool slots_resize(struct socket_table *table, size_t n)
{
	uint32_t *slots = calloc(n, sizeof(*slots));

	if (!slots)
		return false;
	free(table->slots);
	table->slots = slots;
	table->n_slots = n;
	slots_fill(table);
	return true;
}

/* Makes room for one socket more: at most half of the slots are used. */
static bool slots_grow(struct socket_table *table)
{
	if (2 * (table->n + 1) <= table->n_slots)
		return true;
	return slots_resize(table, table->n_slots ? 2 * table->n_slots : SLOTS_MIN);
}

static bool chunks_grow(struct socket_table *table)
{
	struct tracked_socket **chunks;

	if (table->n < table->n_chunks * SOCKET_TABLE_CHUNK)
		return true;
	chunks = reallocarray(table->chunks, table->n_chunks + 1, sizeof(*chunks));
	if (!chunks)
		return false;
	table->chunks = chunks;
	chunks[table->n_chunks] = malloc(SOCKET_TABLE_CHUNK * sizeof(**chunks));
	if (!chunks[table->n_chunks])
		return false;
	table->n_chunks++;
	return true;
}

/* The place of the cookie's socket, or NOWHERE. */
static size_t place_find(const struct socket_table *table, uint64_t cookie)
{
	uint32_t slot;

	if (table->next < table->n && socket_at(table, table->next)->cookie == cookie)
		return table->next;
	if (table->n_slots == 0)
		return NOWHERE;
	slot = *slot_find(table, cookie);
	return slot ? slot - 1 : NOWHERE;
}

static struct tracked_socket *socket_new(struct socket_table *table, uint64_t cookie)
{
	struct tracked_socket *socket;

	if (table->bound->n >= table->bound->max || !chunks_grow(table) || !slots_grow(table)) {
		table->bound->n_refused++;
		table->refused = true;
		return NULL;
	}
	*slot_find(table, cookie) = (uint32_t)table->n + 1;
	socket = socket_at(table, table->n++);
	table->bound->n++;
	*socket = (struct tracked_socket){ .cookie = cookie, .round = table->round & ROUNDS_MAX };
	return socket;
}

enum socket_touch socket_table_touch(struct socket_table *table, uint64_t cookie,
                                     struct tracked_socket **ret_socket)
{
	size_t place = place_find(table, cookie);
	struct tracked_socket *socket;

	if (place == NOWHERE) {
		*ret_socket = socket_new(table, cookie);
		return *ret_socket ? SOCKET_NEW : SOCKET_REFUSED;
	}
	table->next = place + 1;
	socket = socket_at(table, place);
	*ret_socket = socket;
	if (socket->round == table->round)
		return SOCKET_AGAIN;
	socket->round = table->round & ROUNDS_MAX;
	if (!socket->missed)
		return SOCKET_KNOWN;
	socket->missed = 0;
	return SOCKET_BACK;
}

static void chunks_shrink(struct socket_table *table)
{
	/* One that is empty is kept, for sockets that come and go at its edge. */
	while (table->n_chunks * SOCKET_TABLE_CHUNK >= table->n + 2 * SOCKET_TABLE_CHUNK)
		free(table->chunks[--table->n_chunks]);
}

/* Finds places anew. Memory is given back once most of it is idle; if that fails, the old serves. */
static void slots_renew(struct socket_table *table)
{
	size_t n = table->n_slots;

	while (n > SLOTS_MIN && 6 * table->n < n)
		n /= 2;
	if (n < table->n_slots && slots_resize(table, n))
		return;
	memset(table->slots, 0, table->n_slots * sizeof(*table->slots));
	slots_fill(table);
}

/* Whether the socket stays, at the end of a round. */
static bool socket_stays(const struct socket_table *table, struct tracked_socket *socket)
{
	if (socket->round == table->round)
		return true;
	if (socket->missed)
		return false;
	socket->missed = 1;
	socket->cell = 0; /* which may become another's meanwhile */
	return true;
}

void socket_table_end(struct socket_table *table)
{
	size_t n = 0;

	for (size_t place = 0; place < table->n; place++) {
		struct tracked_socket *socket = socket_at(table, place);

		if (!socket_stays(table, socket))
			continue;
		if (n != place)
			*socket_at(table, n) = *socket;
		n++;
	}
	table->complete = !table->refused;
	if (n == table->n)
		return;
	table->bound->n -= table->n - n;
	table->n = n;
	chunks_shrink(table);
	slots_renew(table);
}

void socket_table_move(struct socket_table *to, struct socket_table *from)
{
	struct socket_bound *bound = to->bound;

	*to = *from;
	to->bound = bound;
	from->bound->n -= to->n;
	bound->n += to->n;
	socket_table_init(from, from->bound);
	for (size_t place = 0; place < to->n; place++)
		socket_at(to, place)->cell = 0;
}
