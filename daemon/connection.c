/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of connections. Within a state all have the same time allowed, so the order of entering
 * is the order of deadlines: finding the earliest looks at three heads, and so does finding the
 * oldest. Only the limit per address walks: over the connections of one bucket, at accept.
 */
#include "daemon/connection.h"

#include <string.h>
#include <sys/socket.h>

void connection_table_init(struct connection_table *table)
{
	*table = (struct connection_table){ .n = 0 };
	for (size_t i = 0; i < CONNECTION_STATES; i++)
		TAILQ_INIT(&table->states[i]);
	for (size_t i = 0; i < CONNECTION_BUCKETS; i++)
		TAILQ_INIT(&table->buckets[i]);
}

static struct connection_list *bucket_of(struct connection_table *table,
                                         const struct in6_addr *address)
{
	uint32_t words[4], hash = 0;

	memcpy(words, address, sizeof(words));
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		hash = (hash ^ words[i]) * UINT32_C(0x9e3779b1);
	return &table->buckets[hash >> 24];
}

/* Leaves the lists by which it can be found for cutting; the owner still holds it. */
static void table_cut(struct connection_table *table, struct connection *connection)
{
	/* Without the reset, a peer that takes nothing would leave its reply in kernel memory. */
	static const struct linger reset = { .l_onoff = 1, .l_linger = 0 };

	if (connection->state == CONNECTION_REPLYING)
		(void)setsockopt(connection->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	(void)shutdown(connection->fd, SHUT_RDWR);

	TAILQ_REMOVE(&table->states[connection->state], connection, in_state);
	if (connection->has_address)
		TAILQ_REMOVE(bucket_of(table, &connection->address), connection, in_bucket);
	connection->has_address = false;
	connection->state = CONNECTION_CUT;
	TAILQ_INSERT_TAIL(&table->states[CONNECTION_CUT], connection, in_state);
	table->n--;
}

static struct connection *older(struct connection *a, struct connection *b)
{
	if (!a || !b)
		return a ? a : b;
	return a->since_usec <= b->since_usec ? a : b;
}

bool connection_table_cut_oldest(struct connection_table *table)
{
	struct connection *oldest = older(TAILQ_FIRST(&table->states[CONNECTION_ARRIVING]),
	                                  TAILQ_FIRST(&table->states[CONNECTION_IDLE]));

	if (!oldest)
		return false;
	table_cut(table, oldest);
	table->n_rejected[HTTP_REJECTED_LIMIT]++;
	return true;
}

void connection_table_limit(struct connection_table *table, const struct connection_limits *limits)
{
	table->limits = *limits;
	while (table->n > limits->n && connection_table_cut_oldest(table))
		;
}

/* How many come from the address, and the oldest of them that may be cut. */
static uint64_t count_address(struct connection_table *table, const struct in6_addr *address,
                              struct connection **ret_oldest)
{
	struct connection *connection, *oldest = NULL;
	uint64_t n = 0;

	TAILQ_FOREACH(connection, bucket_of(table, address), in_bucket)
	{
		if (!IN6_ARE_ADDR_EQUAL(&connection->address, address))
			continue;
		n++;
		if (connection->state != CONNECTION_REPLYING)
			oldest = older(oldest, connection);
	}
	*ret_oldest = oldest;
	return n;
}

bool connection_table_admit(struct connection_table *table, const struct in6_addr *address)
{
	struct connection *oldest;

	if (address && count_address(table, address, &oldest) >= table->limits.n_per_address) {
		table->n_rejected[HTTP_REJECTED_ADDRESS]++;
		if (!oldest)
			return false;
		table_cut(table, oldest);
	}
	if (table->n >= table->limits.n && !connection_table_cut_oldest(table)) {
		table->n_rejected[HTTP_REJECTED_LIMIT]++;
		return false;
	}
	return true;
}

void connection_table_add(struct connection_table *table, struct connection *connection, int fd,
                          const struct in6_addr *address, uint64_t now_usec)
{
	connection->fd = fd;
	connection->state = CONNECTION_ARRIVING;
	connection->since_usec = now_usec;
	TAILQ_INSERT_TAIL(&table->states[CONNECTION_ARRIVING], connection, in_state);
	connection->has_address = address;
	if (address) {
		connection->address = *address;
		TAILQ_INSERT_TAIL(bucket_of(table, address), connection, in_bucket);
	}
	table->n++;
}

void connection_table_remove(struct connection_table *table, struct connection *connection)
{
	if (connection->state != CONNECTION_CUT)
		table->n--;
	TAILQ_REMOVE(&table->states[connection->state], connection, in_state);
	if (connection->has_address)
		TAILQ_REMOVE(bucket_of(table, &connection->address), connection, in_bucket);
}

void connection_table_enter(struct connection_table *table, struct connection *connection,
                            enum connection_state state, uint64_t now_usec)
{
	if (connection->state == state || connection->state == CONNECTION_CUT)
		return;
	TAILQ_REMOVE(&table->states[connection->state], connection, in_state);
	connection->state = state;
	connection->since_usec = now_usec;
	TAILQ_INSERT_TAIL(&table->states[state], connection, in_state);
}

uint64_t connection_table_deadline(const struct connection_table *table)
{
	uint64_t earliest = UINT64_MAX;

	for (size_t i = 0; i < CONNECTION_CUT; i++) {
		const struct connection *head = TAILQ_FIRST(&table->states[i]);

		if (head && head->since_usec + table->limits.usec[i] < earliest)
			earliest = head->since_usec + table->limits.usec[i];
	}
	return earliest;
}

void connection_table_expire(struct connection_table *table, uint64_t now_usec)
{
	for (size_t i = 0; i < CONNECTION_CUT; i++) {
		struct connection *head;

		while ((head = TAILQ_FIRST(&table->states[i])) != NULL &&
		       head->since_usec + table->limits.usec[i] <= now_usec) {
			if (i != CONNECTION_IDLE)
				table->n_rejected[HTTP_REJECTED_TIMEOUT]++;
			table_cut(table, head);
		}
	}
}
