/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/socket_sample.h"

#include "collectors/socket/socket_distributions.h"

static uint64_t count(const struct histogram *histogram)
{
	uint64_t n = 0;

	for (size_t i = 0; i <= histogram->bounds->n; i++)
		n += histogram->counts[i];
	return n;
}

static const struct histogram *depths(const struct socket_distributions *distributions,
                                      enum socket_protocol protocol)
{
	return distributions->queues[protocol][SOCKET_DEPTH_BYTES].all;
}

static const struct histogram *fills(const struct socket_distributions *distributions,
                                     enum socket_protocol protocol)
{
	return distributions->queues[protocol][SOCKET_FILL_RATIO].all;
}

static void add(struct socket_distributions *distributions, uint32_t queue_bytes)
{
	const struct socket_message socket = sample_tcp(1, queue_bytes);

	socket_distributions_add(distributions, &socket);
}

static void test_queues_count_in_whole_samples(void **state)
{
	struct socket_distributions distributions = { 0 };

	(void)state;
	assert_int_equal(socket_distributions_init(&distributions), 0);
	socket_distributions_begin(&distributions);
	add(&distributions, 1);
	add(&distributions, 2);
	/* Begun anew. */
	socket_distributions_begin(&distributions);
	add(&distributions, 0);
	add(&distributions, 1024);
	add(&distributions, 1025);
	add(&distributions, UINT32_MAX);
	assert_int_equal(count(depths(&distributions, SOCKET_TCP)), 0);
	socket_distributions_end(&distributions);
	assert_int_equal(count(depths(&distributions, SOCKET_TCP)), 4);
	assert_int_equal(depths(&distributions, SOCKET_TCP)->counts[0], 1);
	assert_int_equal(depths(&distributions, SOCKET_TCP)->counts[1], 1);
	assert_int_equal(depths(&distributions, SOCKET_TCP)->counts[2], 1);
	assert_int_equal(depths(&distributions, SOCKET_TCP)->counts[10], 1);
	assert_int_equal(depths(&distributions, SOCKET_TCP)->sum, UINT64_C(2049) + UINT32_MAX);
	assert_int_equal(count(depths(&distributions, SOCKET_UDP)), 0);

	socket_distributions_begin(&distributions);
	add(&distributions, 0);
	socket_distributions_end(&distributions);
	assert_int_equal(count(depths(&distributions, SOCKET_TCP)), 5);
	socket_distributions_clear(&distributions);
	socket_distributions_clear(&distributions);
}

static void test_fill(void **state)
{
	static const struct {
		uint32_t queued, buffer;
		unsigned bucket;
	} cases[] = {
		{ 0, 1000, 0 },    { 1, 1000, 1 },       { 100, 1000, 1 },
		{ 101, 1000, 2 },  { 999, 1000, 6 },     { 1000, 1000, 6 },
		{ 1001, 1000, 7 }, { UINT32_MAX, 1, 7 }, { UINT32_MAX, UINT32_MAX, 6 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct socket_distributions distributions = { 0 };
		struct socket_message socket = sample_other(SOCKET_UDP, 1, 5);

		assert_int_equal(socket_distributions_init(&distributions), 0);
		socket_distributions_begin(&distributions);
		socket_distributions_add(&distributions, &socket); /* memory not told */
		socket.has_memory = true;
		socket_distributions_add(&distributions, &socket); /* no buffer at all */
		socket.queued_bytes = cases[i].queued;
		socket.buffer_bytes = cases[i].buffer;
		socket_distributions_add(&distributions, &socket);
		socket_distributions_end(&distributions);
		assert_int_equal(count(fills(&distributions, SOCKET_UDP)), 1);
		assert_int_equal(fills(&distributions, SOCKET_UDP)->counts[cases[i].bucket], 1);
		assert_int_equal(count(depths(&distributions, SOCKET_UDP)), 3);
		socket_distributions_clear(&distributions);
	}
}

/* What was sent is true whatever becomes of the sample. */
static void test_senders(void **state)
{
	struct socket_distributions distributions = { 0 };
	struct socket_message socket = sample_tcp(1, 0);

	(void)state;
	assert_int_equal(socket_distributions_init(&distributions), 0);
	socket.info.tcpi_snd_cwnd = 1 << 20;
	socket.info.tcpi_snd_mss = 1 << 15;
	socket_distributions_begin(&distributions);
	socket_distributions_add_sender(&distributions, &socket);
	assert_int_equal(count(distributions.window), 1);
	assert_int_equal(distributions.window->sum, UINT64_C(1) << 35);
	assert_int_equal(count(distributions.round_trip), 0); /* not measured yet */
	socket.info.tcpi_rtt = 5000000;                       /* beyond 32 bits of nanoseconds */
	socket_distributions_add_sender(&distributions, &socket);
	socket_distributions_begin(&distributions);
	assert_int_equal(count(distributions.window), 2);
	assert_int_equal(count(distributions.round_trip), 1);
	assert_int_equal(distributions.round_trip->sum, UINT64_C(5000000000));
	assert_int_equal(distributions.round_trip->counts[16], 1);
	socket_distributions_clear(&distributions);
}

static void test_swap(void **state)
{
	struct socket_distributions one = { 0 }, other = { 0 };

	(void)state;
	assert_int_equal(socket_distributions_init(&one), 0);
	assert_int_equal(socket_distributions_init(&other), 0);
	socket_distributions_begin(&one);
	add(&one, 7);
	socket_distributions_end(&one);
	socket_distributions_swap(&one, &other);
	assert_int_equal(count(depths(&one, SOCKET_TCP)), 0);
	assert_int_equal(count(depths(&other, SOCKET_TCP)), 1);
	socket_distributions_clear(&one);
	socket_distributions_clear(&other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_queues_count_in_whole_samples),
		cmocka_unit_test(test_fill),
		cmocka_unit_test(test_senders),
		cmocka_unit_test(test_swap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
