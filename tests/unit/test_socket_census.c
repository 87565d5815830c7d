/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What comes of sockets over time: counters. */
#include "tests/unit/census_script.h"

static int begin(void **state)
{
	(void)state;
	script_begin("unit");
	script_open();
	return 0;
}

static int end(void **state)
{
	(void)state;
	script_end();
	return 0;
}

static struct socket_message sender(uint64_t cookie, uint64_t sent, uint64_t retransmitted)
{
	struct socket_message socket = sample_tcp(cookie, 0);

	socket.info.tcpi_bytes_sent = sent;
	socket.info.tcpi_bytes_retrans = retransmitted;
	return socket;
}

static uint64_t sent(void)
{
	return totals_of(SOCKET_TCP).sent_bytes;
}

static void test_first_sample_is_a_baseline(void **state)
{
	struct socket_message sockets[] = { sender(1, 1000, 100), sender(2, 5000, 0) };

	(void)state;
	take_sample(sockets, 2);
	assert_int_equal(sent(), 0);
	sockets[0].info.tcpi_bytes_sent += 7;
	sockets[0].info.tcpi_bytes_retrans += 3;
	sockets[1].info.tcpi_bytes_sent += 10;
	take_sample(sockets, 2);
	assert_int_equal(sent(), 17);
	assert_int_equal(totals_of(SOCKET_TCP).retransmitted_bytes, 3);
	take_sample(sockets, 2);
	assert_int_equal(sent(), 17);
	assert_int_equal(sample.tally.skipped_objects, 0);
}

static void test_new_sockets_count_from_their_birth(void **state)
{
	const struct socket_message sockets[] = { sender(1, 1000, 0), sender(2, 5000, 30) };

	(void)state;
	take_sample(sockets, 1);
	take_sample(sockets, 2);
	assert_int_equal(sent(), 5000);
	assert_int_equal(totals_of(SOCKET_TCP).retransmitted_bytes, 30);
}

/* The first sample may be begun anew: what is new in the second attempt is no younger. */
static void test_baseline_interrupted(void **state)
{
	struct socket_message sockets[] = { sender(1, 1000, 0), sender(2, 5000, 0) };

	(void)state;
	sample_begin(sockets, 1);
	sockets[0].info.tcpi_bytes_sent += 1;
	take_sample(sockets, 2);
	assert_int_equal(sent(), 1);
	take_sample(sockets, 2);
	assert_int_equal(sent(), 1);
}

static void test_counters_that_go_backwards(void **state)
{
	struct socket_message socket = sender(1, 1000, 100);

	(void)state;
	take_sample(&socket, 1);
	/* Disconnected, and connected again: it has begun at 0. */
	socket.info.tcpi_bytes_sent = 40;
	socket.info.tcpi_bytes_retrans = 4;
	take_sample(&socket, 1);
	assert_int_equal(sent(), 40);
	assert_int_equal(totals_of(SOCKET_TCP).retransmitted_bytes, 4);
}

static void test_sockets_that_close(void **state)
{
	struct socket_message sockets[] = { sender(1, 1000, 0), sender(2, 5000, 0) };

	(void)state;
	take_sample(sockets, 2);
	sockets[1].info.tcpi_bytes_sent += 9;
	take_sample(sockets, 2);
	for (unsigned i = 0; i < 3; i++) {
		take_sample(sockets, 1);
		assert_int_equal(sent(), 9);
	}
	assert_int_equal(sample.bound.n, 1);
	take_sample(NULL, 0);
	take_sample(NULL, 0);
	assert_int_equal(sample.bound.n, 0);
	assert_int_equal(sent(), 9);
	assert_int_equal(group(SOCKET_TCP, "10.service")->sums.n_sockets, 0);
}

/* A dump may pass a socket over once: it is not new when it comes back. */
static void test_passed_over(void **state)
{
	struct socket_message socket = sender(1, 1000, 0);

	(void)state;
	take_sample(&socket, 1);
	take_sample(NULL, 0);
	socket.info.tcpi_bytes_sent += 5;
	take_sample(&socket, 1);
	assert_int_equal(sent(), 5);
}

