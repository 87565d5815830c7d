/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A value that the kernel does not tell is left out, whole families of it where its tcp_info is too
 * short. Rows of protocols that it cannot list are left out, too.
 */
#include "collectors/socket/socket_metrics.h"

#include <string.h>

#include "collectors/socket/socket_families.h"
#include "collectors/socket/socket_names.h"
#include "daemon/clock.h"

static const char *const limit_names[SOCKET_LIMITS] = {
	[SOCKET_LIMIT_NETWORK] = "network",
	[SOCKET_LIMIT_RECEIVER] = "receiver",
	[SOCKET_LIMIT_SEND_BUFFER] = "send_buffer",
};

static void write_states(const struct socket_census *census, enum socket_protocol protocol,
                         struct label netns, struct batch *batch)
{
	struct label labels[] = { label_of(socket_protocol_names[protocol]), { 0 }, { 0 }, netns };
	unsigned first = protocol == SOCKET_UNIX ? SOCKET_NO_FAMILY : SOCKET_IPV4;
	unsigned end = protocol == SOCKET_UNIX ? SOCKET_FAMILIES : SOCKET_NO_FAMILY;

	for (unsigned family = first; family < end; family++) {
		labels[1] = label_of(socket_family_name(family));
		for (unsigned state = 0; state < SOCKET_STATES; state++) {
			const char *name = socket_state_name(protocol, state);

			if (!name)
				continue;
			labels[2] = label_of(name);
			batch_row(batch, &socket_state_table, labels, ARRAY_SIZE(labels));
			batch_count(batch, 0, census->n_sockets[protocol][family][state]);
		}
	}
}

/* Counted by the kernel for both families together, what is in FIN_WAIT_2 there included. */
static void write_time_wait(const struct socket_census *census, struct label netns,
                            struct batch *batch)
{
	const struct label labels[] = { label_of("tcp"), { 0 }, label_of("time_wait"), netns };
	uint64_t n = census->n_time_wait;

	if (!census->has_time_wait)
		return;
	batch_row(batch, &socket_state_table, labels, ARRAY_SIZE(labels));
	batch_count(batch, 0, n > census->n_remains ? n - census->n_remains : 0);
}

static bool has_info(const struct socket_census *census, size_t end)
{
	return census->least_info_length >= end;
}

#define HAS_INFO(census, field) \
	has_info(census, offsetof(struct tcp_info, field) + sizeof(((struct tcp_info *)0)->field))

static void write_busy(const struct socket_census *census, const struct socket_group *group,
                       const struct label labels[static SOCKET_LABELS], struct label netns,
                       struct batch *batch)
{
	struct label row[SOCKET_LABELS + 2];

	if (!HAS_INFO(census, tcpi_sndbuf_limited))
		return;
	memcpy(row, labels, SOCKET_LABELS * sizeof(*row));
	row[SOCKET_LABELS + 1] = netns;
	for (unsigned limit = 0; limit < SOCKET_LIMITS; limit++) {
		row[SOCKET_LABELS] = label_of(limit_names[limit]);
		batch_row(batch, &socket_busy_table, row, ARRAY_SIZE(row));
		batch_count(batch, 0, group->totals.limited_usec[limit] * NSEC_PER_USEC);
	}
}

static void write_tcp(const struct socket_census *census, const struct socket_group *group,
                      const struct label labels[static SOCKET_LABELS], struct label netns,
                      struct batch *batch)
{
	const struct socket_sums *sums = &group->sums;
	struct label row[SOCKET_LABELS + 1];

	memcpy(row, labels, SOCKET_LABELS * sizeof(*row));
	row[SOCKET_LABELS] = netns;
	batch_row(batch, &socket_tcp_table, row, ARRAY_SIZE(row));
	if (!sums->n_unsent_unknown) {
		batch_count(batch, SOCKET_TCP_UNSENT_BYTES, sums->unsent_bytes);
		batch_count(batch, SOCKET_TCP_UNACKED_BYTES,
		            sums->queue_bytes - sums->unsent_bytes);
	}
	if (HAS_INFO(census, tcpi_bytes_acked))
		batch_count(batch, SOCKET_TCP_STALLED, sums->n_stalled);
	if (HAS_INFO(census, tcpi_bytes_retrans)) {
		batch_count(batch, SOCKET_TCP_SENT_BYTES, group->totals.sent_bytes);
		batch_count(batch, SOCKET_TCP_RETRANSMITTED_BYTES,
		            group->totals.retransmitted_bytes);
	}
	if (HAS_INFO(census, tcpi_delivery_rate))
		batch_count(batch, SOCKET_TCP_APPLICATION_LIMITED, sums->n_application_limited);
	if (HAS_INFO(census, tcpi_pacing_rate))
		batch_count(batch, SOCKET_TCP_PACING_RATE, sums->pacing_bytes_per_second);
	write_busy(census, group, labels, netns, batch);
}

