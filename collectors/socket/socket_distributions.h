/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Histograms over sockets. Those of queues have an observation per socket and sample, and are kept
 * apart until the sample is whole; those of what was sent have one per socket that sent, which is
 * true whatever becomes of the sample.
 */
#include "collectors/socket/socket_message.h"
#include "daemon/histogram.h"

enum {
	SOCKET_DEPTH_BYTES,
	SOCKET_FILL_RATIO, /* in billionths */
	SOCKET_QUEUE_DISTRIBUTIONS,
};

extern const struct histogram_bounds socket_depth_bounds;
extern const struct histogram_bounds socket_fill_bounds;
extern const struct histogram_bounds socket_round_trip_bounds; /* nanoseconds */
extern const struct histogram_bounds socket_window_bounds;

struct socket_queue_distribution {
	struct histogram *sample;
	struct histogram *all;
};

struct socket_distributions {
	struct socket_queue_distribution queues[SOCKET_PROTOCOLS][SOCKET_QUEUE_DISTRIBUTIONS];
	struct histogram *round_trip;
	struct histogram *window;
};

/* 0 or −ENOMEM; socket_distributions_clear() is due in both cases, and accepts zeroed ones. */
int socket_distributions_init(struct socket_distributions *distributions);
void socket_distributions_clear(struct socket_distributions *distributions);

/* Begins a sample; one that was not ended is forgotten. */
void socket_distributions_begin(struct socket_distributions *distributions);

/* Observes the queue of a socket that has one. */
void socket_distributions_add(struct socket_distributions *distributions,
                              const struct socket_message *socket);

/* Observes a TCP socket that has sent since the last sample. */
void socket_distributions_add_sender(struct socket_distributions *distributions,
                                     const struct socket_message *socket);

/* The sample is whole, and joins those before it. */
void socket_distributions_end(struct socket_distributions *distributions);

/* Exchanges all that was observed. */
void socket_distributions_swap(struct socket_distributions *a, struct socket_distributions *b);
