/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Replies as the kernel gave them, held to what ss printed: tests/fixtures/unix.txt. */
#include "tests/unit/fixture.h"

#include <errno.h>
#include <linux/unix_diag.h>
#include <sys/socket.h>

#include "collectors/socket/unix_message.h"

struct sockets {
	size_t n, n_datagram;
	struct socket_message sockets[16];
};

static int take(const struct nlmsghdr *message, void *context)
{
	struct sockets *sockets = context;
	int error = unix_message_parse(message, &sockets->sockets[sockets->n]);

	sockets->n += error == 0;
	sockets->n_datagram += error == -ENODATA;
	return error == -ENODATA ? 0 : error;
}

static const struct socket_message *find(const struct sockets *sockets, uint32_t inode)
{
	for (size_t i = 0; i < sockets->n; i++)
		if (sockets->sockets[i].inode == inode)
			return &sockets->sockets[i];
	fail_msg("no socket %u", inode);
	abort();
}

static void test_recorded(void **state)
{
	struct fixture fixture = fixture_load("unix.bin");
	struct sockets sockets = { 0 };

	(void)state;
	assert_int_equal(fixture_replay(&fixture, take, &sockets), 0);
	fixture_free(&fixture);
	assert_int_equal(sockets.n_datagram, 2);
	assert_int_equal(sockets.n, 8);
	for (size_t i = 0; i < sockets.n; i++) {
		const struct socket_message *socket = &sockets.sockets[i];

		assert_int_equal(socket->protocol, SOCKET_UNIX);
		assert_int_equal(socket->family, SOCKET_NO_FAMILY);
		assert_int_equal(socket->buffer_bytes, 212992);
		assert_int_equal(socket->queued_bytes, socket->queue_bytes);
		assert_int_equal(socket->has_queue, socket->state != SOCKET_LISTEN);
		assert_int_not_equal(socket->cookie, 0);
		assert_int_equal(socket->cgroup_id, 0);
	}
	assert_int_equal(find(&sockets, 834726)->state, SOCKET_LISTEN);
	assert_int_equal(find(&sockets, 834735)->state, SOCKET_CLOSE);
	assert_int_equal(find(&sockets, 834727)->queue_bytes, 2304);
	assert_int_equal(find(&sockets, 834729)->queue_bytes, 238336);
	assert_int_equal(find(&sockets, 834731)->queue_bytes, 1280);
	assert_int_equal(find(&sockets, 834732)->queue_bytes, 0);
	assert_int_equal(find(&sockets, 834732)->state, SOCKET_ESTABLISHED);
}

static int parse(const struct unix_diag_msg *header, const void *queue, size_t length,
                 struct socket_message *socket)
{
	_Alignas(8) char buffer[256];
	struct nlmsghdr *message = message_begin(buffer, 20, header, sizeof(*header));

	mnl_attr_put(message, 99, 3, "abc");
	if (queue)
		mnl_attr_put(message, UNIX_DIAG_RQLEN, length, queue);
	return unix_message_parse(message, socket);
}

static void test_states_and_types(void **state)
{
	const struct unix_diag_rqlen queue = { 5, 6 };
	struct unix_diag_msg header = { .udiag_type = SOCK_STREAM };
	struct socket_message socket;

	(void)state;
	for (unsigned number = 0; number < 256; number++) {
		bool known = number == SOCKET_ESTABLISHED || number == SOCKET_CLOSE ||
			number == SOCKET_LISTEN;

		header.udiag_state = (uint8_t)number;
		assert_int_equal(parse(&header, &queue, sizeof(queue), &socket),
		                 known ? 0 : -EBADMSG);
		if (known)
			assert_int_equal(socket.queue_bytes, number == SOCKET_LISTEN ? 0 : 6);
	}
	header.udiag_state = SOCKET_ESTABLISHED;
	for (unsigned type = 0; type < 256; type++) {
		header.udiag_type = (uint8_t)type;
		assert_int_equal(parse(&header, &queue, sizeof(queue), &socket),
		                 type == SOCK_STREAM || type == SOCK_SEQPACKET ? 0 : -ENODATA);
	}
}

static void test_queue_not_told(void **state)
{
	const struct unix_diag_rqlen queue = { 5, 6 };
	const struct unix_diag_msg header = { .udiag_type = SOCK_STREAM,
		                              .udiag_state = SOCKET_ESTABLISHED };
	struct socket_message socket = { .uid = 4711 };

	(void)state;
	assert_int_equal(parse(&header, &queue, 7, &socket), -EBADMSG);
	assert_int_equal(socket.uid, 4711); /* untouched */
	assert_int_equal(parse(&header, NULL, 0, &socket), 0);
	assert_false(socket.has_queue);
	assert_false(socket.has_memory);
}

static int take_one(const struct nlmsghdr *message, void *context)
{
	struct socket_message socket;

	(void)context;
	(void)unix_message_parse(message, &socket);
	return 0;
}

static void test_cut_at_every_length(void **state)
{
	struct fixture fixture = fixture_load("unix.bin");

	(void)state;
	fixture_replay_cut(&fixture, take_one, NULL);
	fixture_free(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_recorded),
		cmocka_unit_test(test_states_and_types),
		cmocka_unit_test(test_queue_not_told),
		cmocka_unit_test(test_cut_at_every_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
