/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "collectors/socket/socket_table.h"
#include "daemon/cleanup.h"
#include "tests/unit/random.h"

static struct socket_bound bound;

static int begin(void **state)
{
	(void)state;
	bound = (struct socket_bound){ .max = SIZE_MAX };
	return 0;
}

static enum socket_touch touch(struct socket_table *table, uint64_t cookie)
{
	struct tracked_socket *socket = NULL;
	enum socket_touch result = socket_table_touch(table, cookie, &socket);

	assert_int_equal(socket == NULL, result == SOCKET_REFUSED);
	if (!socket)
		return result;
	assert_int_equal(socket->cookie, cookie);
	if (result == SOCKET_NEW)
		assert_int_equal(socket->sent_bytes | socket->cell | socket->filled_ticks, 0);
	return result;
}

/* A whole round of those from first on, all of which are to be found as expected. */
static void round_of(struct socket_table *table, uint64_t first, uint64_t n,
                     enum socket_touch expected)
{
	socket_table_begin(table);
	for (uint64_t i = 0; i < n; i++)
		assert_int_equal(touch(table, first + i), expected);
	socket_table_end(table);
	assert_true(table->complete);
}

static void test_same_sockets_again(void **state)
{
	struct socket_table table;

	(void)state;
	socket_table_init(&table, &bound);
	assert_false(table.complete);
	round_of(&table, 1, 5000, SOCKET_NEW);
	for (unsigned i = 0; i < 300; i++)
		round_of(&table, 1, 5000, SOCKET_KNOWN);
	assert_int_equal(table.n, 5000);
	assert_int_equal(bound.n, 5000);
	socket_table_clear(&table);
	assert_int_equal(bound.n, 0);
}

static void test_any_order(void **state)
{
	struct socket_table table;

	(void)state;
	socket_table_init(&table, &bound);
	round_of(&table, 1, 3000, SOCKET_NEW);
	socket_table_begin(&table);
	for (uint64_t cookie = 3000; cookie > 0; cookie--)
		assert_int_equal(touch(&table, cookie), SOCKET_KNOWN);
	socket_table_end(&table);
	assert_int_equal(table.n, 3000);
	socket_table_clear(&table);
}

static void test_values_stay_with_their_socket(void **state)
{
	struct socket_table table;
	struct tracked_socket *socket;

	(void)state;
	socket_table_init(&table, &bound);
	for (uint64_t round = 0; round < 6; round++) {
		socket_table_begin(&table);
		/* Of each three one leaves for good, at a place in the midst. */
		for (uint64_t cookie = 1; cookie <= 2000; cookie++) {
			enum socket_touch result;

			if (round > 2 && cookie % 3 == 0)
				continue;
			result = socket_table_touch(&table, cookie, &socket);
			assert_int_equal(result, round ? SOCKET_KNOWN : SOCKET_NEW);
			assert_int_equal(socket->sent_bytes, round * cookie);
			socket->sent_bytes += cookie;
		}
		socket_table_end(&table);
	}
	assert_int_equal(table.n, 2000 - 666);
	socket_table_clear(&table);
}

static void test_twice_in_a_round(void **state)
{
	struct socket_table table;

	(void)state;
	socket_table_init(&table, &bound);
	socket_table_begin(&table);
	assert_int_equal(touch(&table, 7), SOCKET_NEW);
	assert_int_equal(touch(&table, 8), SOCKET_NEW);
	assert_int_equal(touch(&table, 7), SOCKET_AGAIN);
	/* A round that is begun anew is another one. */
	socket_table_begin(&table);
	assert_int_equal(touch(&table, 7), SOCKET_KNOWN);
	assert_int_equal(touch(&table, 7), SOCKET_AGAIN);
	socket_table_end(&table);
	assert_int_equal(table.n, 2);
	socket_table_clear(&table);
}

