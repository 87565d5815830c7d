/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "collectors/socket/socket_census.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/clock.h"

#define TICK_USEC 10000 /* 32 bits of them are 497 days */

static int census_init(struct socket_census *census)
{
	int error = socket_cells_init(&census->cells);

	for (unsigned i = 0; i < SOCKET_PROTOCOLS && !error; i++)
		error = socket_groups_init(&census->groups[i], census->setup, i);
	if (!error)
		error = socket_distributions_init(&census->distributions);
	if (!error)
		error = socket_top_init(&census->top, census->setup->options->top);
	return error;
}

int socket_census_new(const struct socket_setup *setup, struct socket_census **ret_census)
{
	struct socket_census *census cleanup(socket_census_free) = calloc(1, sizeof(*census));

	if (!census)
		return -ENOMEM;
	census->setup = setup;
	census->least_info_length = SIZE_MAX;
	socket_table_init(&census->table, setup->bound);
	if (census_init(census) < 0)
		return -ENOMEM;
	*ret_census = steal_pointer(census);
	return 0;
}

void socket_census_free(struct socket_census *census)
{
	if (!census)
		return;
	socket_table_clear(&census->table);
	socket_cells_clear(&census->cells);
	for (unsigned i = 0; i < SOCKET_PROTOCOLS; i++)
		socket_groups_clear(&census->groups[i]);
	socket_distributions_clear(&census->distributions);
	socket_top_clear(&census->top);
	free(census);
}

void socket_census_begin(struct socket_census *census, uint64_t now_usec)
{
	census->now_usec = now_usec;
	census->now_ticks = (uint32_t)(now_usec / TICK_USEC);
	census->now_ticks += census->now_ticks == 0; /* which has a meaning of its own */
	census->n_remains = 0;
	memset(census->n_sockets, 0, sizeof(census->n_sockets));
	memset(census->algorithms.n_sockets, 0, sizeof(census->algorithms.n_sockets));
	socket_table_begin(&census->table);
	socket_cells_begin(&census->cells);
	socket_distributions_begin(&census->distributions);
	socket_top_begin(&census->top);
}

/* How much a counter of the kernel has grown. One that went back has begun again, at 0. */
static uint64_t grown(uint64_t before, uint64_t now)
{
	return now >= before ? now - before : now;
}

static void limited_usec(const struct tcp_info *info, uint64_t usec[static SOCKET_LIMITS])
{
	uint64_t parts = info->tcpi_rwnd_limited + info->tcpi_sndbuf_limited;

	usec[SOCKET_LIMIT_RECEIVER] = info->tcpi_rwnd_limited;
	usec[SOCKET_LIMIT_SEND_BUFFER] = info->tcpi_sndbuf_limited;
	usec[SOCKET_LIMIT_NETWORK] = info->tcpi_busy_time > parts ? info->tcpi_busy_time - parts
								  : 0;
}

/* What the counters of a connection say now becomes what they said before. */
static void remember(struct tracked_socket *tracked, const struct tcp_info *info)
{
	tracked->sent_bytes = info->tcpi_bytes_sent;
	tracked->retransmitted_bytes = info->tcpi_bytes_retrans;
	limited_usec(info, tracked->limited_usec);
}

/* Adds what has come of a connection since it was last seen. */
static void add_growth(struct socket_census *census, struct tracked_socket *tracked,
                       const struct socket_message *socket, struct socket_totals *totals)
{
	const struct tracked_socket before = *tracked;
	uint64_t sent;

	remember(tracked, &socket->info);
	sent = grown(before.sent_bytes, tracked->sent_bytes);
	totals->sent_bytes += sent;
	totals->retransmitted_bytes +=
		grown(before.retransmitted_bytes, tracked->retransmitted_bytes);
	for (unsigned i = 0; i < SOCKET_LIMITS; i++)
		totals->limited_usec[i] += grown(before.limited_usec[i], tracked->limited_usec[i]);
	if (sent)
		socket_distributions_add_sender(&census->distributions, socket);
}

/* Since when the queue is not empty, and since when nothing left it. */
static void follow_queue(const struct socket_census *census, struct tracked_socket *tracked,
                         const struct socket_message *socket)
{
	uint32_t acked = (uint32_t)socket->info.tcpi_bytes_acked;

	if (socket->queue_bytes == 0)
		tracked->filled_ticks = 0;
	else if (tracked->filled_ticks == 0)
		tracked->filled_ticks = tracked->moved_ticks = census->now_ticks;
	else if (acked != tracked->acked_bytes)
		tracked->moved_ticks = census->now_ticks;
	tracked->acked_bytes = acked;
}

