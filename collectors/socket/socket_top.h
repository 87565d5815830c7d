/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The sockets of a sample that stand out: for each order the first ones by it, found while the
 * sample is taken. Bounded by their number for each order, whatever the number of sockets.
 */
#include <stdint.h>

#include "collectors/socket/socket_message.h"
#include "collectors/socket/socket_table.h"

enum socket_order {
	SOCKET_BY_SEND_QUEUE,
	SOCKET_BY_RETRANSMISSIONS,
	SOCKET_BY_ROUND_TRIP,
	SOCKET_BY_STALL,
	SOCKET_ORDERS,
};

/* All that is told of one socket but the names of its owner and its network namespace. */
struct socket_detail {
	struct socket_message message;
	uint64_t stalled_usec;    /* 0: not */
	uint64_t backlogged_usec; /* 0: empty, or not tracked */
	uint64_t limited_usec[SOCKET_LIMITS];
	uint8_t orders; /* bit per order that keeps it; 0: its place is free */
	uint32_t next_free;
};

/* By what it is compared in an order. */
uint64_t socket_detail_value(const struct socket_detail *detail, enum socket_order order);

struct socket_top_entry {
	uint64_t value;
	uint32_t place;
};

struct socket_top {
	size_t max; /* of each order */
	size_t n;   /* places in use or free */
	size_t n_allocated;
	uint32_t free; /* the first of the free places */
	struct socket_detail *details;
	struct {
		size_t n;
		struct socket_top_entry *entries; /* a heap, the least value first */
	} heaps[SOCKET_ORDERS];
};

/* 0 or −ENOMEM; socket_top_clear() is due in both cases, and accepts a zeroed one. */
int socket_top_init(struct socket_top *top, size_t max);
void socket_top_clear(struct socket_top *top);

/* Begins a sample. */
void socket_top_begin(struct socket_top *top);

/*
 * Offers a socket, whose values are those of the orders. Where it stands out it gets a detail,
 * which is the caller's to fill: message and times. NULL when it does not, or out of memory.
 */
struct socket_detail *socket_top_offer(struct socket_top *top,
                                       const uint64_t values[static SOCKET_ORDERS]);
