/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The families that the collector may export. Tables of groups have the labels of a group in the
 * order of SOCKET_LABELS; netns is last in all of them, and absent in our own network namespace.
 */
#include "daemon/metric.h"

/* protocol, family, state, netns */
extern const struct metric_table socket_state_table;

/* protocol, group, netns */
extern const struct metric_table socket_queue_table;
enum {
	SOCKET_QUEUE_BYTES,
	SOCKET_QUEUE_PEAK_BYTES,
	SOCKET_QUEUE_BACKLOGGED,
	SOCKET_QUEUE_FAMILIES
};

/* group, netns */
extern const struct metric_table socket_tcp_table;
enum {
	SOCKET_TCP_UNSENT_BYTES,
	SOCKET_TCP_UNACKED_BYTES,
	SOCKET_TCP_STALLED,
	SOCKET_TCP_SENT_BYTES,
	SOCKET_TCP_RETRANSMITTED_BYTES,
	SOCKET_TCP_APPLICATION_LIMITED,
	SOCKET_TCP_PACING_RATE,
	SOCKET_TCP_FAMILIES,
};

/* group, limit, netns */
extern const struct metric_table socket_busy_table;

/* protocol, netns; families by SOCKET_DEPTH_BYTES, SOCKET_FILL_RATIO */
extern const struct metric_table socket_distribution_table;

/* netns */
extern const struct metric_table socket_sender_table;
enum { SOCKET_SENDER_ROUND_TRIP, SOCKET_SENDER_WINDOW, SOCKET_SENDER_FAMILIES };

/* algorithm, netns */
extern const struct metric_table socket_algorithm_table;

/* No labels: all network namespaces together. */
extern const struct metric_table socket_bound_table;
enum { SOCKET_BOUND_TRACKED, SOCKET_BOUND_UNTRACKED };

/* netns: other network namespaces alone. */
extern const struct metric_table socket_namespace_table;

/* All of these; ended by NULL. */
extern const struct metric_table *const socket_metric_tables[];