static uint64_t usec_since(const struct socket_census *census, uint32_t ticks)
{
	return (uint64_t)(uint32_t)(census->now_ticks - ticks) * TICK_USEC;
}

static void add_sums(struct socket_sums *sums, const struct socket_message *socket)
{
	const struct tcp_info *info = &socket->info;

	sums->n_sockets++;
	sums->queue_bytes += socket->queue_bytes;
	if (socket->queue_bytes > sums->longest_queue_bytes)
		sums->longest_queue_bytes = socket->queue_bytes;
	if (socket->protocol != SOCKET_TCP)
		return;
	if (SOCKET_MESSAGE_HAS(socket, tcpi_notsent_bytes))
		sums->unsent_bytes += socket_message_unsent(socket);
	else
		sums->n_unsent_unknown += socket->queue_bytes > 0;
	sums->n_application_limited += info->tcpi_delivery_rate_app_limited;
	if (info->tcpi_pacing_rate != UINT64_MAX)
		sums->pacing_bytes_per_second += info->tcpi_pacing_rate;
}

/* For how long the queue has not been empty, and nothing has left it; 0: it is, or something has. */
struct waiting {
	uint64_t backlogged_usec, stalled_usec;
};

static struct waiting waiting_of(const struct socket_census *census,
                                 const struct tracked_socket *tracked,
                                 const struct socket_message *socket)
{
	struct waiting waiting = { 0 };

	if (!tracked || !tracked->filled_ticks)
		return waiting;
	waiting.backlogged_usec = usec_since(census, tracked->filled_ticks);
	if (SOCKET_MESSAGE_HAS(socket, tcpi_bytes_acked))
		waiting.stalled_usec = usec_since(census, tracked->moved_ticks);
	return waiting;
}

static void add_waiting(const struct socket_census *census, struct socket_sums *sums,
                        const struct waiting *waiting)
{
	const struct socket_options *options = census->setup->options;

	/* Not empty for no time at all is not yet waiting, however short a wait counts. */
	sums->n_backlogged += waiting->backlogged_usec > 0 &&
		waiting->backlogged_usec >= options->backlog_after_usec;
	sums->n_stalled += waiting->stalled_usec > 0 &&
		waiting->stalled_usec >= options->stall_after_usec;
}

static void offer(struct socket_census *census, const struct socket_message *socket,
                  const struct waiting *waiting)
{
	const uint64_t values[SOCKET_ORDERS] = {
		[SOCKET_BY_SEND_QUEUE] = socket->queue_bytes,
		[SOCKET_BY_RETRANSMISSIONS] = socket->info.tcpi_total_retrans,
		[SOCKET_BY_ROUND_TRIP] = socket->info.tcpi_rtt,
		[SOCKET_BY_STALL] = waiting->stalled_usec,
	};
	struct socket_detail *detail = socket_top_offer(&census->top, values);

	if (!detail)
		return;
	detail->message = *socket;
	detail->backlogged_usec = waiting->backlogged_usec;
	detail->stalled_usec = waiting->stalled_usec;
	limited_usec(&socket->info, detail->limited_usec);
}

/*
 * What is remembered of the socket: every connection, and other sockets while something waits in
 * them. NULL: nothing.
 */
static enum socket_touch track(struct socket_census *census, const struct socket_message *socket,
                               struct tracked_socket **ret_tracked)
{
	enum socket_touch touch;

	*ret_tracked = NULL;
	if (socket->info_length == 0 && socket->queue_bytes == 0)
		return SOCKET_REFUSED;
	touch = socket_table_touch(&census->table, socket->cookie, ret_tracked);
	/* Older than the first whole sample: how it came to be what it is, nobody saw. */
	if (touch == SOCKET_NEW && !census->table.complete)
		remember(*ret_tracked, &socket->info);
	/* What is remembered only while something waits in it was empty meanwhile. */
	if (touch == SOCKET_BACK && socket->info_length == 0)
		(*ret_tracked)->filled_ticks = 0;
	return touch;
}

/* Whether it has been disconnected and connected again meanwhile, perhaps to somebody else. */
static bool has_begun_again(const struct tracked_socket *tracked,
                            const struct socket_message *socket)
{
	return socket->info.tcpi_bytes_sent < tracked->sent_bytes;
}

static struct socket_cell *cell_of(struct socket_census *census, struct tracked_socket *tracked,
                                   const struct socket_message *socket, uint16_t algorithm)
{
	const struct socket_sorting *sorting = &census->setup->sorting;
	struct socket_key key;
	uint32_t place;

	/* Other sockets than connections may change their ends. */
	if (tracked && tracked->cell && socket->protocol == SOCKET_TCP &&
	    !has_begun_again(tracked, socket) &&
	    socket_sorting_same(sorting, &socket_cell_at(&census->cells, tracked->cell)->key,
	                        socket, algorithm))
		return socket_cell_at(&census->cells, tracked->cell);
	key = socket_sorting_key(sorting, socket, algorithm);
	place = socket_cells_find(&census->cells, &key);
	if (tracked)
		tracked->cell = place & SOCKET_CELL_MASK;
	return socket_cell_at(&census->cells, place);
}

