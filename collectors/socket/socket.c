/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The collector of what waits in the sockets: how much, for how long, what holds it back, and whose
 * it is (sock_diag(7)). Every socket is added to the sums of a census as its reply is read; of a
 * connection no more than its counters are remembered.
 */
#include "collectors/socket/socket.h"

#include <errno.h>
#include <fcntl.h>

#include "collectors/socket/socket_families.h"
#include "collectors/socket/socket_metrics.h"
#include "collectors/socket/socket_view.h"
#include "collectors/socket/sockstat.h"
#include "collectors/socket/unix_message.h"
#include "daemon/clock.h"

/*
 * The kernel walks its whole table of MPTCP's tokens for a dump, a millisecond for nothing: while
 * there are no such sockets, they are looked for so seldom.
 */
#define MPTCP_SEARCH_USEC (10 * USEC_PER_SEC)

struct socket_collection {
	struct socket_setup setup;
	struct socket_bound bound;

	/* Of our own network namespace. */
	struct netlink *netlink;
	int sockstat_fd; /* or −1 */
	struct socket_census *census;
};

/* One network namespace's sockets on their way into its census. */
struct sampling {
	struct socket_census *census;
	struct netlink *netlink;
	int sockstat_fd;
	enum socket_protocol protocol; /* of the dump that runs */
};

/* A malformed one is no reason to lose the others: it is counted. */
static int take_socket(const struct nlmsghdr *message, void *context)
{
	const struct sampling *sampling = context;
	struct socket_message socket;
	int error;

	if (sampling->protocol == SOCKET_UNIX)
		error = unix_message_parse(message, &socket);
	else
		error = socket_message_parse(message, sampling->protocol, &socket);
	if (error == 0)
		socket_census_add(sampling->census, &socket);
	else if (error != -ENODATA)
		sampling->census->setup->env->tally->skipped_objects++;
	return 0;
}

static bool is_due(const struct socket_census *census, enum sock_diag_dump dump)
{
	return census->setup->served[dump] &&
		(sock_diag_protocol[dump] != SOCKET_MPTCP ||
	         census->now_usec >= census->mptcp_due_usec);
}

static bool has_mptcp(const struct socket_census *census)
{
	for (unsigned family = 0; family < SOCKET_FAMILIES; family++)
		for (unsigned state = 0; state < SOCKET_STATES; state++)
			if (census->n_sockets[SOCKET_MPTCP][family][state])
				return true;
	return false;
}

static int take_dumps(struct sampling *sampling)
{
	struct socket_census *census = sampling->census;

	for (unsigned dump = 0; dump < SOCK_DIAG_DUMPS; dump++) {
		int error = 0;

		sampling->protocol = sock_diag_protocol[dump];
		if (is_due(census, dump))
			error = sock_diag_run(sampling->netlink, dump, take_socket, sampling);
		if (error < 0)
			return error;
	}
	if (is_due(census, SOCK_DIAG_MPTCP_IPV4))
		census->mptcp_due_usec = has_mptcp(census) ? 0
							   : census->now_usec + MPTCP_SEARCH_USEC;
	return 0;
}

static int take_sample(void *context)
{
	struct sampling *sampling = context;
	struct socket_census *census = sampling->census;
	int error;

	socket_census_begin(census, monotonic_usec());
	error = take_dumps(sampling);
	if (error < 0)
		return error;
	census->has_time_wait = sampling->sockstat_fd >= 0 &&
		sockstat_read_time_wait(sampling->sockstat_fd, &census->n_time_wait) == 0;
	return socket_census_end(census);
}

static int socket_collect(void *state, struct batch *batch)
{
	struct socket_collection *collection = state;
	struct sampling sampling = { .census = collection->census,
		                     .netlink = collection->netlink,
		                     .sockstat_fd = collection->sockstat_fd };
	int error = netlink_repeat(take_sample, &sampling);

	if (error < 0)
		return error;
	socket_metrics_write(collection->census, label_of(""), batch);
	socket_metrics_write_bound(&collection->bound, batch);
	socket_view_leave(collection->census, label_of(""), batch);
	return 0;
}

static void socket_inherit(void *state, void *former)
{
	struct socket_collection *collection = state, *old = former;

	owner_table_inherit(collection->setup.owners, old->setup.owners);
	socket_census_inherit(collection->census, old->census);
	collection->bound.n_refused += old->bound.n_refused;
}

static void socket_close(void *state)
{
	struct socket_collection *collection = state;

	if (!collection)
		return;
	socket_census_free(collection->census);
	if (collection->sockstat_fd >= 0)
		close(collection->sockstat_fd);
	netlink_close(collection->netlink);
	socket_setup_clear(&collection->setup);
	free(collection);
}
DEFINE_CLEANUP(struct socket_collection, socket_close)

static int socket_open(const struct collector_env *env, void **ret_state)
{
	struct socket_collection *collection cleanup(socket_close) = calloc(1, sizeof(*collection));
	int error;

	if (!collection)
		return reason_set(env->reason, -ENOMEM, "out of memory");
	collection->sockstat_fd = open("/proc/thread-self/net/sockstat", O_RDONLY | O_CLOEXEC);
	error = socket_setup_init(&collection->setup, env, &collection->bound);
	if (error < 0)
		return error;
	error = netlink_open(env, NETLINK_SOCK_DIAG, 0, &collection->netlink);
	if (error < 0)
		return error;
	error = socket_setup_probe(&collection->setup, collection->netlink);
	if (error < 0)
		return error;
	error = socket_census_new(&collection->setup, &collection->census);
	if (error < 0)
		return reason_set(env->reason, error, "out of memory");
	*ret_state = steal_pointer(collection);
	return 0;
}

const struct collector_ops socket_collector = {
	.name = "socket",
	.summary =
		"sockets: their send queues, what holds them back, and whose they are (sock_diag)",
	.interval = "1s",
	.tables = socket_metric_tables,
	.options = socket_option_table,
	.options_size = sizeof(struct socket_options),
	.view = &socket_view,
	.open = socket_open,
	.collect = socket_collect,
	.inherit = socket_inherit,
	.close = socket_close,
};
