/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What sockets amount to together: as they are now, and what has come of them over time. */
#include <stdbool.h>
#include <stdint.h>

#include "collectors/socket/socket_table.h"

/* Of one sample. Those behind the queue are of TCP alone. */
struct socket_sums {
	uint64_t n_sockets;
	uint64_t queue_bytes;
	uint64_t longest_queue_bytes;
	uint64_t n_backlogged;
	uint64_t unsent_bytes;
	uint64_t n_unsent_unknown; /* queues not empty whose kernel does not tell */
	uint64_t n_stalled;
	uint64_t n_application_limited;
	uint64_t pacing_bytes_per_second;
};

/* Differences between samples, added up. */
struct socket_totals {
	uint64_t sent_bytes;
	uint64_t retransmitted_bytes;
	uint64_t limited_usec[SOCKET_LIMITS];
};

static inline void socket_sums_add(struct socket_sums *sums, const struct socket_sums *more)
{
	sums->n_sockets += more->n_sockets;
	sums->queue_bytes += more->queue_bytes;
	if (more->longest_queue_bytes > sums->longest_queue_bytes)
		sums->longest_queue_bytes = more->longest_queue_bytes;
	sums->n_backlogged += more->n_backlogged;
	sums->unsent_bytes += more->unsent_bytes;
	sums->n_unsent_unknown += more->n_unsent_unknown;
	sums->n_stalled += more->n_stalled;
	sums->n_application_limited += more->n_application_limited;
	sums->pacing_bytes_per_second += more->pacing_bytes_per_second;
}

static inline void socket_totals_add(struct socket_totals *totals, const struct socket_totals *more)
{
	totals->sent_bytes += more->sent_bytes;
	totals->retransmitted_bytes += more->retransmitted_bytes;
	for (unsigned i = 0; i < SOCKET_LIMITS; i++)
		totals->limited_usec[i] += more->limited_usec[i];
}
