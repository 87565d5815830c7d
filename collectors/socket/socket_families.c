/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "collectors/socket/socket_families.h"

#include "collectors/socket/socket_distributions.h"

const struct metric_table socket_state_table = {
	.labels = { "protocol", "family", "state", "netns" },
	.families =
		(const struct metric_family[]){
			{
				.name = "txpath_sockets",
				.help = "Sockets by state (idiag_state of sock_diag(7), State of ss; time_wait: tw of /proc/net/sockstat, of both families).",
			},
		},
	.n_families = 1,
};

static const struct metric_family queue_families[SOCKET_QUEUE_FAMILIES] = {
	[SOCKET_QUEUE_BYTES] = {
		.name = "txpath_socket_send_queue_bytes",
		.help = "Bytes in the send queues of all sockets but listening ones (idiag_wqueue of sock_diag(7), Send-Q of ss; mptcp: mptcpi_write_seq less mptcpi_snd_una of mptcp_info).",
	},
	[SOCKET_QUEUE_PEAK_BYTES] = {
		.name = "txpath_socket_send_queue_peak_bytes",
		.help = "Largest send queue of a single socket in any sample of the peak window (idiag_wqueue of sock_diag(7)).",
	},
	[SOCKET_QUEUE_BACKLOGGED] = {
		.name = "txpath_socket_backlogged",
		.help = "Sockets whose send queue was not empty in any sample for backlog_after (idiag_wqueue of sock_diag(7)).",
	},
};

/* Labels of a group come in the order of SOCKET_LABELS. */
const struct metric_table socket_queue_table = {
	.labels = { "protocol", "unit", "local_port", "peer", "algorithm", "netns" },
	.families = queue_families,
	.n_families = SOCKET_QUEUE_FAMILIES,
};

static const struct metric_family tcp_families[SOCKET_TCP_FAMILIES] = {
	[SOCKET_TCP_UNSENT_BYTES] = {
		.name = "txpath_socket_unsent_bytes",
		.help = "Bytes in TCP send queues that were not sent yet (tcpi_notsent_bytes of tcp_info).",
	},
	[SOCKET_TCP_UNACKED_BYTES] = {
		.name = "txpath_socket_unacked_bytes",
		.help = "Bytes in TCP send queues that were sent and not acknowledged yet (idiag_wqueue of sock_diag(7) less tcpi_notsent_bytes).",
	},
	[SOCKET_TCP_STALLED] = {
		.name = "txpath_socket_stalled",
		.help = "TCP sockets with something in their send queue of which nothing was acknowledged for stall_after (tcpi_bytes_acked of tcp_info).",
	},
	[SOCKET_TCP_SENT_BYTES] = {
		.name = "txpath_tcp_sent_bytes_total",
		.help = "Payload sent by TCP sockets, retransmissions included (tcpi_bytes_sent of tcp_info, as far as sockets were seen).",
		.type = METRIC_COUNTER,
	},
	[SOCKET_TCP_RETRANSMITTED_BYTES] = {
		.name = "txpath_tcp_retransmitted_bytes_total",
		.help = "Payload retransmitted by TCP sockets (tcpi_bytes_retrans of tcp_info, as far as sockets were seen).",
		.type = METRIC_COUNTER,
	},
	[SOCKET_TCP_APPLICATION_LIMITED] = {
		.name = "txpath_tcp_application_limited_sockets",
		.help = "TCP sockets whose last measured delivery rate was limited by what the application had to send (tcpi_delivery_rate_app_limited of tcp_info).",
	},
	[SOCKET_TCP_PACING_RATE] = {
		.name = "txpath_tcp_pacing_rate_bytes_per_second",
		.help = "Sum of the rates at which TCP paces sockets, where there is one (tcpi_pacing_rate of tcp_info).",
	},
};

const struct metric_table socket_tcp_table = {
	.labels = { "unit", "local_port", "peer", "algorithm", "netns" },
	.families = tcp_families,
	.n_families = SOCKET_TCP_FAMILIES,
};

