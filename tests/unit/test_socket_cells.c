/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/socket/socket_cells.h"
#include "daemon/cleanup.h"
#include "tests/unit/random.h"

/* What was handed over at the end of a sample. */
struct taken {
	size_t n, n_overflow;
	uint64_t n_sockets, sent_bytes;
	uint64_t overflow_sockets, overflow_bytes;
};

static void take(const struct socket_cell *cell, void *context)
{
	struct taken *taken = context;

	taken->n++;
	taken->n_sockets += cell->sums.n_sockets;
	taken->sent_bytes += cell->totals.sent_bytes;
	if (!cell->key.overflow)
		return;
	taken->n_overflow++;
	taken->overflow_sockets += cell->sums.n_sockets;
	taken->overflow_bytes += cell->totals.sent_bytes;
}

static struct taken end(struct socket_cells *cells)
{
	struct taken taken = { 0 };

	socket_cells_end(cells, take, &taken);
	return taken;
}

/* Puts a socket that has sent that much into the cgroup's cell, whose place it returns. */
static uint32_t put(struct socket_cells *cells, uint64_t cgroup_id, uint64_t sent_bytes)
{
	const struct socket_key key = { .cgroup_id = cgroup_id };
	uint32_t place = socket_cells_find(cells, &key);
	struct socket_cell *cell = socket_cell_at(cells, place);

	assert_true(place > 0 && place < cells->n);
	assert_true(cell->key.overflow || cell->key.cgroup_id == cgroup_id);
	cell->sums.n_sockets++;
	cell->totals.sent_bytes += sent_bytes;
	return place;
}

