/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Replies as the kernel gave them, held to what ss printed: tests/fixtures/tcp.txt and others. */
#include "tests/unit/fixture.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <sys/socket.h>

#include "collectors/socket/socket_message.h"

#define SOCKETS_MAX 64

struct sockets {
	enum socket_protocol protocol;
	size_t n;
	struct socket_message sockets[SOCKETS_MAX];
};

static int take(const struct nlmsghdr *message, void *context)
{
	struct sockets *sockets = context;
	int error;

	assert_true(sockets->n < SOCKETS_MAX);
	error = socket_message_parse(message, sockets->protocol, &sockets->sockets[sockets->n]);
	if (!error)
		sockets->n++;
	return error;
}

static void replay(const char *name, struct sockets *sockets)
{
	struct fixture fixture = fixture_load(name);

	assert_int_equal(fixture_replay(&fixture, take, sockets), 0);
	fixture_free(&fixture);
}

static size_t count(const struct sockets *sockets, enum socket_family family,
                    enum socket_state state)
{
	size_t n = 0;

	for (size_t i = 0; i < sockets->n; i++)
		n += sockets->sockets[i].family == family && sockets->sockets[i].state == state;
	return n;
}

/* The socket with these ports, of which there is one. */
static const struct socket_message *find(const struct sockets *sockets, uint16_t local,
                                         uint16_t peer)
{
	const struct socket_message *found = NULL;

	for (size_t i = 0; i < sockets->n; i++) {
		const struct socket_message *socket = &sockets->sockets[i];

		if (socket->local.port != local || socket->peer.port != peer)
			continue;
		assert_null(found);
		found = socket;
	}
	assert_non_null(found);
	return found;
}

static void test_recorded_tcp(void **state)
{
	struct sockets sockets = { .protocol = SOCKET_TCP };
	uint64_t queued = 0, unsent = 0;

	(void)state;
	replay("tcp.bin", &sockets);
	assert_int_equal(sockets.n, 24);
	assert_int_equal(count(&sockets, SOCKET_IPV4, SOCKET_ESTABLISHED), 11);
	assert_int_equal(count(&sockets, SOCKET_IPV4, SOCKET_FIN_WAIT_1), 1);
	assert_int_equal(count(&sockets, SOCKET_IPV4, SOCKET_FIN_WAIT_2), 1);
	assert_int_equal(count(&sockets, SOCKET_IPV4, SOCKET_CLOSE_WAIT), 1);
	assert_int_equal(count(&sockets, SOCKET_IPV4, SOCKET_SYN_SENT), 1);
	assert_int_equal(count(&sockets, SOCKET_IPV4, SOCKET_SYN_RECV), 1);
	assert_int_equal(count(&sockets, SOCKET_IPV6, SOCKET_ESTABLISHED), 6);
	assert_int_equal(count(&sockets, SOCKET_IPV6, SOCKET_FIN_WAIT_2), 1);
	assert_int_equal(count(&sockets, SOCKET_IPV6, SOCKET_CLOSE_WAIT), 1);

	for (size_t i = 0; i < sockets.n; i++) {
		const struct socket_message *socket = &sockets.sockets[i];

		assert_int_equal(socket->protocol, SOCKET_TCP);
		assert_int_not_equal(socket->cookie, 0);
		assert_int_equal(socket->has_queue, socket->info_length > 0);
		assert_int_equal(socket->has_queue, socket->has_memory);
		assert_int_equal(socket->has_queue, socket->algorithm[0] != '\0');
		assert_int_equal(socket->has_queue, socket->cgroup_id != 0);
		queued += socket->queue_bytes;
		unsent += socket_message_unsent(socket);
	}
	/* Full ones, one with its FIN behind; a SYN on its way; the one byte of a subflow. */
	assert_int_equal(queued, 2 * 3782144 + 3782145 + 1 + 1);
	assert_int_equal(unsent, queued - 1);
}

