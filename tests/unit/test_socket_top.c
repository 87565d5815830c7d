/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/socket/socket_top.h"
#include "daemon/cleanup.h"
#include "tests/unit/random.h"

/* Offers a socket; its detail is filled as the census does it. */
static bool offer(struct socket_top *top, uint64_t cookie, const uint64_t values[SOCKET_ORDERS])
{
	struct socket_detail *detail = socket_top_offer(top, values);

	if (!detail)
		return false;
	detail->message = (struct socket_message){ .cookie = cookie };
	detail->message.queue_bytes = (uint32_t)values[SOCKET_BY_SEND_QUEUE];
	detail->message.info.tcpi_total_retrans = (uint32_t)values[SOCKET_BY_RETRANSMISSIONS];
	detail->message.info.tcpi_rtt = (uint32_t)values[SOCKET_BY_ROUND_TRIP];
	detail->stalled_usec = values[SOCKET_BY_STALL];
	return true;
}

static int compare_values(const void *a, const void *b)
{
	uint64_t one = *(const uint64_t *)a, other = *(const uint64_t *)b;

	return (one < other) - (one > other);
}

/* The values that an order has kept, the largest first. */
static size_t kept_by(const struct socket_top *top, unsigned order, uint64_t *values)
{
	size_t n = 0;

	for (size_t i = 0; i < top->n; i++)
		if (top->details[i].orders >> order & 1)
			values[n++] = socket_detail_value(&top->details[i], order);
	qsort(values, n, sizeof(*values), compare_values);
	return n;
}

#define MOST 5000

static void check_against_sort(size_t max, size_t n, uint64_t range)
{
	static uint64_t offered[SOCKET_ORDERS][MOST], kept[MOST];
	struct socket_top top;

	assert_int_equal(socket_top_init(&top, max), 0);
	for (unsigned sample = 0; sample < 3; sample++) {
		socket_top_begin(&top);
		for (size_t i = 0; i < n; i++) {
			uint64_t values[SOCKET_ORDERS];

			for (unsigned order = 0; order < SOCKET_ORDERS; order++)
				values[order] = offered[order][i] = random_next() % range;
			(void)offer(&top, i, values);
			assert_true(top.n <= SOCKET_ORDERS * max + 1);
		}
		for (unsigned order = 0; order < SOCKET_ORDERS; order++) {
			size_t expected = n < max ? n : max;

			qsort(offered[order], n, sizeof(offered[order][0]), compare_values);
			assert_int_equal(kept_by(&top, order, kept), expected);
			assert_memory_equal(kept, offered[order], expected * sizeof(kept[0]));
		}
	}
	socket_top_clear(&top);
}

static void test_against_sort(void **state)
{
	static const size_t bounds[] = { 1, 2, 3, 7, 100, 1000 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bounds); i++) {
		check_against_sort(bounds[i], MOST, UINT32_MAX);
		check_against_sort(bounds[i], MOST, 50); /* mostly equal */
		check_against_sort(bounds[i], 2, 50);
		check_against_sort(bounds[i], 0, 1);
	}
}

static void test_rising_and_falling(void **state)
{
	struct socket_top top;
	uint64_t kept[10];

	(void)state;
	assert_int_equal(socket_top_init(&top, 10), 0);
	socket_top_begin(&top);
	for (uint64_t i = 1; i <= 1000; i++)
		assert_true(offer(&top, i, (uint64_t[]){ i, 1001 - i, i, 1001 - i }));
	for (unsigned order = 0; order < SOCKET_ORDERS; order++) {
		assert_int_equal(kept_by(&top, order, kept), 10);
		assert_int_equal(kept[0], 1000);
		assert_int_equal(kept[9], 991);
	}
	socket_top_clear(&top);
}

/* A socket that several orders keep has one detail, until the last of them has dropped it. */
static void test_kept_once(void **state)
{
	struct socket_top top;
	size_t n_kept = 0;

	(void)state;
	assert_int_equal(socket_top_init(&top, 2), 0);
	socket_top_begin(&top);
	assert_true(offer(&top, 1, (uint64_t[]){ 9, 9, 9, 9 }));
	assert_true(offer(&top, 2, (uint64_t[]){ 1, 1, 1, 1 }));
	assert_int_equal(top.n, 2);
	assert_true(offer(&top, 3, (uint64_t[]){ 5, 0, 0, 0 }));
	assert_int_equal(top.details[1].orders, 0xe);
	assert_false(offer(&top, 4, (uint64_t[]){ 5, 1, 1, 1 })); /* equal is not more */
	assert_true(offer(&top, 5, (uint64_t[]){ 0, 2, 2, 2 }));
	assert_int_equal(top.details[1].orders, 0);
	assert_true(offer(&top, 6, (uint64_t[]){ 6, 0, 0, 0 }));
	assert_int_equal(top.n, 4);
	for (size_t i = 0; i < top.n; i++)
		n_kept += top.details[i].orders != 0;
	assert_int_equal(n_kept, 3);
	assert_int_equal(top.details[0].message.cookie, 1);
	assert_int_equal(top.details[0].orders, 0xf);

	socket_top_begin(&top);
	assert_true(offer(&top, 7, (uint64_t[]){ 0, 0, 0, 0 }));
	assert_int_equal(top.n, 1);
	socket_top_clear(&top);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_against_sort),
		cmocka_unit_test(test_rising_and_falling),
		cmocka_unit_test(test_kept_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
