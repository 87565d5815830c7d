/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A sample is kept apart from those before it until it is whole: an interrupted one leaves no trace
 * in the histogram and the peak, which live on from sample to sample.
 */
#include "collectors/socket/socket_group.h"

#include <errno.h>
#include <string.h>

const char *const socket_protocol_names[SOCKET_PROTOCOLS] = {
	[SOCKET_TCP] = "tcp",
	[SOCKET_UDP] = "udp",
};

static const char *const family_names[SOCKET_FAMILIES] = {
	[SOCKET_IPV4] = "ipv4",
	[SOCKET_IPV6] = "ipv6",
};

/* A UDP socket borrows TCP's numbers: it is connected, or it is not. */
static const char *const state_names[SOCKET_PROTOCOLS][SOCKET_STATES] = {
	[SOCKET_TCP] = {
		[SOCKET_ESTABLISHED] = "established",
		[SOCKET_SYN_SENT] = "syn_sent",
		[SOCKET_SYN_RECV] = "syn_recv",
		[SOCKET_FIN_WAIT_1] = "fin_wait_1",
		[SOCKET_FIN_WAIT_2] = "fin_wait_2",
		[SOCKET_TIME_WAIT] = "time_wait",
		[SOCKET_CLOSE] = "close",
		[SOCKET_CLOSE_WAIT] = "close_wait",
		[SOCKET_LAST_ACK] = "last_ack",
		[SOCKET_LISTEN] = "listen",
		[SOCKET_CLOSING] = "closing",
	},
	[SOCKET_UDP] = {
		[SOCKET_ESTABLISHED] = "established",
		[SOCKET_CLOSE] = "unconnected",
	},
};

/* An empty queue, then 1 KiB to 64 MiB in steps of 4. */
static const uint64_t depth_upper_bytes[] = {
	0, 1 << 10, 1 << 12, 1 << 14, 1 << 16, 1 << 18, 1 << 20, 1 << 22, 1 << 24, 1 << 26,
};

static const struct histogram_bounds depth_bounds = {
	.n = ARRAY_SIZE(depth_upper_bytes),
	.upper = depth_upper_bytes,
};

static const struct metric_table state_table = {
	.labels = { "protocol", "family", "state" },
	.families =
		(const struct metric_family[]){
			{
				.name = "txpath_sockets",
				.help = "Sockets by state (idiag_state of sock_diag(7), State of ss).",
			},
		},
	.n_families = 1,
};

enum {
	QUEUE_BYTES,
	QUEUE_PEAK_BYTES,
	QUEUE_DEPTH_BYTES,
	QUEUE_FAMILIES,
};

static const struct metric_family queue_families[QUEUE_FAMILIES] = {
	[QUEUE_BYTES] = {
		.name = "txpath_socket_send_queue_bytes",
		.help = "Bytes in the send queues of all sockets but listening ones (idiag_wqueue of sock_diag(7), Send-Q of ss).",
	},
	[QUEUE_PEAK_BYTES] = {
		.name = "txpath_socket_send_queue_peak_bytes",
		.help = "Largest send queue of a single socket in any sample of the peak window (idiag_wqueue of sock_diag(7)).",
	},
	[QUEUE_DEPTH_BYTES] = {
		.name = "txpath_socket_send_queue_depth_bytes",
		.help = "Send queue of each socket at each sample (idiag_wqueue of sock_diag(7), Send-Q of ss).",
		.type = METRIC_HISTOGRAM,
		.bounds = &depth_bounds,
	},
};

static const struct metric_table queue_table = {
	.labels = { "protocol" },
	.families = queue_families,
	.n_families = QUEUE_FAMILIES,
};

enum {
	UNSENT_BYTES,
	UNACKED_BYTES,
	TCP_FAMILIES,
};

static const struct metric_family tcp_families[TCP_FAMILIES] = {
	[UNSENT_BYTES] = {
		.name = "txpath_socket_unsent_bytes",
		.help = "Bytes in TCP send queues that were not sent yet (tcpi_notsent_bytes of tcp_info).",
	},
	[UNACKED_BYTES] = {
		.name = "txpath_socket_unacked_bytes",
		.help = "Bytes in TCP send queues that were sent and not acknowledged yet (idiag_wqueue of sock_diag(7) less tcpi_notsent_bytes).",
	},
};