static void test_missed_once_and_back(void **state)
{
	struct socket_table table;
	struct tracked_socket *socket;

	(void)state;
	socket_table_init(&table, &bound);
	socket_table_begin(&table);
	(void)socket_table_touch(&table, 5, &socket);
	socket->sent_bytes = 1000;
	socket->cell = 12;
	socket_table_end(&table);

	round_of(&table, 100, 3, SOCKET_NEW);
	assert_int_equal(table.n, 4);
	socket_table_begin(&table);
	assert_int_equal(socket_table_touch(&table, 5, &socket), SOCKET_BACK);
	assert_int_equal(socket->sent_bytes, 1000);
	assert_int_equal(socket->cell, 0);
	socket_table_end(&table);
	assert_int_equal(table.n, 4);
	round_of(&table, 5, 1, SOCKET_KNOWN);
	assert_int_equal(table.n, 1);
	socket_table_clear(&table);
}

static void test_forgotten_after_two(void **state)
{
	struct socket_table table;

	(void)state;
	socket_table_init(&table, &bound);
	round_of(&table, 5, 1, SOCKET_NEW);
	round_of(&table, 0, 0, SOCKET_NEW);
	assert_int_equal(bound.n, 1);
	round_of(&table, 0, 0, SOCKET_NEW);
	assert_int_equal(bound.n, 0);
	round_of(&table, 5, 1, SOCKET_NEW);
	socket_table_clear(&table);
}

/* Rounds that are never ended forget nobody, however many they are. */
static void test_rounds_given_up(void **state)
{
	struct socket_table table;

	(void)state;
	socket_table_init(&table, &bound);
	round_of(&table, 1, 10, SOCKET_NEW);
	for (unsigned n = 0; n < 300; n++) {
		for (unsigned i = 0; i < n; i++)
			socket_table_begin(&table);
		round_of(&table, 1, 10, SOCKET_KNOWN);
	}
	socket_table_clear(&table);
}

static void test_bound_of_two_tables(void **state)
{
	struct socket_table one, other;

	(void)state;
	bound.max = 10;
	socket_table_init(&one, &bound);
	socket_table_init(&other, &bound);
	round_of(&one, 1, 6, SOCKET_NEW);
	socket_table_begin(&other);
	for (uint64_t cookie = 11; cookie <= 14; cookie++)
		assert_int_equal(touch(&other, cookie), SOCKET_NEW);
	assert_int_equal(touch(&other, 15), SOCKET_REFUSED);
	assert_int_equal(touch(&other, 15), SOCKET_REFUSED);
	assert_int_equal(touch(&other, 11), SOCKET_AGAIN);
	socket_table_end(&other);
	assert_false(other.complete);
	assert_int_equal(bound.n, 10);
	assert_int_equal(bound.n_refused, 2);

	/* What closes here gives room there. */
	round_of(&one, 1, 5, SOCKET_KNOWN);
	round_of(&one, 1, 5, SOCKET_KNOWN);
	socket_table_begin(&other);
	assert_int_equal(touch(&other, 15), SOCKET_NEW);
	assert_int_equal(touch(&other, 16), SOCKET_REFUSED);
	socket_table_end(&other);
	socket_table_clear(&one);
	assert_int_equal(bound.n, 5);
	socket_table_clear(&other);
	assert_int_equal(bound.n, 0);
}

static void test_move(void **state)
{
	struct socket_bound narrow = { .n = 1, .max = 100 };
	struct socket_table from, to;
	struct tracked_socket *socket;

	(void)state;
	socket_table_init(&from, &bound);
	round_of(&from, 1, 500, SOCKET_NEW);
	socket_table_begin(&from);
	(void)socket_table_touch(&from, 77, &socket);
	socket->sent_bytes = 99;
	socket->cell = 3;

	socket_table_init(&to, &narrow);
	socket_table_move(&to, &from);
	assert_int_equal(bound.n, 0);
	assert_int_equal(narrow.n, 501);
	assert_true(to.complete);
	socket_table_begin(&to);
	assert_int_equal(socket_table_touch(&to, 77, &socket), SOCKET_KNOWN);
	assert_int_equal(socket->sent_bytes, 99);
	assert_int_equal(socket->cell, 0);
	assert_int_equal(touch(&to, 1000), SOCKET_REFUSED);
	socket_table_clear(&to);
	assert_int_equal(narrow.n, 1);

	round_of(&from, 1, 3, SOCKET_NEW);
	socket_table_clear(&from);
}

