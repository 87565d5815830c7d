/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A heap for each order, of places in one pool of details: a socket that stands out in several ways
 * is kept once. Most sockets are turned down by four comparisons.
 */
#include "collectors/socket/socket_top.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NO_PLACE UINT32_MAX

int socket_top_init(struct socket_top *top, size_t max)
{
	*top = (struct socket_top){ .max = max, .free = NO_PLACE };
	for (unsigned order = 0; order < SOCKET_ORDERS; order++) {
		top->heaps[order].entries = calloc(max, sizeof(struct socket_top_entry));
		if (!top->heaps[order].entries)
			return -ENOMEM;
	}
	return 0;
}

void socket_top_clear(struct socket_top *top)
{
	for (unsigned order = 0; order < SOCKET_ORDERS; order++)
		free(top->heaps[order].entries);
	free(top->details);
	*top = (struct socket_top){ 0 };
}

void socket_top_begin(struct socket_top *top)
{
	top->n = 0;
	top->free = NO_PLACE;
	for (unsigned order = 0; order < SOCKET_ORDERS; order++)
		top->heaps[order].n = 0;
}

uint64_t socket_detail_value(const struct socket_detail *detail, enum socket_order order)
{
	switch (order) {
	case SOCKET_BY_SEND_QUEUE:
		return detail->message.queue_bytes;
	case SOCKET_BY_RETRANSMISSIONS:
		return detail->message.info.tcpi_total_retrans;
	case SOCKET_BY_ROUND_TRIP:
		return detail->message.info.tcpi_rtt;
	case SOCKET_BY_STALL:
		return detail->stalled_usec;
	case SOCKET_ORDERS:
		break;
	}
	return 0;
}

static bool wants(const struct socket_top *top, unsigned order, uint64_t value)
{
	return top->heaps[order].n < top->max ||
		(top->max && value > top->heaps[order].entries[0].value);
}

static bool places_grow(struct socket_top *top)
{
	size_t n = top->n_allocated ? 2 * top->n_allocated : 16;
	struct socket_detail *details;

	if (top->n < top->n_allocated)
		return true;
	details = reallocarray(top->details, n, sizeof(*details));
	if (!details)
		return false;
	top->details = details;
	top->n_allocated = n;
	return true;
}

/* A free place: one that no order keeps any more, or a new one. NO_PLACE: out of memory. */
static uint32_t place_take(struct socket_top *top)
{
	uint32_t place = top->free;

	if (place != NO_PLACE) {
		top->free = top->details[place].next_free;
		return place;
	}
	return places_grow(top) ? (uint32_t)top->n++ : NO_PLACE;
}

/* The order does not keep it any more. */
static void place_drop(struct socket_top *top, uint32_t place, unsigned order)
{
	struct socket_detail *detail = &top->details[place];

	detail->orders &= (uint8_t) ~(1U << order);
	if (detail->orders)
		return;
	detail->next_free = top->free;
	top->free = place;
}

static void sift_up(struct socket_top_entry *entries, size_t i)
{
	struct socket_top_entry entry = entries[i];

	for (; i > 0 && entries[(i - 1) / 2].value > entry.value; i = (i - 1) / 2)
		entries[i] = entries[(i - 1) / 2];
	entries[i] = entry;
}

static void sift_down(struct socket_top_entry *entries, size_t n)
{
	struct socket_top_entry entry = entries[0];
	size_t i = 0, child;

	while ((child = 2 * i + 1) < n) {
		child += child + 1 < n && entries[child + 1].value < entries[child].value;
		if (entries[child].value >= entry.value)
			break;
		entries[i] = entries[child];
		i = child;
	}
	entries[i] = entry;
}

/* Puts the place in, in the least one's stead if need be. */
static void heap_put(struct socket_top *top, unsigned order, struct socket_top_entry entry)
{
	struct socket_top_entry *entries = top->heaps[order].entries;

	if (top->heaps[order].n < top->max) {
		entries[top->heaps[order].n] = entry;
		sift_up(entries, top->heaps[order].n++);
		return;
	}
	place_drop(top, entries[0].place, order);
	entries[0] = entry;
	sift_down(entries, top->max);
}

struct socket_detail *socket_top_offer(struct socket_top *top,
                                       const uint64_t values[static SOCKET_ORDERS])
{
	uint8_t orders = 0;
	uint32_t place;

	for (unsigned order = 0; order < SOCKET_ORDERS; order++)
		if (wants(top, order, values[order]))
			orders |= (uint8_t)(1U << order);
	if (!orders)
		return NULL;
	place = place_take(top);
	if (place == NO_PLACE)
		return NULL;
	top->details[place].orders = orders;
	for (unsigned order = 0; order < SOCKET_ORDERS; order++)
		if (orders >> order & 1)
			heap_put(top, order, (struct socket_top_entry){ values[order], place });
	return &top->details[place];
}
