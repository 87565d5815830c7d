/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What is remembered of each socket from one sample to the next, by its cookie: the counters of
 * which the next sample takes the difference, and since when its queue has not moved. Bounded:
 * beyond the bound sockets are not remembered, and counted.
 *
 * 64 bytes a socket, 8 to 16 for finding it, and up to 24 once others have gone.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What time was spent on while there was something to send (tcp_info's chronographs, Linux 4.10). */
enum socket_limit {
	SOCKET_LIMIT_NETWORK,     /* nothing else: the congestion window, pacing, the way itself */
	SOCKET_LIMIT_RECEIVER,    /* the peer's window */
	SOCKET_LIMIT_SEND_BUFFER, /* our own send buffer */
	SOCKET_LIMITS,
};

struct tracked_socket {
	uint64_t cookie;
	uint64_t sent_bytes;
	uint64_t retransmitted_bytes;
	uint64_t limited_usec[SOCKET_LIMITS];
	uint32_t acked_bytes;  /* modulo 2^32: it only tells whether anything was acknowledged */
	uint32_t filled_ticks; /* when the queue was first seen not empty; 0: it was empty */
	uint32_t moved_ticks;  /* when that was, or anything was acknowledged since */
	uint32_t cell : 24;    /* the socket's place among the sample's sums; 0: not known */
	uint32_t round : 7;    /* of the table, when it was last touched; 0: long ago */
	uint32_t missed : 1;   /* it was not touched in the last whole round */
};

/* How many sockets may be remembered, shared by the tables of all network namespaces. */
struct socket_bound {
	size_t n;
	size_t max;
	uint64_t n_refused; /* times that one was beyond the bound, or memory was short */
};

#define SOCKET_TABLE_CHUNK 64
#define SOCKET_CELL_MASK   0xffffff

struct socket_table {
	struct socket_bound *bound;
	bool complete; /* the last round was whole and refused none: what is new is young */

	size_t n; /* in the order in which they were first touched */
	size_t n_chunks;
	struct tracked_socket **chunks; /* of SOCKET_TABLE_CHUNK each */

	uint32_t *slots; /* a hash table with linear probing: places + 1, or 0 */
	size_t n_slots;  /* a power of two, or 0 */

	unsigned round; /* from 1 on */
	bool refused;   /* in this round */
	size_t next;    /* the place that is likely to be asked for next */
};

/* An empty table, without memory of its own yet. The bound must outlive it. */
void socket_table_init(struct socket_table *table, struct socket_bound *bound);
void socket_table_clear(struct socket_table *table);

/* Begins a round: a pass over all sockets. One that was not ended is forgotten. */
void socket_table_begin(struct socket_table *table);

enum socket_touch {
	SOCKET_KNOWN,   /* from the round before */
	SOCKET_BACK,    /* from an earlier one: it was not touched in the last whole round */
	SOCKET_NEW,     /* zeroed but for its cookie */
	SOCKET_AGAIN,   /* touched in this round already: told twice */
	SOCKET_REFUSED, /* beyond the bound; counted */
};

/*
 * The socket of the cookie; NULL for SOCKET_REFUSED. Pointers stay valid until socket_table_end().
 */
enum socket_touch socket_table_touch(struct socket_table *table, uint64_t cookie,
                                     struct tracked_socket **ret_socket);

/*
 * Ends a round. A socket that was not touched in this one and the one before is forgotten: a dump
 * that goes on where others have come and gone meanwhile may pass one over, and it would come back
 * as if it were new.
 */
void socket_table_end(struct socket_table *table);

/* Moves all sockets to the empty table to; their cells are not known any more. */
void socket_table_move(struct socket_table *to, struct socket_table *from);