static void test_recorded_values(void **state)
{
	struct sockets sockets = { .protocol = SOCKET_TCP };
	const struct socket_message *full, *paced;
	const uint8_t loopback[16] = { 127, 0, 0, 1 };

	(void)state;
	replay("tcp.bin", &sockets);
	full = find(&sockets, 42390, 43421);
	assert_int_equal(full->queue_bytes, 3782144);
	assert_int_equal(full->queued_bytes, 3847872);
	assert_int_equal(full->buffer_bytes, 4194304);
	assert_string_equal(full->algorithm, "bbr");
	assert_memory_equal(full->local.address, loopback, sizeof(loopback));
	assert_int_equal(full->info.tcpi_bytes_sent, 176128);
	assert_int_equal(full->info.tcpi_bytes_retrans, 47616);
	assert_int_equal(full->info.tcpi_bytes_acked, 128513);
	assert_int_equal(full->info.tcpi_snd_cwnd, 16);
	assert_int_equal(full->info.tcpi_total_retrans, 1);
	assert_int_equal(full->info.tcpi_busy_time, full->info.tcpi_rwnd_limited);
	assert_true(SOCKET_MESSAGE_HAS(full, tcpi_snd_wnd));

	paced = find(&sockets, 42376, 43421);
	assert_string_equal(paced->algorithm, "reno");
	assert_int_equal(paced->info.tcpi_pacing_rate, 1000000);
	assert_int_equal(paced->info.tcpi_delivery_rate_app_limited, 1);
}

/* An orphan in FIN_WAIT_2 is a TIME_WAIT socket to the kernel, and has no queue. */
static void test_recorded_orphan(void **state)
{
	struct sockets sockets = { .protocol = SOCKET_TCP };

	(void)state;
	replay("tcp.bin", &sockets);
	for (size_t i = 0; i < sockets.n; i++)
		if (sockets.sockets[i].state == SOCKET_FIN_WAIT_2)
			assert_int_equal(sockets.sockets[i].has_queue,
			                 sockets.sockets[i].family == SOCKET_IPV4);
}

static void test_recorded_listeners(void **state)
{
	struct sockets sockets = { .protocol = SOCKET_TCP };

	(void)state;
	replay("tcp_listening.bin", &sockets);
	assert_int_equal(sockets.n, 5);
	assert_int_equal(count(&sockets, SOCKET_IPV4, SOCKET_LISTEN), 3);
	assert_int_equal(count(&sockets, SOCKET_IPV6, SOCKET_LISTEN), 2);
	for (size_t i = 0; i < sockets.n; i++)
		assert_false(sockets.sockets[i].has_queue);
}

static void test_recorded_udp(void **state)
{
	struct sockets sockets = { .protocol = SOCKET_UDP };
	const struct socket_message *waiting;

	(void)state;
	replay("udp_ipv4.bin", &sockets);
	replay("udp_ipv6.bin", &sockets);
	assert_int_equal(sockets.n, 3);
	assert_int_equal(count(&sockets, SOCKET_IPV4, SOCKET_CLOSE), 1);
	assert_int_equal(count(&sockets, SOCKET_IPV6, SOCKET_CLOSE), 1);
	waiting = find(&sockets, 37302, 53);
	assert_int_equal(waiting->queue_bytes, 41472);
	assert_int_equal(waiting->queued_bytes, 41472);
	assert_int_equal(waiting->buffer_bytes, 212992);
	assert_int_equal(waiting->info_length, 0);
}

static void test_recorded_mptcp(void **state)
{
	struct sockets sockets = { .protocol = SOCKET_MPTCP };
	const struct socket_message *full;

	(void)state;
	replay("mptcp_ipv4.bin", &sockets);
	replay("mptcp_ipv6.bin", &sockets);
	assert_int_equal(count(&sockets, SOCKET_IPV4, SOCKET_ESTABLISHED), 4);
	assert_int_equal(count(&sockets, SOCKET_IPV4, SOCKET_LISTEN), 1);
	assert_int_equal(count(&sockets, SOCKET_IPV6, SOCKET_ESTABLISHED), 2);
	assert_int_equal(count(&sockets, SOCKET_IPV6, SOCKET_LISTEN), 1);
	assert_int_equal(sockets.n, 8);
	full = find(&sockets, 44928, 58763);
	assert_int_equal(full->queue_bytes, 0x777fc0dd - 0x774413e2); /* write_seq, snd_una */
	assert_int_equal(full->queued_bytes, 3932040);
	assert_int_equal(full->buffer_bytes, 4198400);
}