static void test_interrupted_samples_lose_and_double_nothing(void **state)
{
	struct socket_message sockets[] = { sender(1, 0, 0), sender(2, 0, 0), sender(3, 70, 0) };

	(void)state;
	take_sample(sockets, 2);
	for (unsigned i = 1; i <= 200; i++) {
		sockets[0].info.tcpi_bytes_sent += 10;
		sockets[1].info.tcpi_bytes_sent += 1;
		sample_begin(sockets, i % 3);
		sample_begin(sockets, 2);
		if (i % 7)
			continue;
		take_sample(sockets, 2);
		assert_int_equal(sent(), 11 * i);
		assert_int_equal(sums_of(SOCKET_TCP).n_sockets, 2);
	}
	/* One that was born and has died in samples that were given up. */
	take_sample(sockets, 2);
	sample_begin(sockets, 3);
	take_sample(sockets, 2);
	assert_int_equal(sent(), 11 * 200 + 70);
	assert_int_equal(census->n_sockets[SOCKET_TCP][SOCKET_IPV4][SOCKET_ESTABLISHED], 2);
}

/* What a sample without owners has seen is in the next one. */
static void test_failing_owners(void **state)
{
	struct socket_message sockets[] = { sender(1, 0, 0), sender(2, 50, 0) };

	(void)state;
	take_sample(sockets, 1);
	sockets[1].cgroup_id = 11;
	owners.error = -ENOMEM;
	for (unsigned i = 0; i < 300; i++) {
		sample_begin(sockets, 2);
		assert_int_equal(socket_census_end(census), -ENOMEM);
	}
	assert_string_equal(sample.reason.text, "scripted");
	assert_int_equal(sent(), 0);
	owners.error = 0;
	take_sample(sockets, 2);
	assert_int_equal(group(SOCKET_TCP, "11.service")->totals.sent_bytes, 50);
	assert_int_equal(sample.tally.skipped_objects, 0);
}

static void expect_busy(uint64_t network, uint64_t receiver, uint64_t send_buffer)
{
	const struct socket_totals totals = totals_of(SOCKET_TCP);

	assert_int_equal(totals.limited_usec[SOCKET_LIMIT_NETWORK], network);
	assert_int_equal(totals.limited_usec[SOCKET_LIMIT_RECEIVER], receiver);
	assert_int_equal(totals.limited_usec[SOCKET_LIMIT_SEND_BUFFER], send_buffer);
}

static void test_busy_time_is_the_sum_of_three_parts(void **state)
{
	struct socket_message socket = sample_tcp(1, 0);

	(void)state;
	socket.info.tcpi_busy_time = 5000;
	socket.info.tcpi_rwnd_limited = 3000;
	take_sample(&socket, 1);
	expect_busy(0, 0, 0);
	socket.info.tcpi_busy_time += 600;
	socket.info.tcpi_rwnd_limited += 100;
	socket.info.tcpi_sndbuf_limited += 200;
	take_sample(&socket, 1);
	expect_busy(300, 100, 200);
	socket.info.tcpi_busy_time += 1000;
	socket.info.tcpi_rwnd_limited += 1000;
	take_sample(&socket, 1);
	expect_busy(300, 1100, 200);

	/* A kernel whose parts exceed the whole. */
	socket.cookie = 2;
	socket.info.tcpi_busy_time = 10;
	socket.info.tcpi_rwnd_limited = 20;
	socket.info.tcpi_sndbuf_limited = 0;
	take_sample(&socket, 1);
	expect_busy(300, 1120, 200);
}

static void test_untracked_beyond_bound(void **state)
{
	struct socket_message sockets[] = { sender(1, 0, 0), sender(2, 0, 0), sender(3, 0, 0) };

	(void)state;
	sample.bound.max = 2;
	for (unsigned i = 0; i < 3; i++) {
		for (unsigned j = 0; j < 3; j++) {
			sockets[j].info.tcpi_bytes_sent += 100;
			sockets[j].queue_bytes = 8;
		}
		take_sample(sockets, 3);
		/* In all gauges, but in no counter. */
		assert_int_equal(sent(), 200 * i);
		assert_int_equal(sums_of(SOCKET_TCP).queue_bytes, 24);
		assert_int_equal(sample.bound.n_refused, i + 1);
	}
	/* There is room now; but how old it is, nobody knows. */
	take_sample(sockets + 1, 2);
	take_sample(sockets + 1, 2);
	assert_int_equal(sent(), 400);
	take_sample(sockets + 1, 2);
	sockets[2].info.tcpi_bytes_sent += 5;
	take_sample(sockets + 1, 2);
	assert_int_equal(sent(), 405);
	assert_int_equal(sample.bound.n, 2);
}