static void test_every_part_of_the_key_counts(void **state)
{
	static const struct socket_key keys[] = {
		{ 0 },
		{ .cgroup_id = 1 },
		{ .port = 1 },
		{ .peer = 1 },
		{ .algorithm = 1 },
		{ .protocol = 1 },
		{ .cgroup_id = UINT64_C(1) << 32 },
		{ .cgroup_id = 1, .port = 1, .peer = 1, .algorithm = 1, .protocol = 1 },
	};
	uint32_t places[ARRAY_SIZE(keys)];
	struct socket_cells cells;

	(void)state;
	assert_int_equal(socket_cells_init(&cells), 0);
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		places[i] = socket_cells_find(&cells, &keys[i]);
		for (size_t j = 0; j < i; j++)
			assert_int_not_equal(places[i], places[j]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		assert_int_equal(socket_cells_find(&cells, &keys[i]), places[i]);
	socket_cells_clear(&cells);
	socket_cells_clear(&cells);
}

static void test_sums_are_of_the_sample_and_totals_are_taken_once(void **state)
{
	struct socket_cells cells;
	struct taken taken;

	(void)state;
	assert_int_equal(socket_cells_init(&cells), 0);
	socket_cells_begin(&cells);
	put(&cells, 7, 100);
	/* Given up and begun anew: what was sent stays, who sends is counted once. */
	socket_cells_begin(&cells);
	put(&cells, 7, 10);
	taken = end(&cells);
	assert_int_equal(taken.n, 1);
	assert_int_equal(taken.n_sockets, 1);
	assert_int_equal(taken.sent_bytes, 110);

	socket_cells_begin(&cells);
	put(&cells, 7, 1);
	taken = end(&cells);
	assert_int_equal(taken.n_sockets, 1);
	assert_int_equal(taken.sent_bytes, 1);
	socket_cells_clear(&cells);
}

/* A cell whose sockets are gone is handed over once more, for what they have sent. */
static void test_last_totals(void **state)
{
	struct socket_cells cells;
	struct taken taken;

	(void)state;
	assert_int_equal(socket_cells_init(&cells), 0);
	socket_cells_begin(&cells);
	put(&cells, 7, 100);
	socket_cells_begin(&cells);
	taken = end(&cells);
	assert_int_equal(taken.n, 1);
	assert_int_equal(taken.n_sockets, 0);
	assert_int_equal(taken.sent_bytes, 100);
	socket_cells_begin(&cells);
	assert_int_equal(end(&cells).n, 0);
	socket_cells_clear(&cells);
}

static void test_bound(void **state)
{
	struct socket_cells cells;
	struct taken taken;
	uint32_t overflow;

	(void)state;
	assert_int_equal(socket_cells_init(&cells), 0);
	socket_cells_begin(&cells);
	for (uint64_t i = 0; i < SOCKET_CELLS_MAX; i++)
		assert_false(socket_cell_at(&cells, put(&cells, i, 1))->key.overflow);
	overflow = put(&cells, 1000000, 5);
	assert_int_equal(put(&cells, 1000001, 6), overflow);
	assert_int_equal(put(&cells, 5, 1), put(&cells, 5, 1));
	taken = end(&cells);
	assert_int_equal(taken.n, SOCKET_CELLS_MAX + 1);
	assert_int_equal(taken.n_overflow, 1);
	assert_int_equal(taken.overflow_sockets, 2);
	assert_int_equal(taken.overflow_bytes, 11);
	assert_int_equal(taken.n_sockets, SOCKET_CELLS_MAX + 4);

	/* The overflow of each protocol is its own. */
	for (unsigned protocol = 0; protocol < SOCKET_PROTOCOLS; protocol++) {
		const struct socket_key key = { .cgroup_id = 1 << 30,
			                        .protocol = (uint8_t)protocol };
		const struct socket_cell *cell =
			socket_cell_at(&cells, socket_cells_find(&cells, &key));

		assert_int_equal(cell->key.overflow, 1);
		assert_int_equal(cell->key.protocol, protocol);
	}

	/* Room again once others are gone. */
	socket_cells_begin(&cells);
	assert_int_equal(end(&cells).sent_bytes, 0);
	assert_false(socket_cell_at(&cells, put(&cells, 1000000, 5))->key.overflow);
	socket_cells_clear(&cells);
}

/* What a sample that was given up has left in overflow is not kept until there is overflow again. */
static void test_overflow_of_a_sample_given_up(void **state)
{
	struct socket_cells cells;
	struct taken taken;

	(void)state;
	assert_int_equal(socket_cells_init(&cells), 0);
	socket_cells_begin(&cells);
	for (uint64_t i = 0; i < SOCKET_CELLS_MAX; i++)
		put(&cells, i, 0);
	put(&cells, 1000000, 5);
	socket_cells_begin(&cells);
	put(&cells, 1, 0);
	taken = end(&cells);
	assert_int_equal(taken.overflow_bytes, 5);
	socket_cells_begin(&cells);
	assert_int_equal(end(&cells).n_overflow, 0);
	socket_cells_clear(&cells);
}

#define KEYS 3000

static struct {
	uint32_t place; /* 0: not in use */
	bool touched;
} model[KEYS];

static void check_sample(struct socket_cells *cells, uint64_t share)
{
	size_t n_touched = 0, n_sockets = 0;

	socket_cells_begin(cells);
	for (size_t i = 0; i < KEYS; i++) {
		uint32_t place;

		if (random_next() % 100 >= share)
			continue;
		place = put(cells, i * 3, 1);
		if (model[i].place)
			assert_int_equal(place, model[i].place);
		model[i].place = place;
		model[i].touched = true;
		n_touched++;
		n_sockets++;
	}
	assert_int_equal(end(cells).n_sockets, n_sockets);
	assert_int_equal(cells->n_used, n_touched);
	for (size_t i = 0; i < KEYS; i++) {
		if (!model[i].touched)
			model[i].place = 0;
		model[i].touched = false;
	}
}

/* Places stay while they are in use, are nobody else's meanwhile, and are used again. */
static void test_places(void **state)
{
	static const uint64_t shares[] = { 100, 50, 50, 100, 1, 0, 100, 90, 10, 90, 30, 30, 100 };
	struct socket_cells cells;

	(void)state;
	assert_int_equal(socket_cells_init(&cells), 0);
	for (size_t i = 0; i < ARRAY_SIZE(shares); i++)
		check_sample(&cells, shares[i]);
	assert_true(cells.n <= KEYS + SOCKET_PROTOCOLS + 1);
	socket_cells_clear(&cells);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_part_of_the_key_counts),
		cmocka_unit_test(test_sums_are_of_the_sample_and_totals_are_taken_once),
		cmocka_unit_test(test_last_totals),
		cmocka_unit_test(test_bound),
		cmocka_unit_test(test_overflow_of_a_sample_given_up),
		cmocka_unit_test(test_places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
