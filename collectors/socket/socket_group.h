/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The sockets of one protocol in sums: what a sample adds up, what lives on from sample to sample,
 * and the metrics that both become. Memory does not grow with the number of sockets.
 */
#include "collectors/peak.h"
#include "collectors/socket/sock_diag.h"
#include "daemon/batch.h"
#include "daemon/histogram.h"

struct socket_group {
	enum socket_protocol protocol;

	/* The sample being taken. */
	uint64_t n_sockets[SOCKET_FAMILIES][SOCKET_STATES];
	uint64_t queue_bytes;
	uint64_t longest_queue_bytes;
	uint64_t unsent_bytes;
	bool unsent_unknown; /* of some queue that is not empty */
	struct histogram *depths;

	/* All whole samples. */
	struct histogram *all_depths;
	struct peak peak;
};

/* All that a group may write; ended by NULL. */
extern const struct metric_table *const socket_group_tables[];

/* "tcp", "udp" */
extern const char *const socket_protocol_names[SOCKET_PROTOCOLS];

/* 0, or −ENOMEM; socket_group_clear() is due in both cases, and accepts a zeroed group. */
int socket_group_init(struct socket_group *group, enum socket_protocol protocol,
                      uint64_t peak_window_usec);
void socket_group_clear(struct socket_group *group);

/* A bit for each state that the protocol's sockets can be in. */
uint32_t socket_group_states(const struct socket_group *group);

/* Begins a sample; one that was not committed is forgotten. */
void socket_group_begin(struct socket_group *group);

/* Adds one socket, which is in one of the protocol's states, to the sample. */
void socket_group_add(struct socket_group *group, const struct socket_message *socket);

/* The sample is whole, and joins those before it; now_usec is CLOCK_MONOTONIC. */
void socket_group_commit(struct socket_group *group, uint64_t now_usec);

/* Writes the committed sample and what has become of all samples. */
void socket_group_write(const struct socket_group *group, uint64_t now_usec, struct batch *batch);