static size_t memory(const struct socket_table *table)
{
	/* What malloc() itself takes for each block, too. */
	return table->n_chunks * (SOCKET_TABLE_CHUNK * sizeof(**table->chunks) + 16) +
		table->n_chunks * sizeof(*table->chunks) + table->n_slots * sizeof(*table->slots);
}

static void test_memory(void **state)
{
	struct socket_table table;

	(void)state;
	assert_int_equal(sizeof(struct tracked_socket), 64);
	socket_table_init(&table, &bound);
	socket_table_begin(&table);
	for (uint64_t cookie = 1; cookie <= 100000; cookie++) {
		assert_int_equal(touch(&table, cookie), SOCKET_NEW);
		if (table.n >= 1000)
			assert_true(memory(&table) <= 100 * table.n);
	}
	socket_table_end(&table);
	for (uint64_t n = 100000; n >= 1000; n = n * 97 / 100) {
		for (unsigned i = 0; i < 2; i++)
			round_of(&table, 1, n, SOCKET_KNOWN);
		assert_int_equal(table.n, n);
		assert_true(memory(&table) <= 100 * n);
	}
	socket_table_clear(&table);
}

#define COOKIES 200000

/* What the table ought to know of each cookie. */
static struct {
	bool known, missed, touched;
	uint64_t sent_bytes;
} model[COOKIES];

static void check_touch(struct socket_table *table, uint64_t cookie)
{
	struct tracked_socket *socket;
	enum socket_touch result = socket_table_touch(table, cookie, &socket);

	if (model[cookie].touched)
		assert_int_equal(result, SOCKET_AGAIN);
	else if (!model[cookie].known)
		assert_int_equal(result, SOCKET_NEW);
	else
		assert_int_equal(result, model[cookie].missed ? SOCKET_BACK : SOCKET_KNOWN);
	if (result == SOCKET_NEW)
		model[cookie].sent_bytes = 0;
	model[cookie].known = model[cookie].touched = true;
	model[cookie].missed = false;
	assert_int_equal(socket->cookie, cookie);
	assert_int_equal(socket->sent_bytes, model[cookie].sent_bytes);
	model[cookie].sent_bytes = socket->sent_bytes = random_next();
}

static size_t end_model(void)
{
	size_t n = 0;

	for (size_t i = 0; i < COOKIES; i++) {
		if (model[i].known && !model[i].touched) {
			model[i].known = !model[i].missed;
			model[i].missed = true;
		}
		n += model[i].known;
		model[i].touched = false;
	}
	return n;
}

static void check_round(struct socket_table *table, uint64_t share, bool whole)
{
	socket_table_begin(table);
	for (uint64_t cookie = 0; cookie < COOKIES; cookie++) {
		if (random_next() % 100 < share)
			check_touch(table, cookie);
		if (random_next() % 50 == 0)
			check_touch(table, random_next() % COOKIES);
	}
	if (whole) {
		socket_table_end(table);
		assert_int_equal(table->n, end_model());
		assert_int_equal(bound.n, table->n);
		return;
	}
	for (size_t i = 0; i < COOKIES; i++)
		model[i].touched = false;
}

/* 100,000 sockets and more that come and go, in rounds some of which are given up. */
static void test_against_model(void **state)
{
	static const uint64_t shares[] = { 50, 60, 99, 55, 10, 2, 0, 0, 0, 70, 95, 3, 3, 50 };
	struct socket_table table;

	(void)state;
	socket_table_init(&table, &bound);
	for (size_t i = 0; i < ARRAY_SIZE(shares); i++)
		check_round(&table, shares[i], i % 4 != 3);
	socket_table_clear(&table);
}

#define TEST(function) cmocka_unit_test_setup(function, begin)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_same_sockets_again),
		TEST(test_any_order),
		TEST(test_values_stay_with_their_socket),
		TEST(test_twice_in_a_round),
		TEST(test_missed_once_and_back),
		TEST(test_forgotten_after_two),
		TEST(test_rounds_given_up),
		TEST(test_bound_of_two_tables),
		TEST(test_move),
		TEST(test_memory),
		TEST(test_against_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
