/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Slots of devices: who has one, and who has to give it up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "collectors/latency/latency_devices.h"
#include "daemon/clock.h"

#define START (86400 * USEC_PER_SEC)

static struct latency_slots slots;

static int setup(void **state)
{
	(void)state;
	slots = (struct latency_slots){ 0 };
	return 0;
}

static void use(size_t slot, uint32_t generation)
{
	struct latency_device *device = &slots.devices.slots[slot];

	if (!latency_slot_is_used(device))
		slots.devices.n_used++;
	device->key = UINT64_C(4026531840) << 32 | (slot + 2);
	device->generation = generation;
	(void)snprintf(device->name, sizeof(device->name), "eth%zu", slot);
}

static void test_slots_are_kept_as_long_as_their_devices_are_seen(void **state)
{
	(void)state;
	use(5, 1);
	use(6, 1);
	latency_slots_note(&slots, START);
	assert_int_equal(latency_slots_recycle(&slots, 16, START + 599 * USEC_PER_SEC), 0);
	use(5, 2);
	latency_slots_note(&slots, START + 599 * USEC_PER_SEC);
	assert_int_equal(latency_slots_recycle(&slots, 16, START + 600 * USEC_PER_SEC), 1 << 6);
	assert_int_equal(slots.devices.n_used, 1);
	assert_true(latency_slot_is_used(&slots.devices.slots[5]));
	assert_int_equal(latency_slot_netns(&slots.devices.slots[5]), 4026531840);
}

static void test_slots_are_given_up_sooner_when_there_are_no_others(void **state)
{
	(void)state;
	use(1, 1);
	use(2, 1);
	latency_slots_note(&slots, START);
	use(2, 2);
	latency_slots_note(&slots, START + 50 * USEC_PER_SEC);
	assert_int_equal(latency_slots_recycle(&slots, 3, START + 61 * USEC_PER_SEC), 0);
	assert_int_equal(latency_slots_recycle(&slots, 2, START + 61 * USEC_PER_SEC), 1 << 1);
}

/* A device is looked for until a slot that was never given to anybody. */
static void test_a_slot_that_others_follow_is_passed_over(void **state)
{
	(void)state;
	use(62, 1);
	use(63, 1);
	use(0, 1);
	latency_slots_note(&slots, START);
	use(0, 2);
	latency_slots_note(&slots, START + 600 * USEC_PER_SEC);
	assert_int_equal(latency_slots_recycle(&slots, 16, START + 600 * USEC_PER_SEC),
	                 UINT64_C(3) << 62);
	assert_int_equal(slots.devices.slots[62].key, LATENCY_GIVEN);
	assert_int_equal(slots.devices.slots[63].key, LATENCY_GIVEN);
	assert_int_equal(latency_slots_recycle(&slots, 16, START + 1200 * USEC_PER_SEC), 1);
	for (size_t i = 0; i < LATENCY_SLOTS; i++)
		assert_int_equal(slots.devices.slots[i].key, LATENCY_FREE);
	assert_int_equal(slots.devices.n_used, 0);
}

static void test_a_device_that_comes_into_a_slot_is_new(void **state)
{
	(void)state;
	use(7, 4);
	latency_slots_note(&slots, START);
	(void)latency_slots_recycle(&slots, 16, START + 600 * USEC_PER_SEC);
	use(7, 4);
	latency_slots_note(&slots, START + 600 * USEC_PER_SEC);
	assert_int_equal(latency_slots_recycle(&slots, 16, START + 601 * USEC_PER_SEC), 0);
}

static void test_hardware_is_found(void **state)
{
	(void)state;
	use(9, 1);
	assert_false(latency_slots_have_hardware(&slots));
	slots.devices.slots[8].hardware = true; /* nobody's */
	assert_false(latency_slots_have_hardware(&slots));
	slots.devices.slots[9].hardware = true;
	assert_true(latency_slots_have_hardware(&slots));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_slots_are_kept_as_long_as_their_devices_are_seen,
		                       setup),
		cmocka_unit_test_setup(test_slots_are_given_up_sooner_when_there_are_no_others,
		                       setup),
		cmocka_unit_test_setup(test_a_slot_that_others_follow_is_passed_over, setup),
		cmocka_unit_test_setup(test_a_device_that_comes_into_a_slot_is_new, setup),
		cmocka_unit_test_setup(test_hardware_is_found, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