/* A message of the header, with tcp_info of info_length, 60 bytes of it unsent; 0: none. */
static struct nlmsghdr *compose(void *buffer, struct inet_diag_msg header, size_t info_length)
{
	struct nlmsghdr *message = message_begin(buffer, 18, &header, sizeof(header));
	_Alignas(8) char info[512];

	memset(info, 0xff, sizeof(info));
	((struct tcp_info *)(void *)info)->tcpi_notsent_bytes = 60;
	if (info_length)
		mnl_attr_put(message, INET_DIAG_INFO, info_length, info);
	return message;
}

static struct socket_message parse(struct inet_diag_msg header, size_t info_length)
{
	_Alignas(8) char buffer[1024];
	struct socket_message socket;

	memset(&socket, 0xaa, sizeof(socket)); /* nothing of it may stay */
	assert_int_equal(
		socket_message_parse(compose(buffer, header, info_length), SOCKET_TCP, &socket), 0);
	return socket;
}

static void test_backlog_limit_of_listener_is_no_queue(void **state)
{
	struct inet_diag_msg header = { .idiag_family = AF_INET, .idiag_wqueue = 128 };

	(void)state;
	header.idiag_state = SOCKET_LISTEN;
	assert_false(parse(header, sizeof(struct tcp_info)).has_queue);
	assert_int_equal(parse(header, 0).queue_bytes, 0);
	header.idiag_state = SOCKET_TIME_WAIT;
	assert_false(parse(header, 0).has_queue);
}

static void test_lengths_of_tcp_info(void **state)
{
	const struct inet_diag_msg header = { .idiag_family = AF_INET6,
		                              .idiag_state = SOCKET_ESTABLISHED,
		                              .idiag_wqueue = 100 };
	const size_t enough = offsetof(struct tcp_info, tcpi_notsent_bytes) + 4;

	(void)state;
	for (size_t length = 0; length <= 512; length++) {
		const struct socket_message socket = parse(header, length);
		size_t known = length < sizeof(socket.info) ? length : sizeof(socket.info);
		const char *info = (const void *)&socket.info;

		assert_int_equal(socket.info_length, length);
		assert_int_equal(SOCKET_MESSAGE_HAS(&socket, tcpi_notsent_bytes), length >= enough);
		if (length >= enough)
			assert_int_equal(socket_message_unsent(&socket), 60);
		for (size_t i = known; i < sizeof(socket.info); i++)
			assert_int_equal(info[i], 0);
		assert_int_equal(socket.queue_bytes, 100);
		assert_true(socket.has_queue);
	}
	assert_false(SOCKET_MESSAGE_HAS(&(struct socket_message){ 0 }, tcpi_state));
}

static void test_unsent_never_exceeds_queue(void **state)
{
	const struct inet_diag_msg header = { .idiag_family = AF_INET,
		                              .idiag_state = SOCKET_CLOSING,
		                              .idiag_wqueue = 59 };
	const struct socket_message socket = parse(header, sizeof(struct tcp_info));

	(void)state;
	assert_int_equal(socket_message_unsent(&socket), 59);
}

static void test_request_sockets(void **state)
{
	struct inet_diag_msg header = { .idiag_family = AF_INET, .idiag_state = SOCKET_SYN_RECV };

	(void)state;
	assert_false(parse(header, 0).has_queue);
	assert_true(parse(header, sizeof(struct tcp_info)).has_queue);
	header.idiag_state = 12; /* TCP_NEW_SYN_RECV */
	assert_int_equal(parse(header, 0).state, SOCKET_SYN_RECV);
}

static void test_unknown_states(void **state)
{
	static const uint8_t states[] = { 0, 13, 14, 255 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(states); i++) {
		const struct inet_diag_msg header = { .idiag_family = AF_INET,
			                              .idiag_state = states[i] };
		_Alignas(8) char buffer[256];
		struct socket_message socket;

		assert_int_equal(
			socket_message_parse(compose(buffer, header, 0), SOCKET_TCP, &socket),
			-EBADMSG);
	}
}