static void write_group(const struct socket_census *census, enum socket_protocol protocol,
                        const struct socket_group *group, struct label netns, struct batch *batch)
{
	struct label row[1 + SOCKET_LABELS + 1] = { label_of(socket_protocol_names[protocol]) };
	struct label *labels = row + 1;

	socket_sorting_labels(&census->setup->sorting, &group->key, &census->algorithms, labels);
	labels[SOCKET_LABEL_UNIT] = group->unit;
	labels[SOCKET_LABELS] = netns;
	batch_row(batch, &socket_queue_table, row, ARRAY_SIZE(row));
	batch_count(batch, SOCKET_QUEUE_BYTES, group->sums.queue_bytes);
	batch_count(batch, SOCKET_QUEUE_PEAK_BYTES, peak_largest(&group->peak, census->now_usec));
	batch_count(batch, SOCKET_QUEUE_BACKLOGGED, group->sums.n_backlogged);
	if (protocol == SOCKET_TCP)
		write_tcp(census, group, labels, netns, batch);
}

static void write_distributions(const struct socket_census *census, enum socket_protocol protocol,
                                struct label netns, struct batch *batch)
{
	const struct socket_queue_distribution *queues = census->distributions.queues[protocol];
	const struct label labels[] = { label_of(socket_protocol_names[protocol]), netns };

	batch_row(batch, &socket_distribution_table, labels, ARRAY_SIZE(labels));
	for (unsigned i = 0; i < SOCKET_QUEUE_DISTRIBUTIONS; i++)
		batch_histogram(batch, i, queues[i].all);
}

static void write_senders(const struct socket_census *census, struct label netns,
                          struct batch *batch)
{
	if (!HAS_INFO(census, tcpi_bytes_sent))
		return;
	batch_row(batch, &socket_sender_table, &netns, 1);
	batch_histogram(batch, SOCKET_SENDER_ROUND_TRIP, census->distributions.round_trip);
	batch_histogram(batch, SOCKET_SENDER_WINDOW, census->distributions.window);
}

/* Those without a number of their own only when there are any. */
static void write_algorithms(const struct socket_census *census, struct label netns,
                             struct batch *batch)
{
	const struct socket_algorithms *algorithms = &census->algorithms;

	for (uint16_t i = 0; i < algorithms->n; i++) {
		const struct label labels[] = { socket_algorithm_label(algorithms, i), netns };

		if (i == 0 && !algorithms->n_sockets[0])
			continue;
		batch_row(batch, &socket_algorithm_table, labels, ARRAY_SIZE(labels));
		batch_count(batch, 0, algorithms->n_sockets[i]);
	}
}

static void write_timestamp(const struct namespace *namespace, struct batch *batch)
{
	const struct label netns = namespace_label(namespace);

	batch_row(batch, &socket_namespace_table, &netns, 1);
	batch_count(batch, 0, namespace->sampled_nsec);
}

void socket_metrics_write(const struct socket_census *census, const struct namespace *namespace,
                          struct batch *batch)
{
	const struct label netns = namespace_label(namespace);

	if (namespace)
		write_timestamp(namespace, batch);
	for (unsigned protocol = 0; protocol < SOCKET_PROTOCOLS; protocol++) {
		const struct socket_groups *groups = &census->groups[protocol];

		if (!socket_setup_lists(census->setup, protocol))
			continue;
		write_states(census, protocol, netns, batch);
		write_distributions(census, protocol, netns, batch);
		for (size_t i = groups->has_other ? 0 : 1; i < groups->n; i++)
			write_group(census, protocol, &groups->groups[i], netns, batch);
	}
	if (!socket_setup_lists(census->setup, SOCKET_TCP))
		return;
	write_time_wait(census, netns, batch);
	write_senders(census, netns, batch);
	write_algorithms(census, netns, batch);
}

void socket_metrics_write_bound(const struct socket_bound *bound, struct batch *batch)
{
	batch_row(batch, &socket_bound_table, NULL, 0);
	batch_count(batch, SOCKET_BOUND_TRACKED, bound->n);
	batch_count(batch, SOCKET_BOUND_UNTRACKED, bound->n_refused);
}
