/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "collectors/socket/socket_distributions.h"

#include <errno.h>
#include <string.h>

#include "daemon/clock.h"

#define BOUNDS(values)                                     \
	{                                                  \
		.n = ARRAY_SIZE(values), .upper = (values) \
	}
#define NSEC_PER_SEC UINT64_C(1000000000)
#define USEC         NSEC_PER_USEC
#define MSEC         (1000 * NSEC_PER_USEC)

/* An empty queue, then 1 KiB to 64 MiB in steps of 4. */
static const uint64_t depth_upper_bytes[] = {
	0, 1 << 10, 1 << 12, 1 << 14, 1 << 16, 1 << 18, 1 << 20, 1 << 22, 1 << 24, 1 << 26,
};

/* The last one before infinity is a full buffer: the kernel lets the last write exceed it. */
static const uint64_t fill_upper[] = {
	0, 100000000, 250000000, 500000000, 750000000, 900000000, 1000000000,
};

static const uint64_t round_trip_upper_nsec[] = {
	25 * USEC,   50 * USEC,  100 * USEC,  250 * USEC,  500 * USEC, 1 * MSEC,
	2500 * USEC, 5 * MSEC,   10 * MSEC,   25 * MSEC,   50 * MSEC,  100 * MSEC,
	250 * MSEC,  500 * MSEC, 1000 * MSEC, 2500 * MSEC,
};

static const uint64_t window_upper_bytes[] = {
	1 << 12, 1 << 14, 1 << 16, 1 << 18, 1 << 20, 1 << 22, 1 << 24, 1 << 26,
};

const struct histogram_bounds socket_depth_bounds = BOUNDS(depth_upper_bytes);
const struct histogram_bounds socket_fill_bounds = BOUNDS(fill_upper);
const struct histogram_bounds socket_round_trip_bounds = BOUNDS(round_trip_upper_nsec);
const struct histogram_bounds socket_window_bounds = BOUNDS(window_upper_bytes);

static const struct histogram_bounds *const queue_bounds[SOCKET_QUEUE_DISTRIBUTIONS] = {
	[SOCKET_DEPTH_BYTES] = &socket_depth_bounds,
	[SOCKET_FILL_RATIO] = &socket_fill_bounds,
};

int socket_distributions_init(struct socket_distributions *distributions)
{
	bool whole = true;

	for (unsigned i = 0; i < SOCKET_PROTOCOLS; i++) {
		for (unsigned j = 0; j < SOCKET_QUEUE_DISTRIBUTIONS; j++) {
			struct socket_queue_distribution *queue = &distributions->queues[i][j];

			queue->sample = histogram_new(queue_bounds[j]);
			queue->all = histogram_new(queue_bounds[j]);
			whole &= queue->sample && queue->all;
		}
	}
	distributions->round_trip = histogram_new(&socket_round_trip_bounds);
	distributions->window = histogram_new(&socket_window_bounds);
	return whole && distributions->round_trip && distributions->window ? 0 : -ENOMEM;
}

void socket_distributions_clear(struct socket_distributions *distributions)
{
	for (unsigned i = 0; i < SOCKET_PROTOCOLS; i++) {
		for (unsigned j = 0; j < SOCKET_QUEUE_DISTRIBUTIONS; j++) {
			histogram_free(distributions->queues[i][j].sample);
			histogram_free(distributions->queues[i][j].all);
		}
	}
	histogram_free(distributions->round_trip);
	histogram_free(distributions->window);
	*distributions = (struct socket_distributions){ 0 };
}

void socket_distributions_begin(struct socket_distributions *distributions)
{
	for (unsigned i = 0; i < SOCKET_PROTOCOLS; i++) {
		for (unsigned j = 0; j < SOCKET_QUEUE_DISTRIBUTIONS; j++) {
			struct histogram *sample = distributions->queues[i][j].sample;

			sample->sum = 0;
			memset(sample->counts, 0,
			       (sample->bounds->n + 1) * sizeof(sample->counts[0]));
		}
	}
}

void socket_distributions_add(struct socket_distributions *distributions,
                              const struct socket_message *socket)
{
	const struct socket_queue_distribution *queues = distributions->queues[socket->protocol];

	histogram_observe(queues[SOCKET_DEPTH_BYTES].sample, socket->queue_bytes);
	if (!socket->has_memory || socket->buffer_bytes == 0)
		return;
	histogram_observe(queues[SOCKET_FILL_RATIO].sample,
	                  (uint64_t)socket->queued_bytes * NSEC_PER_SEC / socket->buffer_bytes);
}

void socket_distributions_add_sender(struct socket_distributions *distributions,
                                     const struct socket_message *socket)
{
	const struct tcp_info *info = &socket->info;

	histogram_observe(distributions->window,
	                  (uint64_t)info->tcpi_snd_cwnd * info->tcpi_snd_mss);
	if (info->tcpi_rtt) /* 0 before the first one is measured */
		histogram_observe(distributions->round_trip, info->tcpi_rtt * NSEC_PER_USEC);
}

void socket_distributions_end(struct socket_distributions *distributions)
{
	for (unsigned i = 0; i < SOCKET_PROTOCOLS; i++) {
		for (unsigned j = 0; j < SOCKET_QUEUE_DISTRIBUTIONS; j++) {
			const struct histogram *sample = distributions->queues[i][j].sample;
			struct histogram *all = distributions->queues[i][j].all;

			all->sum += sample->sum;
			for (size_t k = 0; k <= sample->bounds->n; k++)
				all->counts[k] += sample->counts[k];
		}
	}
}

void socket_distributions_swap(struct socket_distributions *a, struct socket_distributions *b)
{
	struct socket_distributions kept = *a;

	*a = *b;
	*b = kept;
}
