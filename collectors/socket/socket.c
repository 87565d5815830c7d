/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The collector of what waits in the sockets: how much, for how long, what holds it back, and whose
 * it is (sock_diag(7)). Every socket is added to the sums of a census as its reply is read; of a
 * connection no more than its counters are remembered.
 */
#include "collectors/socket/socket.h"

#include <errno.h>

#include "collectors/namespace_tour.h"
#include "collectors/socket/socket_families.h"
#include "collectors/socket/socket_metrics.h"
#include "collectors/socket/socket_source.h"
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

	/* Of our own network namespace, kept open. */
	struct socket_source source;
	struct socket_census *census;

	struct namespace_tour *tour; /* of other network namespaces, whose data is a census each */
};

/* One network namespace's sockets on their way into its census. */
struct sampling {
	struct socket_census *census;
	const struct socket_source *source;
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
			error = sock_diag_run(sampling->source->netlink, dump, take_socket,
			                      sampling);
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
	census->has_time_wait = sampling->source->sockstat_fd >= 0 &&
		sockstat_read_time_wait(sampling->source->sockstat_fd, &census->n_time_wait) == 0;
	return socket_census_end(census);
}

/* Takes a sample by the source, and writes it; NULL is our own network namespace. */
static int sample(struct socket_census *census, const struct socket_source *source,
                  const struct namespace *namespace, struct batch *batch)
{
	struct sampling sampling = { .census = census, .source = source };
	int error = netlink_repeat(census->setup->env->reason, take_sample, &sampling);

	if (error < 0)
		return error;
	socket_metrics_write(census, namespace, batch);
	socket_view_leave(census, namespace, batch);
	return 0;
}

static int sample_namespace(void *context, struct namespace *namespace, struct batch *batch)
{
	struct socket_collection *collection = context;
	const struct collector_env *env = collection->setup.env;
	struct socket_source source cleanup(socket_source_close) = SOCKET_SOURCE_CLOSED;
	struct socket_census *census = namespace->data;
	int error = socket_source_open(&source, env, namespace->door);

	if (error < 0)
		return error;
	if (!census && socket_census_new(&collection->setup, &census) < 0)
		return reason_set(env->reason, -ENOMEM, "out of memory");
	namespace->data = census;
	return sample(census, &source, namespace, batch);
}

static void forget_namespace(void *data)
{
	socket_census_free(data);
}

static void *adopt_namespace(void *context, void *data)
{
	struct socket_collection *collection = context;
	struct socket_census *census = NULL, *former = data;

	if (socket_census_new(&collection->setup, &census) == 0)
		socket_census_inherit(census, former);
	socket_census_free(former);
	return census;
}

static const struct namespace_tour_ops tour_ops = {
	.sample = sample_namespace,
	.forget = forget_namespace,
	.adopt = adopt_namespace,
};

static int socket_collect(void *state, struct batch *batch)
{
	struct socket_collection *collection = state;
	int error = namespace_tour_begin(collection->tour);

	if (!error)
		error = sample(collection->census, &collection->source, NULL, batch);
	if (!error)
		error = namespace_tour_run(collection->tour, batch);
	if (!error)
		socket_metrics_write_bound(&collection->bound, batch);
	return error;
}

static void socket_inherit(void *state, void *former)
{
	struct socket_collection *collection = state, *old = former;

	owner_table_inherit(collection->setup.owners, old->setup.owners);
	socket_census_inherit(collection->census, old->census);
	namespace_tour_inherit(collection->tour, old->tour);
	collection->bound.n_refused += old->bound.n_refused;
}

static void socket_close(void *state)
{
	struct socket_collection *collection = state;

	if (!collection)
		return;
	namespace_tour_close(collection->tour);
	socket_census_free(collection->census);
	socket_source_close(&collection->source);
	socket_setup_clear(&collection->setup);
	free(collection);
}
DEFINE_CLEANUP(struct socket_collection, socket_close)

static int open_all(struct socket_collection *collection, const struct collector_env *env)
{
	int error = socket_setup_init(&collection->setup, env, &collection->bound);

	if (!error)
		error = socket_source_open(&collection->source, env, NULL);
	if (!error)
		error = socket_setup_probe(&collection->setup, collection->source.netlink);
	if (!error && socket_census_new(&collection->setup, &collection->census) < 0)
		error = reason_set(env->reason, -ENOMEM, "out of memory");
	return error ? error : namespace_tour_open(env, &tour_ops, collection, &collection->tour);
}

static int socket_open(const struct collector_env *env, void **ret_state)
{
	struct socket_collection *collection cleanup(socket_close) = calloc(1, sizeof(*collection));
	int error;

	if (!collection)
		return reason_set(env->reason, -ENOMEM, "out of memory");
	collection->source = SOCKET_SOURCE_CLOSED;
	error = open_all(collection, env);
	if (error < 0)
		return error;
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
	.namespace_capabilities = NAMESPACE_TOUR_CAPABILITIES,
	.view = &socket_view,
	.open = socket_open,
	.collect = socket_collect,
	.inherit = socket_inherit,
	.close = socket_close,
};
