/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The sockets of one network namespace, counted again and again: what the sample being taken adds
 * up to, and what has come of all samples.
 *
 * What is now (queues, states) is of the last whole sample, or not told. What was (bytes sent, time
 * spent) is added up as each socket's difference is seen, also in samples that were given up: the
 * next difference begins there.
 */
#include "collectors/socket/socket_cells.h"
#include "collectors/socket/socket_distributions.h"
#include "collectors/socket/socket_groups.h"
#include "collectors/socket/socket_top.h"

struct socket_census {
	const struct socket_setup *setup;
	struct socket_table table;
	struct socket_algorithms algorithms;
	struct socket_cells cells;
	struct socket_groups groups[SOCKET_PROTOCOLS];
	struct socket_distributions distributions;
	struct socket_top top;

	/* The sample being taken. */
	uint64_t now_usec; /* CLOCK_MONOTONIC */
	uint32_t now_ticks;
	uint64_t n_sockets[SOCKET_PROTOCOLS][SOCKET_FAMILIES][SOCKET_STATES];
	uint64_t n_remains;       /* in FIN_WAIT_2 of which only a TIME_WAIT socket is left */
	size_t least_info_length; /* of tcp_info, of all samples */

	uint64_t mptcp_due_usec; /* when MPTCP sockets are looked for again, as there were none */
	bool has_time_wait;
	uint64_t n_time_wait; /* told by who takes the sample: they are not listed */
};

/* 0 or −ENOMEM; the setup must outlive it. */
int socket_census_new(const struct socket_setup *setup, struct socket_census **ret_census);
void socket_census_free(struct socket_census *census);
DEFINE_CLEANUP(struct socket_census, socket_census_free)

/* Begins a sample at now_usec (CLOCK_MONOTONIC); one that was not ended is forgotten. */
void socket_census_begin(struct socket_census *census, uint64_t now_usec);

/* Adds one socket to the sample. */
void socket_census_add(struct socket_census *census, const struct socket_message *socket);

/*
 * The sample is whole: finds out whose the sockets are. 0, or −errno with the reason.
 */
int socket_census_end(struct socket_census *census);

/*
 * Takes over from the census of a former setup what was counted; what was told apart by other
 * things stays behind.
 */
void socket_census_inherit(struct socket_census *census, struct socket_census *former);