static const struct inet_diag_msg established = { .idiag_family = AF_INET,
	                                          .idiag_state = SOCKET_ESTABLISHED,
	                                          .id = { .idiag_sport = 0x5000,
	                                                  .idiag_cookie = { 1, 2 } } };

static void test_unknown_and_repeated_attributes(void **state)
{
	_Alignas(8) char buffer[1024];
	struct nlmsghdr *message = compose(buffer, established, 0);
	const uint32_t memory[16] = { 0, 0, 0, 64, 0, 32 };
	struct socket_message socket;

	(void)state;
	mnl_attr_put(message, 1000, 3, "abc");
	mnl_attr_put(message, INET_DIAG_CONG, 5, "first");
	mnl_attr_put(message, INET_DIAG_SKMEMINFO, sizeof(memory), memory);
	mnl_attr_put(message, NLA_F_NESTED | 60, 0, NULL);
	mnl_attr_put_u64(message, INET_DIAG_CGROUP_ID, UINT64_C(0x1234567800000009));
	mnl_attr_put(message, INET_DIAG_CONG, 40, "0123456789abcdefghijklmnopqrstuvwxyzABCD");
	assert_int_equal(socket_message_parse(message, SOCKET_TCP, &socket), 0);
	assert_string_equal(socket.algorithm, "0123456789abcde"); /* cut, and terminated */
	assert_int_equal(socket.cgroup_id, UINT64_C(0x1234567800000009));
	assert_int_equal(socket.cookie, UINT64_C(2) << 32 | 1);
	assert_int_equal(ntohs(established.id.idiag_sport), socket.local.port);
	assert_true(socket.has_memory);
	assert_int_equal(socket.buffer_bytes, 64);
	assert_int_equal(socket.queued_bytes, 32);
}

/* What is too short for what it ought to be was not told. */
static void test_short_attributes(void **state)
{
	_Alignas(8) char buffer[1024];
	struct nlmsghdr *message = compose(buffer, established, 0);
	const uint32_t memory[5] = { 1, 2, 3, 4, 5 };
	struct socket_message socket;

	(void)state;
	mnl_attr_put(message, INET_DIAG_SKMEMINFO, sizeof(memory), memory);
	mnl_attr_put(message, INET_DIAG_CGROUP_ID, 7, "1234567");
	mnl_attr_put(message, INET_DIAG_CONG, 0, NULL);
	assert_int_equal(socket_message_parse(message, SOCKET_TCP, &socket), 0);
	assert_false(socket.has_memory);
	assert_int_equal(socket.cgroup_id, 0);
	assert_string_equal(socket.algorithm, "");
}

static int take_one(const struct nlmsghdr *message, void *context)
{
	struct socket_message socket;

	(void)socket_message_parse(message, *(const enum socket_protocol *)context, &socket);
	return 0;
}

static void test_cut_at_every_length(void **state)
{
	static const struct {
		const char *name;
		enum socket_protocol protocol;
	} cases[] = {
		{ "tcp.bin", SOCKET_TCP },
		{ "tcp_listening.bin", SOCKET_TCP },
		{ "udp_ipv4.bin", SOCKET_UDP },
		{ "mptcp_ipv6.bin", SOCKET_MPTCP },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct fixture fixture = fixture_load(cases[i].name);
		enum socket_protocol protocol = cases[i].protocol;

		fixture_replay_cut(&fixture, take_one, &protocol);
		fixture_free(&fixture);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_recorded_tcp),
		cmocka_unit_test(test_recorded_values),
		cmocka_unit_test(test_recorded_orphan),
		cmocka_unit_test(test_recorded_listeners),
		cmocka_unit_test(test_recorded_udp),
		cmocka_unit_test(test_recorded_mptcp),
		cmocka_unit_test(test_backlog_limit_of_listener_is_no_queue),
		cmocka_unit_test(test_lengths_of_tcp_info),
		cmocka_unit_test(test_unsent_never_exceeds_queue),
		cmocka_unit_test(test_request_sockets),
		cmocka_unit_test(test_unknown_states),
		cmocka_unit_test(test_unknown_and_repeated_attributes),
		cmocka_unit_test(test_short_attributes),
		cmocka_unit_test(test_cut_at_every_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
