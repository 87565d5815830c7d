/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "collectors/peak.h"

#define SEC UINT64_C(1000000)

/* A day after boot: no slot holds the present by accident. */
#define START (86400 * SEC)

static void test_empty(void **state)
{
	struct peak peak;

	(void)state;
	peak_init(&peak, 60 * SEC);
	assert_int_equal(peak_largest(&peak, 0), 0);
	assert_int_equal(peak_largest(&peak, START), 0);
}

static void test_largest_wins_in_any_order(void **state)
{
	struct peak peak;

	(void)state;
	peak_init(&peak, 60 * SEC);
	peak_add(&peak, START, 5);
	peak_add(&peak, START, 9);
	peak_add(&peak, START + 10 * SEC, 7);
	assert_int_equal(peak_largest(&peak, START + 10 * SEC), 9);
}

/* Counted for the whole window, and gone with its slot, whatever the phase. */
static void test_window(void **state)
{
	static const uint64_t windows[] = { 1, 31, 32, SEC, 7 * SEC, 60 * SEC, 3600 * SEC };

	(void)state;
	for (size_t i = 0; i < sizeof(windows) / sizeof(windows[0]); i++) {
		uint64_t window = windows[i], slot = (window + 30) / 31;

		for (uint64_t phase = 0; phase < 40; phase++) {
			uint64_t then = START + phase * (slot / 7 + 1);
			struct peak peak;

			peak_init(&peak, window);
			peak_add(&peak, then, 42);
			assert_int_equal(peak_largest(&peak, then), 42);
			assert_int_equal(peak_largest(&peak, then + window), 42);
			assert_int_equal(peak_largest(&peak, then + 32 * slot), 0);
		}
	}
}

/* Against all values kept, with pauses that skip slots and rounds. */
static void test_sliding(void **state)
{
	static uint64_t times[2000], values[2000];
	uint64_t now = START, random = 1;
	struct peak peak;

	(void)state;
	peak_init(&peak, 31 * SEC);
	for (size_t i = 0; i < 2000; i++) {
		uint64_t least = 0, most = 0;

		random = random * UINT64_C(6364136223846793005) + 1;
		now += (random >> 33) % (i % 100 ? 2 * SEC : 100 * SEC);
		times[i] = now;
		values[i] = (random >> 40) % 1000;
		peak_add(&peak, now, values[i]);

		for (size_t j = 0; j <= i; j++) {
			if (times[j] + 31 * SEC >= now && values[j] > least)
				least = values[j];
			if (times[j] + 32 * SEC >= now && values[j] > most)
				most = values[j];
		}
		assert_true(peak_largest(&peak, now) >= least);
		assert_true(peak_largest(&peak, now) <= most);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_largest_wins_in_any_order),
		cmocka_unit_test(test_window),
		cmocka_unit_test(test_sliding),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
