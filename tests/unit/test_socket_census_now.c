/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How sockets are: queues, since when they wait, whose they are, and which stand out. */
#include "tests/unit/census_script.h"

static int begin(void **state)
{
	(void)state;
	script_begin("unit");
	return 0;
}

static int end(void **state)
{
	(void)state;
	script_end();
	return 0;
}

/* Backlogged and stalled sockets of the sample. */
static void expect_waiting(enum socket_protocol protocol, uint64_t n_backlogged, uint64_t n_stalled)
{
	const struct socket_sums sums = sums_of(protocol);

	assert_int_equal(sums.n_backlogged, n_backlogged);
	assert_int_equal(sums.n_stalled, n_stalled);
}

/* Backlogged after 5 s, stalled after 3 s. */
static void test_waiting(void **state)
{
	struct socket_message socket = sample_tcp(1, 0);

	(void)state;
	script_open();
	take_sample(&socket, 1);
	socket.queue_bytes = 1000;
	socket.info.tcpi_bytes_acked = 1; /* in the sample that sees it first, it has only moved */
	for (unsigned i = 0; i < 10; i++) {
		take_sample(&socket, 1);
		expect_waiting(SOCKET_TCP, i >= 5, i >= 3);
	}
	/* Something moves: no longer stalled, still backlogged. */
	socket.info.tcpi_bytes_acked++;
	for (unsigned i = 0; i < 10; i++) {
		take_sample(&socket, 1);
		expect_waiting(SOCKET_TCP, 1, i >= 3);
	}
	socket.queue_bytes = 0;
	take_sample(&socket, 1);
	expect_waiting(SOCKET_TCP, 0, 0);
	socket.queue_bytes = 1;
	take_sample(&socket, 1);
	expect_waiting(SOCKET_TCP, 0, 0);
}

/* Everything acknowledged modulo 2^32 looks like nothing: it is the only way to be wrong. */
static void test_acknowledged_beyond_32_bits(void **state)
{
	struct socket_message socket = sample_tcp(1, 1000);

	(void)state;
	script_open();
	for (unsigned i = 0; i < 10; i++) {
		socket.info.tcpi_bytes_acked += UINT64_C(0xffffff00);
		take_sample(&socket, 1);
		expect_waiting(SOCKET_TCP, i >= 5, 0);
	}
}

/* Whatever the clock says, also where its 32 bits begin again. */
static void test_clock(void **state)
{
	static const uint64_t clocks[] = { 0, USEC_PER_SEC, (UINT64_C(1) << 32) * 10000 - 3000000 };

	(void)state;
	script_open();
	for (size_t i = 0; i < ARRAY_SIZE(clocks); i++) {
		const struct socket_message socket = sample_tcp(100 + i, 1000);

		now_usec = clocks[i];
		for (unsigned j = 0; j < 8; j++) {
			take_sample(&socket, 1);
			expect_waiting(SOCKET_TCP, j >= 5, j >= 3);
		}
	}
}

/* A kernel that does not tell what was acknowledged. */
static void test_old_kernel(void **state)
{
	struct socket_message socket = sample_tcp(1, 1000);

	(void)state;
	script_open();
	socket.info_length = offsetof(struct tcp_info, tcpi_bytes_acked);
	for (unsigned i = 0; i < 8; i++)
		take_sample(&socket, 1);
	expect_waiting(SOCKET_TCP, 1, 0);
	assert_int_equal(sums_of(SOCKET_TCP).n_unsent_unknown, 1);
	assert_int_equal(census->least_info_length, offsetof(struct tcp_info, tcpi_bytes_acked));
}

static void test_udp(void **state)
{
	struct socket_message full = sample_other(SOCKET_UDP, 1, 1000);
	struct socket_message empty = sample_other(SOCKET_UDP, 1, 0);

	(void)state;
	script_open();
	for (unsigned i = 0; i < 8; i++) {
		take_sample(&full, 1);
		expect_waiting(SOCKET_UDP, i >= 5, 0);
	}
	/* Emptied in between: nothing is remembered of it, and it begins again. */
	take_sample(&empty, 1);
	for (unsigned i = 0; i < 8; i++) {
		take_sample(&full, 1);
		expect_waiting(SOCKET_UDP, i >= 5, 0);
	}
	take_sample(&empty, 1);
	take_sample(&empty, 1);
	assert_int_equal(sample.bound.n, 0);
	assert_int_equal(sums_of(SOCKET_UDP).n_sockets, 1);
}

/* A UDP socket may be connected to another peer while it waits. */
static void test_udp_changes_its_peer(void **state)
{
	struct socket_message socket = sample_other(SOCKET_UDP, 1, 1000);
	const struct socket_groups *groups;

	(void)state;
	script_end();
	script_begin("peer");
	script_open();
	groups = &census->groups[SOCKET_UDP];
	take_sample(&socket, 1);
	assert_int_equal(groups->n, 2);
	assert_int_equal(groups->groups[1].sums.n_sockets, 1);
	socket.peer.address[0] = 11;
	take_sample(&socket, 1);
	assert_int_equal(groups->groups[1].sums.n_sockets, 0);
	assert_int_equal(groups->groups[0].sums.n_sockets, 1);
}

