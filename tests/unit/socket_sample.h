/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What a socket collector is set up with, and the sockets that it sees. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "collectors/socket/socket_setup.h"
#include "daemon/clock.h"

struct socket_sample {
	struct socket_options options;
	struct collector_tally tally;
	struct reason reason;
	struct collector_env env;
	struct socket_bound bound;
	struct socket_setup setup;

	char words[64];
	char *group_by[SOCKET_LABELS];
};

/* Ports: "443", "8000-8999". */
static inline struct string_list sample_ports(void)
{
	static char https[] = "443", high[] = "8000-8999";
	static char *values[] = { https, high };

	return (struct string_list){ ARRAY_SIZE(values), values };
}

/* Peers: "lan" is 10.0.0.0/8, "lab" 192.0.2.0/24 and fd00::/8. */
static inline struct named_lists sample_peers(void)
{
	static char ten[] = "10.0.0.0/8", documentation[] = "192.0.2.0/24", local[] = "fd00::/8";
	static char lan[] = "lan", lab[] = "lab";
	static char *one[] = { ten }, *two[] = { documentation, local };
	static struct named_list lists[] = { { lan, { 1, one } }, { lab, { 2, two } } };

	return (struct named_lists){ ARRAY_SIZE(lists), lists };
}

/* Sockets told apart by the words, which are separated by spaces. */
static inline void sample_init(struct socket_sample *sample, const char *group_by)
{
	char *position = NULL, *word;

	assert_true(strlen(group_by) < sizeof(sample->words));
	memset(sample, 0, sizeof(*sample));
	memcpy(sample->words, group_by, strlen(group_by));
	sample->options = (struct socket_options){
		.group_by = { 0, sample->group_by },
		.ports = sample_ports(),
		.peers = sample_peers(),
		.backlog_after_usec = 5 * USEC_PER_SEC,
		.stall_after_usec = 3 * USEC_PER_SEC,
		.peak_window_usec = 60 * USEC_PER_SEC,
		.max_sockets = 65536,
		.top = 10,
	};
	for (word = strtok_r(sample->words, " ", &position); word;
	     word = strtok_r(NULL, " ", &position))
		sample->options.group_by.values[sample->options.group_by.n++] = word;
	sample->env = (struct collector_env){ .options = &sample->options,
		                              .tally = &sample->tally,
		                              .reason = &sample->reason,
		                              .scope.max_groups = 200 };
	sample->bound.max = sample->options.max_sockets;
	sample->setup = (struct socket_setup){ .env = &sample->env,
		                               .options = &sample->options,
		                               .bound = &sample->bound };
	assert_int_equal(socket_sorting_init(&sample->setup.sorting, &sample->options.group_by,
	                                     &sample->options.ports, &sample->options.peers),
	                 0);
	memset(sample->setup.served, true, sizeof(sample->setup.served));
}

static inline void sample_clear(struct socket_sample *sample)
{
	socket_sorting_clear(&sample->setup.sorting);
}

/* An established connection of a kernel that tells everything, from port 443 to 10.0.0.1. */
static inline struct socket_message sample_tcp(uint64_t cookie, uint32_t queue_bytes)
{
	return (struct socket_message){
		.protocol = SOCKET_TCP,
		.family = SOCKET_IPV4,
		.state = SOCKET_ESTABLISHED,
		.cookie = cookie,
		.cgroup_id = 10,
		.local = { .address = { 127, 0, 0, 1 }, .port = 443 },
		.peer = { .address = { 10, 0, 0, 1 }, .port = 50000 },
		.has_queue = true,
		.queue_bytes = queue_bytes,
		.algorithm = "cubic",
		.info_length = sizeof(struct tcp_info),
	};
}

/* Another protocol's, of the same ends. */
static inline struct socket_message sample_other(enum socket_protocol protocol, uint64_t cookie,
                                                 uint32_t queue_bytes)
{
	struct socket_message socket = sample_tcp(cookie, queue_bytes);

	socket.protocol = protocol;
	socket.info_length = 0;
	memset(socket.algorithm, 0, sizeof(socket.algorithm));
	if (protocol == SOCKET_UNIX) {
		socket.family = SOCKET_NO_FAMILY;
		socket.cgroup_id = 0;
		socket.local = socket.peer = (struct socket_end){ 0 };
	}
	return socket;
}