const struct metric_table socket_busy_table = {
	.labels = { "unit", "local_port", "peer", "algorithm", "limit", "netns" },
	.families =
		(const struct metric_family[]){
			{
				.name = "txpath_tcp_busy_seconds_total",
				.help = "Time during which TCP sockets had something to send, by what held it back: the peer's window (receiver), our own send buffer (send_buffer), or else the network (tcpi_rwnd_limited, tcpi_sndbuf_limited and the rest of tcpi_busy_time of tcp_info).",
				.type = METRIC_COUNTER,
				.unit = METRIC_NSEC,
			},
		},
	.n_families = 1,
};

const struct metric_table socket_distribution_table = {
	.labels = { "protocol", "netns" },
	.families =
		(const struct metric_family[]){
			[SOCKET_DEPTH_BYTES] = {
				.name = "txpath_socket_send_queue_depth_bytes",
				.help = "Send queue of each socket at each sample (idiag_wqueue of sock_diag(7), Send-Q of ss).",
				.type = METRIC_HISTOGRAM,
				.bounds = &socket_depth_bounds,
			},
			[SOCKET_FILL_RATIO] = {
				.name = "txpath_socket_send_buffer_fill_ratio",
				.help = "How full the send buffer of each socket was at each sample, with the kernel's overhead (wmem_queued of SKMEMINFO, or wmem_alloc of udp and unix, by sndbuf: w or t by tb in ss -m).",
				.type = METRIC_HISTOGRAM,
				.unit = METRIC_NSEC, /* billionths */
				.bounds = &socket_fill_bounds,
			},
		},
	.n_families = SOCKET_QUEUE_DISTRIBUTIONS,
};

const struct metric_table socket_sender_table = {
	.labels = { "netns" },
	.families =
		(const struct metric_family[]){
			[SOCKET_SENDER_ROUND_TRIP] = {
				.name = "txpath_tcp_round_trip_seconds",
				.help = "Smoothed round trip time of each TCP socket that has sent since the sample before (tcpi_rtt of tcp_info).",
				.type = METRIC_HISTOGRAM,
				.unit = METRIC_NSEC,
				.bounds = &socket_round_trip_bounds,
			},
			[SOCKET_SENDER_WINDOW] = {
				.name = "txpath_tcp_congestion_window_bytes",
				.help = "Congestion window of each TCP socket that has sent since the sample before (tcpi_snd_cwnd × tcpi_snd_mss of tcp_info).",
				.type = METRIC_HISTOGRAM,
				.bounds = &socket_window_bounds,
			},
		},
	.n_families = SOCKET_SENDER_FAMILIES,
};

const struct metric_table socket_algorithm_table = {
	.labels = { "algorithm", "netns" },
	.families =
		(const struct metric_family[]){
			{
				.name = "txpath_tcp_congestion_sockets",
				.help = "TCP sockets by congestion control algorithm (INET_DIAG_CONG of sock_diag(7)).",
			},
		},
	.n_families = 1,
};

const struct metric_table socket_bound_table = {
	.families =
		(const struct metric_family[]){
			[SOCKET_BOUND_TRACKED] = {
				.name = "txpath_socket_tracked",
				.help = "Sockets that are remembered from sample to sample, at most max_sockets.",
			},
			[SOCKET_BOUND_UNTRACKED] = {
				.name = "txpath_socket_untracked_total",
				.help = "Times that a socket was beyond max_sockets in a sample: it is in all gauges, but in no counter.",
				.type = METRIC_COUNTER,
			},
		},
	.n_families = 2,
};

const struct metric_table socket_namespace_table = {
	.labels = { "netns" },
	.families =
		(const struct metric_family[]){
			{
				.name = "txpath_socket_sample_timestamp_seconds",
				.help = "When the sample of another network namespace was begun, since the Unix epoch; its age is time() less this. The daemon's own is sampled every time.",
				.unit = METRIC_NSEC,
			},
		},
	.n_families = 1,
};

const struct metric_table *const socket_metric_tables[] = {
	&socket_state_table,        &socket_queue_table,
	&socket_tcp_table,          &socket_busy_table,
	&socket_distribution_table, &socket_sender_table,
	&socket_algorithm_table,    &socket_bound_table,
	&socket_namespace_table,    NULL,
};