static void test_sums(void **state)
{
	struct socket_message sockets[] = { sample_tcp(1, 100), sample_tcp(2, 50),
		                            sample_tcp(3, 0) };

	(void)state;
	script_open();
	sockets[0].info.tcpi_notsent_bytes = 60;
	sockets[0].info.tcpi_pacing_rate = 1000;
	sockets[1].info.tcpi_notsent_bytes = 51; /* the queue was read before */
	sockets[1].info.tcpi_pacing_rate = UINT64_MAX;
	sockets[1].info.tcpi_delivery_rate_app_limited = 1;
	sockets[2].info.tcpi_pacing_rate = 7;
	take_sample(sockets, 3);
	assert_int_equal(sums_of(SOCKET_TCP).queue_bytes, 150);
	assert_int_equal(sums_of(SOCKET_TCP).unsent_bytes, 110);
	assert_int_equal(sums_of(SOCKET_TCP).longest_queue_bytes, 100);
	assert_int_equal(sums_of(SOCKET_TCP).pacing_bytes_per_second, 1007);
	assert_int_equal(sums_of(SOCKET_TCP).n_application_limited, 1);
	assert_int_equal(sums_of(SOCKET_TCP).n_unsent_unknown, 0);
	assert_int_equal(census->algorithms.n_sockets[1], 3);
}

static void test_sockets_without_queue(void **state)
{
	struct socket_message listener = sample_tcp(1, 0), remains = sample_tcp(2, 0);
	struct socket_message sockets[2];

	(void)state;
	script_open();
	listener.state = SOCKET_LISTEN;
	remains.state = SOCKET_FIN_WAIT_2;
	sockets[0] = listener;
	sockets[1] = remains;
	for (unsigned i = 0; i < 2; i++) {
		sockets[i].has_queue = false;
		sockets[i].info_length = 0;
	}
	take_sample(sockets, 2);
	assert_int_equal(census->n_sockets[SOCKET_TCP][SOCKET_IPV4][SOCKET_LISTEN], 1);
	assert_int_equal(census->n_sockets[SOCKET_TCP][SOCKET_IPV4][SOCKET_FIN_WAIT_2], 1);
	assert_int_equal(census->n_remains, 1);
	assert_int_equal(sums_of(SOCKET_TCP).n_sockets, 0);
	assert_int_equal(sample.bound.n, 0);
	assert_int_equal(census->least_info_length, SIZE_MAX);
}

static void test_owners_are_resolved_once(void **state)
{
	struct socket_message sockets[] = { sample_tcp(1, 0), sample_tcp(2, 0), sample_tcp(3, 0) };

	(void)state;
	script_open();
	sockets[1].cgroup_id = 11;
	for (unsigned i = 0; i < 5; i++)
		take_sample(sockets, 3);
	assert_int_equal(owners.n_resolutions, 1);
	sockets[2].cgroup_id = 12;
	for (unsigned i = 0; i < 5; i++)
		take_sample(sockets, 3);
	assert_int_equal(owners.n_resolutions, 2);
	for (size_t i = 10; i <= 12; i++)
		assert_true(owners.n_asked[i] > 0);
	assert_int_equal(group(SOCKET_TCP, "10.service")->sums.n_sockets, 1);
	assert_int_equal(group(SOCKET_TCP, "11.service")->sums.n_sockets, 1);
	assert_int_equal(group(SOCKET_TCP, "12.service")->sums.n_sockets, 1);
}

static void test_unix_has_no_owner(void **state)
{
	const struct socket_message socket = sample_other(SOCKET_UNIX, 1, 5);

	(void)state;
	script_open();
	take_sample(&socket, 1);
	assert_int_equal(group(SOCKET_UNIX, "(none)")->sums.queue_bytes, 5);
	assert_int_equal(owners.n_resolutions, 0);
}

static void test_those_that_stand_out(void **state)
{
	struct socket_message sockets[30];
	size_t n = 0;

	(void)state;
	sample.options.top = 3;
	script_open();
	for (uint32_t i = 0; i < 30; i++) {
		sockets[i] = sample_tcp(i + 1, i < 20 ? 0 : i);
		sockets[i].info.tcpi_rtt = 100 - i;
		sockets[i].info.tcpi_rwnd_limited = i;
	}
	for (unsigned i = 0; i < 5; i++)
		take_sample(sockets, 30);
	for (size_t i = 0; i < census->top.n; i++) {
		const struct socket_detail *detail = &census->top.details[i];

		if (!(detail->orders & 1 << SOCKET_BY_SEND_QUEUE))
			continue;
		n++;
		assert_true(detail->message.queue_bytes >= 27);
		assert_int_equal(detail->stalled_usec, 4 * USEC_PER_SEC);
		assert_int_equal(detail->backlogged_usec, 4 * USEC_PER_SEC);
		assert_int_equal(detail->limited_usec[SOCKET_LIMIT_RECEIVER],
		                 detail->message.queue_bytes);
	}
	assert_int_equal(n, 3);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_waiting),
		TEST(test_acknowledged_beyond_32_bits),
		TEST(test_clock),
		TEST(test_old_kernel),
		TEST(test_udp),
		TEST(test_udp_changes_its_peer),
		TEST(test_sums),
		TEST(test_sockets_without_queue),
		TEST(test_owners_are_resolved_once),
		TEST(test_unix_has_no_owner),
		TEST(test_those_that_stand_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
