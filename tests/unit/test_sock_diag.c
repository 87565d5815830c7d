/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Replies as the kernel gave them, held to what ss printed: tests/fixtures/tcp.txt and udp.txt. */
#include "tests/unit/fixture.h"

#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/tcp.h>
#include <sys/socket.h>

#include "collectors/socket/sock_diag.h"

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

static void test_recorded_tcp(void **state)
{
	struct sockets sockets = { .protocol = SOCKET_TCP };
	uint64_t queued = 0, unsent = 0;

	(void)state;
	replay("tcp.bin", &sockets);
	assert_int_equal(sockets.n, 25);
	assert_int_equal(count(&sockets, SOCKET_IPV4, SOCKET_ESTABLISHED), 7);
	assert_int_equal(count(&sockets, SOCKET_IPV4, SOCKET_TIME_WAIT), 4);
	assert_int_equal(count(&sockets, SOCKET_IPV4, SOCKET_FIN_WAIT_1), 1);
	assert_int_equal(count(&sockets, SOCKET_IPV4, SOCKET_FIN_WAIT_2), 1);
	assert_int_equal(count(&sockets, SOCKET_IPV4, SOCKET_CLOSE_WAIT), 1);
	assert_int_equal(count(&sockets, SOCKET_IPV4, SOCKET_SYN_SENT), 1);
	assert_int_equal(count(&sockets, SOCKET_IPV4, SOCKET_LISTEN), 1);
	assert_int_equal(count(&sockets, SOCKET_IPV6, SOCKET_ESTABLISHED), 4);
	assert_int_equal(count(&sockets, SOCKET_IPV6, SOCKET_TIME_WAIT), 2);
	assert_int_equal(count(&sockets, SOCKET_IPV6, SOCKET_FIN_WAIT_2), 1);
	assert_int_equal(count(&sockets, SOCKET_IPV6, SOCKET_CLOSE_WAIT), 1);
	assert_int_equal(count(&sockets, SOCKET_IPV6, SOCKET_LISTEN), 1);

	for (size_t i = 0; i < sockets.n; i++) {
		const struct socket_message *socket = &sockets.sockets[i];

		if (socket->state == SOCKET_LISTEN || socket->state == SOCKET_TIME_WAIT)
			assert_false(socket->has_queue);
		assert_true(socket->has_queue || socket->queue_bytes == 0);
		assert_true(socket->unsent_bytes <= socket->queue_bytes);
		queued += socket->queue_bytes;
		unsent += socket->unsent_bytes;
	}
	/* Two established ones, one with its FIN behind, and a SYN on its way. */
	assert_int_equal(queued, 2 * 3782144 + 3782145 + 1);
	assert_int_equal(unsent, 2 * 3782144 + 3782145);
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

static void test_recorded_udp(void **state)
{
	struct sockets sockets = { .protocol = SOCKET_UDP };

	(void)state;
	replay("udp_ipv4.bin", &sockets);
	replay("udp_ipv6.bin", &sockets);
	assert_int_equal(sockets.n, 3);
	assert_int_equal(count(&sockets, SOCKET_IPV4, SOCKET_ESTABLISHED), 1);
	assert_int_equal(count(&sockets, SOCKET_IPV4, SOCKET_CLOSE), 1);
	assert_int_equal(count(&sockets, SOCKET_IPV6, SOCKET_CLOSE), 1);
	for (size_t i = 0; i < sockets.n; i++)
		assert_int_equal(sockets.sockets[i].queue_bytes,
		                 sockets.sockets[i].state == SOCKET_ESTABLISHED ? 25344 : 0);
}

/* tcp_info as long as info_length, with 60 bytes unsent; 0: none. */
static struct socket_message parse(struct inet_diag_msg header, size_t info_length)
{
	_Alignas(8) char buffer[1024] = { 0 };
	struct nlmsghdr *message = message_begin(buffer, 18, &header, sizeof(header));
	_Alignas(8) char info[512] = { 0 };
	struct socket_message socket;

	((struct tcp_info *)(void *)info)->tcpi_notsent_bytes = 60;
	if (info_length)
		mnl_attr_put(message, INET_DIAG_INFO, info_length, info);
	assert_int_equal(socket_message_parse(message, SOCKET_TCP, &socket), 0);
	return socket;
}

static void test_backlog_limit_of_listener_is_no_queue(void **state)
{
	(void)state;
	assert_false(parse((struct inet_diag_msg){ .idiag_family = AF_INET,
	                                           .idiag_state = SOCKET_LISTEN,
	                                           .idiag_wqueue = 128 },
	                   sizeof(struct tcp_info))
	                     .has_queue);
}

static void test_lengths_of_tcp_info(void **state)
{
	const struct inet_diag_msg header = { .idiag_family = AF_INET6,
		                              .idiag_state = SOCKET_ESTABLISHED,
		                              .idiag_wqueue = 100 };
	const size_t enough = offsetof(struct tcp_info, tcpi_notsent_bytes) + 4;

	(void)state;
	assert_int_equal(parse(header, enough).unsent_bytes, 60);
	assert_true(parse(header, enough).has_unsent);
	assert_int_equal(parse(header, 512).unsent_bytes, 60);
	assert_false(parse(header, enough - 1).has_unsent);
	assert_false(parse(header, 104).has_unsent); /* Linux 3.x */
	assert_false(parse(header, 0).has_unsent);
	assert_int_equal(parse(header, 0).queue_bytes, 100);
	assert_true(parse(header, 0).has_queue);
}

static void test_unsent_never_exceeds_queue(void **state)
{
	const struct inet_diag_msg header = { .idiag_family = AF_INET,
		                              .idiag_state = SOCKET_CLOSING,
		                              .idiag_wqueue = 59 };

	(void)state;
	assert_int_equal(parse(header, sizeof(struct tcp_info)).unsent_bytes, 59);
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
			socket_message_parse(message_begin(buffer, 18, &header, sizeof(header)),
		                             SOCKET_TCP, &socket),
			-EBADMSG);
	}
}

static int take_one(const struct nlmsghdr *message, void *context)
{
	struct socket_message socket;

	return socket_message_parse(message, *(const enum socket_protocol *)context, &socket);
}

static void test_cut_at_every_length(void **state)
{
	static const char *const names[] = { "tcp.bin", "udp_ipv4.bin" };
	enum socket_protocol protocols[] = { SOCKET_TCP, SOCKET_UDP };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct fixture fixture = fixture_load(names[i]);

		fixture_replay_cut(&fixture, take_one, &protocols[i]);
		fixture_free(&fixture);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_recorded_tcp),
		cmocka_unit_test(test_recorded_orphan),
		cmocka_unit_test(test_recorded_udp),
		cmocka_unit_test(test_backlog_limit_of_listener_is_no_queue),
		cmocka_unit_test(test_lengths_of_tcp_info),
		cmocka_unit_test(test_unsent_never_exceeds_queue),
		cmocka_unit_test(test_request_sockets),
		cmocka_unit_test(test_unknown_states),
		cmocka_unit_test(test_cut_at_every_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