static void add_queue(struct socket_census *census, const struct socket_message *socket,
                      struct tracked_socket *tracked)
{
	uint16_t algorithm = socket_algorithm_find(&census->algorithms, socket->algorithm);
	struct socket_cell *cell = cell_of(census, tracked, socket, algorithm);
	struct waiting waiting;

	if (socket->info_length && socket->info_length < census->least_info_length)
		census->least_info_length = socket->info_length;
	census->algorithms.n_sockets[algorithm] += socket->protocol == SOCKET_TCP;
	if (tracked) {
		follow_queue(census, tracked, socket);
		if (socket->info_length)
			add_growth(census, tracked, socket, &cell->totals);
	}
	waiting = waiting_of(census, tracked, socket);
	add_sums(&cell->sums, socket);
	add_waiting(census, &cell->sums, &waiting);
	socket_distributions_add(&census->distributions, socket);
	offer(census, socket, &waiting);
}

void socket_census_add(struct socket_census *census, const struct socket_message *socket)
{
	struct tracked_socket *tracked = NULL;

	if (socket->has_queue && track(census, socket, &tracked) == SOCKET_AGAIN) {
		census->setup->env->tally->skipped_objects++;
		return;
	}
	census->n_sockets[socket->protocol][socket->family][socket->state]++;
	if (socket->has_queue)
		add_queue(census, socket, tracked);
	else
		census->n_remains += socket->protocol == SOCKET_TCP &&
			socket->state == SOCKET_FIN_WAIT_2;
}

/* Whose the sockets of all cells and details are; each cgroup that is not known is asked for. */
static int find_owners(struct socket_census *census)
{
	const struct socket_cells *cells = &census->cells;
	struct owner_table *owners = census->setup->owners;
	size_t n = 0;
	uint64_t *ids cleanup(free) = calloc(cells->n + census->top.n + 1, sizeof(*ids));

	if (!ids)
		return reason_set(census->setup->env->reason, -ENOMEM, "out of memory");
	for (uint32_t place = 1; place < cells->n && census->setup->sorting.by_unit; place++)
		if (cells->cells[place].sums.n_sockets && !cells->cells[place].key.overflow &&
		    !owner_find(owners, cells->cells[place].key.cgroup_id).length)
			ids[n++] = cells->cells[place].key.cgroup_id;
	for (size_t i = 0; i < census->top.n; i++)
		if (census->top.details[i].orders &&
		    !owner_find(owners, census->top.details[i].message.cgroup_id).length)
			ids[n++] = census->top.details[i].message.cgroup_id;
	return n ? owner_table_resolve(owners, ids, n) : 0;
}

static void take_cell(const struct socket_cell *cell, void *context)
{
	struct socket_census *census = context;
	struct label unit = { NULL, 0 };

	if (census->setup->sorting.by_unit && !cell->key.overflow)
		unit = owner_find(census->setup->owners, cell->key.cgroup_id);
	if (!unit.length)
		unit = label_of(OWNER_NONE);
	socket_groups_add(&census->groups[cell->key.protocol], cell, unit, census->now_usec);
}

int socket_census_end(struct socket_census *census)
{
	int error = find_owners(census);

	if (error < 0)
		return error;
	for (unsigned i = 0; i < SOCKET_PROTOCOLS; i++)
		socket_groups_begin(&census->groups[i]);
	socket_cells_end(&census->cells, take_cell, census);
	for (unsigned i = 0; i < SOCKET_PROTOCOLS; i++)
		socket_groups_end(&census->groups[i], census->now_usec);
	socket_table_end(&census->table);
	socket_distributions_end(&census->distributions);
	return 0;
}

void socket_census_inherit(struct socket_census *census, struct socket_census *former)
{
	socket_table_move(&census->table, &former->table);
	socket_distributions_swap(&census->distributions, &former->distributions);
	census->least_info_length = former->least_info_length;
	census->algorithms = former->algorithms;
	if (!socket_sorting_comparable(&census->setup->sorting, &former->setup->sorting))
		return;
	/* What samples that were given up since the last whole one have added. */
	socket_cells_begin(&former->cells);
	socket_cells_end(&former->cells, take_cell, former);
	for (unsigned i = 0; i < SOCKET_PROTOCOLS; i++)
		socket_groups_inherit(&census->groups[i], &former->groups[i]);
}