static void test_duplicates_are_skipped(void **state)
{
	const struct socket_message sockets[] = { sender(1, 5, 0), sender(2, 5, 0),
		                                  sender(1, 9, 0) };

	(void)state;
	take_sample(NULL, 0);
	take_sample(sockets, 3);
	assert_int_equal(sent(), 10);
	assert_int_equal(sums_of(SOCKET_TCP).n_sockets, 2);
	assert_int_equal(census->n_sockets[SOCKET_TCP][SOCKET_IPV4][SOCKET_ESTABLISHED], 2);
	assert_int_equal(sample.tally.skipped_objects, 1);
}

/* Exchanges the census for one of other options, as a reload does. */
static void reload(const char *group_by)
{
	static struct socket_sample former;
	struct socket_census *old = census;

	former = sample;
	former.setup.env = &former.env;
	former.setup.bound = old->table.bound = &former.bound;
	for (unsigned i = 0; i < SOCKET_PROTOCOLS; i++)
		old->groups[i].setup = &former.setup;
	old->setup = &former.setup;
	sample_init(&sample, group_by);
	script_open();
	socket_census_inherit(census, old);
	socket_census_free(old);
	assert_int_equal(former.bound.n, 0);
	sample_clear(&former);
}

static void test_reload_goes_on_counting(void **state)
{
	struct socket_message sockets[] = { sender(1, 0, 0), sender(2, 0, 0) };

	(void)state;
	take_sample(sockets, 2);
	sockets[0].info.tcpi_bytes_sent = 100;
	take_sample(sockets, 2);
	/* And what a sample has seen that was given up. */
	sockets[1].info.tcpi_bytes_sent = 20;
	sample_begin(sockets, 2);
	reload("unit");
	assert_int_equal(sent(), 120);
	sockets[0].info.tcpi_bytes_sent += 3;
	take_sample(sockets, 2);
	assert_int_equal(sent(), 123);
	assert_int_equal(sums_of(SOCKET_TCP).n_sockets, 2);
	assert_int_equal(
		census->distributions.queues[SOCKET_TCP][SOCKET_DEPTH_BYTES].all->counts[0], 6);
}

/* Groups of other kinds begin at 0, and count what comes from then on. */
static void test_reload_with_other_groups(void **state)
{
	struct socket_message socket = sender(1, 0, 0);

	(void)state;
	take_sample(&socket, 1);
	socket.info.tcpi_bytes_sent = 100;
	take_sample(&socket, 1);
	reload("local_port");
	assert_int_equal(sent(), 0);
	socket.info.tcpi_bytes_sent += 3;
	take_sample(&socket, 1);
	assert_int_equal(sent(), 3);
}

static const struct socket_group *group_of_peer(uint16_t peer)
{
	const struct socket_groups *groups = &census->groups[SOCKET_TCP];

	for (size_t i = 1; i < groups->n; i++)
		if (groups->groups[i].key.peer == peer)
			return &groups->groups[i];
	fail_msg("no group of peer %u", peer);
	abort();
}

/* Disconnected, and connected to somebody else: what it sends from then on is sent there. */
static void test_connected_elsewhere(void **state)
{
	struct socket_message socket = sender(1, 0, 0);

	(void)state;
	reload("peer");
	take_sample(&socket, 1);
	socket.info.tcpi_bytes_sent = 1000;
	take_sample(&socket, 1);
	socket.info.tcpi_bytes_sent = 40;
	memcpy(socket.peer.address, (const uint8_t[]){ 192, 0, 2, 1 }, 4);
	take_sample(&socket, 1);
	assert_int_equal(group_of_peer(0)->totals.sent_bytes, 1000);
	assert_int_equal(group_of_peer(1)->totals.sent_bytes, 40);
	assert_int_equal(group_of_peer(1)->sums.n_sockets, 1);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_first_sample_is_a_baseline),
		TEST(test_new_sockets_count_from_their_birth),
		TEST(test_baseline_interrupted),
		TEST(test_counters_that_go_backwards),
		TEST(test_sockets_that_close),
		TEST(test_passed_over),
		TEST(test_interrupted_samples_lose_and_double_nothing),
		TEST(test_failing_owners),
		TEST(test_busy_time_is_the_sum_of_three_parts),
		TEST(test_untracked_beyond_bound),
		TEST(test_duplicates_are_skipped),
		TEST(test_reload_goes_on_counting),
		TEST(test_reload_with_other_groups),
		TEST(test_connected_elsewhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
