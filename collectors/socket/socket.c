/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The collector of what waits in the sockets: how many there are in which state, and how much lies
 * in their send queues (sock_diag(7)). Every socket is added to its protocol's sums as its reply
 * is read, and then forgotten.
 */
#include "collectors/socket/socket.h"

#include <errno.h>

#include "collectors/socket/sock_diag.h"
#include "collectors/socket/socket_group.h"
#include "config/option.h"
#include "daemon/clock.h"

struct socket_options {
	uint64_t peak_window_usec;
};

struct socket_collection {
	const struct collector_env *env;
	struct netlink *netlink;
	struct socket_group groups[SOCKET_PROTOCOLS];
	bool served[SOCKET_PROTOCOLS]; /* this kernel can list them */
};

/* Where the sockets of one dump go. */
struct taker {
	struct socket_group *group;
	struct reason *reason;
};

static int take_socket(const struct nlmsghdr *message, void *context)
{
	const struct taker *taker = context;
	struct socket_message socket;

	if (socket_message_parse(message, taker->group->protocol, &socket) < 0)
		return reason_set(taker->reason, -EBADMSG, "malformed %s socket of %u bytes",
		                  socket_protocol_names[taker->group->protocol],
		                  message->nlmsg_len);
	socket_group_add(taker->group, &socket);
	return 0;
}

static int take_sample(void *context)
{
	struct socket_collection *collection = context;

	for (unsigned i = 0; i < SOCKET_PROTOCOLS; i++)
		socket_group_begin(&collection->groups[i]);

	for (unsigned i = 0; i < SOCK_DIAG_DUMPS; i++) {
		enum socket_protocol protocol = sock_diag_protocol[i];
		struct socket_group *group = &collection->groups[protocol];
		struct taker taker = { group, collection->env->reason };
		int error = 0;

		if (collection->served[protocol])
			error = sock_diag_dump(collection->netlink, i, socket_group_states(group),
			                       take_socket, &taker);
		if (error < 0)
			return error;
	}
	return 0;
}

static int socket_collect(void *state, struct batch *batch)
{
	struct socket_collection *collection = state;
	uint64_t now_usec;
	int error;

	error = netlink_repeat(take_sample, collection);
	if (error < 0)
		return error;

	now_usec = monotonic_usec();
	for (unsigned i = 0; i < SOCKET_PROTOCOLS; i++) {
		if (!collection->served[i])
			continue;
		socket_group_commit(&collection->groups[i], now_usec);
		socket_group_write(&collection->groups[i], now_usec, batch);
	}
	return 0;
}

static void socket_close(void *state)
{
	struct socket_collection *collection = state;

	if (!collection)
		return;
	for (unsigned i = 0; i < SOCKET_PROTOCOLS; i++)
		socket_group_clear(&collection->groups[i]);
	netlink_close(collection->netlink);
	free(collection);
}
DEFINE_CLEANUP(struct socket_collection, socket_close)

static int ignore_message(const struct nlmsghdr *message, void *context)
{
	(void)message;
	(void)context;
	return 0;
}

/*
 * Asks for sockets in no state at all, to see which protocols the kernel can list. One that it
 * cannot is left out as a whole: half of its families would pass for all of them.
 */
static int find_served(struct socket_collection *collection)
{
	bool *served = collection->served;

	for (unsigned i = 0; i < SOCKET_PROTOCOLS; i++)
		served[i] = true;
	for (unsigned i = 0; i < SOCK_DIAG_DUMPS; i++) {
		int error = sock_diag_dump(collection->netlink, i, 0, ignore_message, NULL);

		if (error == -ENOENT || error == -EOPNOTSUPP)
			served[sock_diag_protocol[i]] = false;
		else if (error < 0)
			return error;
	}
	collection->env->reason->text[0] = '\0';
	if (!served[SOCKET_TCP] && !served[SOCKET_UDP])
		return reason_set(collection->env->reason, -EOPNOTSUPP,
		                  "this kernel lists neither TCP nor UDP sockets "
		                  "(CONFIG_INET_TCP_DIAG, CONFIG_INET_UDP_DIAG)");
	if (!served[SOCKET_TCP])
		return reason_set(collection->env->reason, 0,
		                  "this kernel lists no TCP sockets (CONFIG_INET_TCP_DIAG)");
	if (!served[SOCKET_UDP])
		return reason_set(collection->env->reason, 0,
		                  "this kernel lists no UDP sockets (CONFIG_INET_UDP_DIAG)");
	return 0;
}

static int socket_open(const struct collector_env *env, void **ret_state)
{
	const struct socket_options *options = env->options;
	struct socket_collection *collection cleanup(socket_close) = calloc(1, sizeof(*collection));
	int error = 0;

	if (!collection)
		return reason_set(env->reason, -ENOMEM, "out of memory");
	collection->env = env;
	for (unsigned i = 0; i < SOCKET_PROTOCOLS && !error; i++)
		error = socket_group_init(&collection->groups[i], i, options->peak_window_usec);
	if (error < 0)
		return reason_set(env->reason, error, "out of memory");

	error = netlink_open(env, NETLINK_SOCK_DIAG, 0, &collection->netlink);
	if (error < 0)
		return error;
	error = find_served(collection);
	if (error < 0)
		return error;
	*ret_state = steal_pointer(collection);
	return 0;
}

static const struct option socket_option_table[] = {
	{
		.name = "peak_window",
		.help = "How far back txpath_socket_send_queue_peak_bytes looks.",
		.type = OPTION_DURATION,
		.offset = offsetof(struct socket_options, peak_window_usec),
		.fallback = "\"60s\"",
		.min = USEC_PER_SEC,
		.max = 3600 * USEC_PER_SEC,
	},
	OPTION_END,
};

const struct collector_ops socket_collector = {
	.name = "socket",
	.summary = "sockets by state and their send queues (sock_diag)",
	.interval = "1s",
	.tables = socket_group_tables,
	.options = socket_option_table,
	.options_size = sizeof(struct socket_options),
	.open = socket_open,
	.collect = socket_collect,
	.close = socket_close,
};
