/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "collectors/qdisc/tc_past.h"

#define WINDOW 7000
#define NONE   UINT32_MAX

/* The peak of the object, or NONE when it is not new in this round. */
static uint32_t add_object(struct tc_past *past, const struct tc_object *object)
{
	uint32_t peak = NONE;
	bool new = false;

	assert_int_equal(tc_past_add(past, object, &new, &peak), 0);
	assert_true(new == (peak != NONE));
	return peak;
}

static bool add(struct tc_past *past, int device_index, uint32_t handle, uint32_t parent)
{
	const struct tc_object object = { device_index, handle, parent, .kind = "htb" };

	return add_object(past, &object) != NONE;
}

static void test_every_part_of_the_key_counts(void **state)
{
	struct tc_past past;

	(void)state;
	tc_past_init(&past, WINDOW);
	tc_past_begin(&past, 0);
	assert_true(add(&past, 1, 2, 3));
	assert_true(add(&past, 2, 2, 3));
	assert_true(add(&past, 1, 3, 3));
	assert_true(add(&past, 1, 2, 4));
	assert_true(add(&past, 0, 0, 0));
	assert_false(add(&past, 1, 2, 3));
	assert_false(add(&past, 0, 0, 0));
	tc_past_clear(&past);
}

/* Whatever is left out, comes twice, or comes in another order, each object is new once a round. */
static void test_many_over_rounds(void **state)
{
	struct tc_past past;

	(void)state;
	tc_past_init(&past, WINDOW);
	for (unsigned round = 0; round < 12; round++) {
		unsigned n = 0;

		tc_past_begin(&past, round);
		for (unsigned i = 0; i < 5000; i++) {
			unsigned number = round % 3 == 2 ? 4999 - i : i;

			if (number % (round + 1) != 0)
				continue;
			assert_true(add(&past, (int)(number / 100), number, number % 7));
			assert_false(add(&past, (int)(number / 100), number, number % 7));
			n++;
		}
		if (round % 2 == 0)
			tc_past_end(&past);
		assert_true(past.n_objects >= n);
		if (round % 2 == 0)
			assert_int_equal(past.n_objects, n);
	}
	tc_past_clear(&past);
	tc_past_begin(&past, 0);
	assert_true(add(&past, 1, 2, 3));
	tc_past_clear(&past);
}

static void test_peaks(void **state)
{
	struct tc_object object = {
		1, 0x10000, 0xffffffff, .kind = "htb", .sent_bytes = 5, .backlog_bytes = 100
	};
	struct tc_object other = { 2, 0x10000, 0xffffffff, .kind = "htb", .backlog_bytes = 7 };
	struct tc_past past;

	(void)state;
	tc_past_init(&past, WINDOW);
	tc_past_begin(&past, 1000000);
	assert_int_equal(add_object(&past, &object), 100);
	assert_int_equal(add_object(&past, &other), 7);
	tc_past_end(&past);

	object.backlog_bytes = 3;
	tc_past_begin(&past, 1000000 + WINDOW);
	assert_int_equal(add_object(&past, &other), 7);
	assert_int_equal(add_object(&past, &object), 100);
	tc_past_end(&past);
	tc_past_begin(&past, 1000000 + WINDOW + 1000);
	assert_int_equal(add_object(&past, &object), 3);
	tc_past_clear(&past);
}

/* What was replaced, or went away, leaves no peak behind. */
static void test_peaks_of_others(void **state)
{
	const struct tc_object first = {
		1, 0x10000, 0xffffffff, .kind = "htb", .sent_bytes = 5, .backlog_bytes = 100
	};
	struct tc_object object = first;
	struct tc_past past;

	(void)state;
	tc_past_init(&past, WINDOW);
	tc_past_begin(&past, 0);
	assert_int_equal(add_object(&past, &first), 100);

	object.backlog_bytes = 3;
	object.sent_bytes = 4;
	tc_past_begin(&past, 0);
	assert_int_equal(add_object(&past, &object), 3);

	memcpy(object.kind, "prio", sizeof("prio"));
	object.backlog_bytes = 2;
	tc_past_begin(&past, 0);
	assert_int_equal(add_object(&past, &object), 2);

	tc_past_begin(&past, 0);
	tc_past_end(&past);
	object.backlog_bytes = 1;
	tc_past_begin(&past, 0);
	assert_int_equal(add_object(&past, &object), 1);
	tc_past_clear(&past);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_part_of_the_key_counts),
		cmocka_unit_test(test_many_over_rounds),
		cmocka_unit_test(test_peaks),
		cmocka_unit_test(test_peaks_of_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