static const struct metric_table tcp_table = {
	.families = tcp_families,
	.n_families = TCP_FAMILIES,
};

const struct metric_table *const socket_group_tables[] = { &state_table, &queue_table, &tcp_table,
	                                                   NULL };

int socket_group_init(struct socket_group *group, enum socket_protocol protocol,
                      uint64_t peak_window_usec)
{
	group->protocol = protocol;
	peak_init(&group->peak, peak_window_usec);
	group->depths = histogram_new(&depth_bounds);
	group->all_depths = histogram_new(&depth_bounds);
	return group->depths && group->all_depths ? 0 : -ENOMEM;
}

void socket_group_clear(struct socket_group *group)
{
	histogram_free(group->depths);
	histogram_free(group->all_depths);
}

uint32_t socket_group_states(const struct socket_group *group)
{
	uint32_t states = 0;

	for (unsigned state = 0; state < SOCKET_STATES; state++)
		if (state_names[group->protocol][state])
			states |= 1U << state;
	return states;
}

void socket_group_begin(struct socket_group *group)
{
	memset(group->n_sockets, 0, sizeof(group->n_sockets));
	group->queue_bytes = 0;
	group->longest_queue_bytes = 0;
	group->unsent_bytes = 0;
	group->unsent_unknown = false;
	group->depths->sum = 0;
	memset(group->depths->counts, 0, (depth_bounds.n + 1) * sizeof(group->depths->counts[0]));
}

void socket_group_add(struct socket_group *group, const struct socket_message *socket)
{
	group->n_sockets[socket->family][socket->state]++;
	if (!socket->has_queue)
		return;
	group->queue_bytes += socket->queue_bytes;
	if (socket->queue_bytes > group->longest_queue_bytes)
		group->longest_queue_bytes = socket->queue_bytes;
	group->unsent_bytes += socket->unsent_bytes;
	group->unsent_unknown |= socket->queue_bytes > 0 && !socket->has_unsent;
	histogram_observe(group->depths, socket->queue_bytes);
}

void socket_group_commit(struct socket_group *group, uint64_t now_usec)
{
	peak_add(&group->peak, now_usec, group->longest_queue_bytes);
	group->all_depths->sum += group->depths->sum;
	for (size_t i = 0; i <= depth_bounds.n; i++)
		group->all_depths->counts[i] += group->depths->counts[i];
}

static void write_states(const struct socket_group *group, struct batch *batch)
{
	struct label labels[] = { label_of(socket_protocol_names[group->protocol]), { 0 }, { 0 } };

	for (unsigned family = 0; family < SOCKET_FAMILIES; family++) {
		labels[1] = label_of(family_names[family]);
		for (unsigned state = 0; state < SOCKET_STATES; state++) {
			const char *name = state_names[group->protocol][state];

			if (!name)
				continue;
			labels[2] = label_of(name);
			batch_row(batch, &state_table, labels, ARRAY_SIZE(labels));
			batch_count(batch, 0, group->n_sockets[family][state]);
		}
	}
}

void socket_group_write(const struct socket_group *group, uint64_t now_usec, struct batch *batch)
{
	const struct label protocol = label_of(socket_protocol_names[group->protocol]);

	write_states(group, batch);

	batch_row(batch, &queue_table, &protocol, 1);
	batch_count(batch, QUEUE_BYTES, group->queue_bytes);
	batch_count(batch, QUEUE_PEAK_BYTES, peak_largest(&group->peak, now_usec));
	batch_histogram(batch, QUEUE_DEPTH_BYTES, group->all_depths);

	if (group->protocol != SOCKET_TCP || group->unsent_unknown)
		return;
	batch_row(batch, &tcp_table, NULL, 0);
	batch_count(batch, UNSENT_BYTES, group->unsent_bytes);
	batch_count(batch, UNACKED_BYTES, group->queue_bytes - group->unsent_bytes);
}
