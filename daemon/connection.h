/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Who is connected, since when, and who has to go. Each connection is in one state; the ones in a
 * state are kept in the order in which they entered it, so that the earliest deadline of each is at
 * its head. A deadline is absolute: what a client sends or takes meanwhile does not move it.
 *
 * Cutting a connection is shutdown(2) of its socket: whoever reads from it finds it closed, closes
 * it, and removes it here. From the cut on it counts for nothing.
 */
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "daemon/http.h"

enum connection_state {
	CONNECTION_ARRIVING, /* a request is expected or has begun */
	CONNECTION_REPLYING, /* a reply has not been taken whole */
	CONNECTION_IDLE,     /* kept alive between requests */
	CONNECTION_CUT,      /* waits for being removed */
	CONNECTION_STATES,
};

#define CONNECTION_BUCKETS 256

/* A part of the owner's own struct; all of it belongs to the table. */
struct connection {
	TAILQ_ENTRY(connection) in_state;
	TAILQ_ENTRY(connection) in_bucket; /* those with an address */
	enum connection_state state;
	uint64_t since_usec; /* when it entered the state */
	int fd;
	bool has_address;
	struct in6_addr address;
};

TAILQ_HEAD(connection_list, connection);

struct connection_limits {
	uint64_t n;
	uint64_t n_per_address;
	uint64_t usec[CONNECTION_CUT]; /* how long each state may last */
};

struct connection_table {
	struct connection_limits limits;
	struct connection_list states[CONNECTION_STATES];
	struct connection_list buckets[CONNECTION_BUCKETS];
	uint64_t n; /* not counting those that are cut */
	uint64_t n_rejected[HTTP_REJECTIONS];
};

/* An empty table; nothing may be added before the limits are set. */
void connection_table_init(struct connection_table *table);

/* Takes new limits into use; the oldest beyond them are cut. */
void connection_table_limit(struct connection_table *table, const struct connection_limits *limits);

/*
 * Whether one more may come from the address (NULL: from a peer that has none). At a limit the
 * oldest connection that is not in the middle of a reply is cut for it; false when there is none.
 * Either way the rejection is counted.
 */
bool connection_table_admit(struct connection_table *table, const struct in6_addr *address);

/* Cuts the oldest that is not mid-reply, counted as HTTP_REJECTED_LIMIT; false: there is none. */
bool connection_table_cut_oldest(struct connection_table *table);

/* Adds an arriving connection. */
void connection_table_add(struct connection_table *table, struct connection *connection, int fd,
                          const struct in6_addr *address, uint64_t now_usec);

void connection_table_remove(struct connection_table *table, struct connection *connection);

/* Enters the state, unless it is in that state already or has been cut. */
void connection_table_enter(struct connection_table *table, struct connection *connection,
                            enum connection_state state, uint64_t now_usec);

/* The earliest deadline, in the clock of the times given; UINT64_MAX when there is none. */
uint64_t connection_table_deadline(const struct connection_table *table);

/* Cuts all whose deadline has come; all but idle ones are counted as HTTP_REJECTED_TIMEOUT. */
void connection_table_expire(struct connection_table *table, uint64_t now_usec);
