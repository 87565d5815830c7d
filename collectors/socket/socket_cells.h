/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The finest sums of a sample: a cell for each cgroup, port, peer and algorithm that sockets have,
 * as far as they are told apart at all. Names come afterwards, once per cell and not per socket.
 */
#include <stddef.h>

#include "collectors/socket/sock_diag.h"
#include "collectors/socket/socket_sums.h"

#define SOCKET_CELLS_MAX 16384

/* What sockets are told apart by; what is not asked for is 0 in all of them. */
struct socket_key {
	uint64_t cgroup_id;
	uint16_t port;      /* place in the list of ports, or their number */
	uint16_t peer;      /* the same of peers */
	uint16_t algorithm; /* number in the table of algorithms */
	uint8_t protocol;   /* enum socket_protocol */
	uint8_t overflow;   /* stands for all that there was no cell for */
};

struct socket_cell {
	struct socket_key key;
	struct socket_sums sums;     /* of the sample being taken */
	struct socket_totals totals; /* since they were last taken over */
	uint32_t next_free;
};

struct socket_cells {
	size_t n; /* places in use or free; the first is nothing's, the next ones are overflow's */
	size_t n_allocated;
	size_t n_used;
	uint32_t free; /* the first of the free places, or 0 */
	struct socket_cell *cells;

	uint32_t *slots; /* a hash table with linear probing: places of cells, or 0 */
	size_t n_slots;
};

/* 0 or −ENOMEM; socket_cells_clear() is due in both cases. */
int socket_cells_init(struct socket_cells *cells);
void socket_cells_clear(struct socket_cells *cells);

/* Begins a sample: all sums are 0 again. */
void socket_cells_begin(struct socket_cells *cells);

/* The place of the key's cell: above 0; that of overflow beyond the bound or out of memory. */
uint32_t socket_cells_find(struct socket_cells *cells, const struct socket_key *key);

/*
 * Ends a sample: hands each cell that has anything to take, then empties its totals. A place stays
 * the key's as long as there are sockets of that key in every sample.
 */
void socket_cells_end(struct socket_cells *cells,
                      void (*take)(const struct socket_cell *cell, void *context), void *context);

static inline struct socket_cell *socket_cell_at(const struct socket_cells *cells, uint32_t place)
{
	return &cells->cells[place];
}

static inline bool socket_key_equal(const struct socket_key *a, const struct socket_key *b)
{
	return a->cgroup_id == b->cgroup_id && a->port == b->port && a->peer == b->peer &&
		a->algorithm == b->algorithm && a->protocol == b->protocol;
}
