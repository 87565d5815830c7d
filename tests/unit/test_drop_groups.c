/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>

#include "collectors/drop/drop_groups.h"
#include "daemon/clock.h"
#include "tests/unit/failing_allocations.h"

#define MINUTE_USEC (60 * USEC_PER_SEC)
#define START_USEC  (1000 * MINUTE_USEC)
#define REASON      7

static struct collector_tally tally;
static struct reason reason;
static struct collector_env env = { .tally = &tally, .reason = &reason };
static struct drop_groups *groups;
static char rows[1 << 16]; /* what was written last: "REASON ORIGIN DEVICE NETNS N\n"… */

/* Stands for the kernel's names: a reason is called by its number, and tells what that does. */
struct drop_reasons {
	char name[16];
};

struct label drop_reasons_name(struct drop_reasons *reasons, uint32_t number)
{
	(void)snprintf(reasons->name, sizeof(reasons->name), "%u", number);
	return label_of(reasons->name);
}

enum drop_class drop_reasons_class(const struct drop_reasons *reasons, uint32_t number)
{
	(void)reasons;
	return number < 6 ? (enum drop_class)number : DROP_EITHER;
}

void drop_reasons_close(struct drop_reasons *reasons)
{
	(void)reasons;
}

static void begin(uint64_t max_groups)
{
	tally = (struct collector_tally){ 0 };
	env.scope.max_groups = max_groups;
	assert_int_equal(drop_groups_open(&env, &groups), 0);
}

static void end(void)
{
	drop_groups_close(groups);
	groups = NULL;
}

static struct drop_event event_of(const char *device, const char *netns, uint64_t n_packets)
{
	return (struct drop_event){ .device = label_of(device),
		                    .netns = label_of(netns),
		                    .reason = REASON,
		                    .origin = DROP_LOCAL,
		                    .n_packets = n_packets };
}

static void add(const char *device, const char *netns, uint64_t n_packets, uint64_t now_usec)
{
	const struct drop_event event = event_of(device, netns, n_packets);

	drop_groups_add(groups, &event, now_usec);
}

static void add_number(unsigned number, uint64_t now_usec)
{
	char device[16];

	(void)snprintf(device, sizeof(device), "dev%u", number);
	add(device, "", 1, now_usec);
}

/* Writes them, into rows; returns the sum. */
static uint64_t write_rows(void)
{
	struct drop_reasons reasons;
	struct batch *batch = batch_new(100000);
	size_t length = 0;
	uint64_t sum = 0;

	assert_non_null(batch);
	if (!batch)
		return 0;
	rows[0] = '\0';
	drop_groups_write(groups, &reasons, batch);
	assert_int_equal(batch_error(batch), 0);
	for (const struct batch_row *row = batch->n_tables ? batch->tables[0].first : NULL; row;
	     row = row->next) {
		for (size_t i = 0; i < 4; i++)
			length += (size_t)snprintf(rows + length, sizeof(rows) - length, "%.*s ",
			                           (int)row->labels[i].length,
			                           row->labels[i].value);
		length += (size_t)snprintf(rows + length, sizeof(rows) - length, "%ju\n",
		                           (uintmax_t)row->values[0].count);
		sum += row->values[0].count;
	}
	batch_free(batch);
	return sum;
}

static void assert_rows(const char *expected)
{
	(void)write_rows();
	assert_string_equal(rows, expected);
}

static void test_events_add_up(void **state)
{
	struct drop_event event = event_of("eth0", "", 5);

	(void)state;
	begin(200);
	assert_rows("");
	add("eth0", "", 3, START_USEC);
	add("eth0", "blue", 10, START_USEC);
	add("", "", 1, START_USEC); /* no device yet */
	drop_groups_add(groups, &event, START_USEC);
	event.origin = DROP_FORWARDED;
	drop_groups_add(groups, &event, START_USEC);
	event.reason = REASON + 1;
	drop_groups_add(groups, &event, START_USEC);
	assert_rows("7 local eth0  8\n"
	            "7 forwarded eth0  5\n"
	            "8 forwarded eth0  5\n"
	            "7 local eth0 blue 10\n"
	            "7 local   1\n");
	assert_int_equal(tally.overflowed_groups, 0);
	end();
}

static void test_labels_are_copied(void **state)
{
	char device[] = "eth0", netns[] = "blue";

	(void)state;
	begin(200);
	add(device, netns, 1, START_USEC);
	device[0] = 'x';
	netns[0] = 'x';
	assert_rows("7 local eth0 blue 1\n");
	end();
}

static void test_reasons_are_expected(void **state)
{
	struct drop_reasons reasons;

	(void)state;
	begin(200);
	assert_int_equal(drop_groups_expect(groups, &reasons), 0);
	assert_rows("2 local (other)  0\n2 forwarded (other)  0\n"
	            "3 local (other)  0\n3 forwarded (other)  0\n"
	            "4 local (other)  0\n4 forwarded (other)  0\n");
	assert_int_equal(drop_groups_expect(groups, &reasons), 0);
	assert_int_equal(write_rows(), 0);
	end();
}

static void test_devices_beyond_the_bound(void **state)
{
	const struct drop_event unknown = event_of("", "", 4), none = event_of("", "", 0);

	(void)state;
	begin(3);
	for (unsigned round = 0; round < 2; round++)
		for (unsigned number = 0; number < 10; number++)
			add_number(number, START_USEC + round);
	assert_rows("7 local (other)  14\n7 local dev0  2\n7 local dev1  2\n7 local dev2  2\n");
	assert_int_equal(tally.overflowed_groups, 14);
	drop_groups_add_other(groups, &unknown);
	drop_groups_add_other(groups, &none);
	assert_int_equal(write_rows(), 24);
	assert_int_equal(tally.overflowed_groups, 15);
	assert_int_equal(tally.evicted_groups, 0);
	end();
}

static void test_idle_devices_give_way(void **state)
{
	(void)state;
	begin(2);
	add_number(0, START_USEC);
	add_number(1, START_USEC + MINUTE_USEC);
	add_number(2, START_USEC + 5 * MINUTE_USEC); /* not yet */
	assert_rows("7 local (other)  1\n7 local dev0  1\n7 local dev1  1\n");
	add_number(2, START_USEC + 5 * MINUTE_USEC + 1);
	assert_rows("7 local (other)  1\n7 local dev2  1\n7 local dev1  1\n");
	add_number(1, START_USEC + 9 * MINUTE_USEC);
	add_number(3, START_USEC + 12 * MINUTE_USEC);
	assert_rows("7 local (other)  1\n7 local dev3  1\n7 local dev1  2\n");
	assert_int_equal(tally.evicted_groups, 2);
	end();
}

static void test_groups_go_over_to_another_collector(void **state)
{
	struct collector_tally other_tally = { 0 };
	struct collector_env other = { .tally = &other_tally, .reason = &reason };

	(void)state;
	begin(200);
	add_number(0, START_USEC);
	other.scope.max_groups = 1;
	drop_groups_adopt(groups, &other);
	add_number(0, START_USEC);
	add_number(1, START_USEC);
	assert_rows("7 local (other)  1\n7 local dev0  2\n");
	assert_int_equal(other_tally.overflowed_groups, 1);
	assert_int_equal(tally.overflowed_groups, 0);
	end();
}

/* Every allocation in turn, alone and with all that follow: what is not counted is told. */
static void test_without_memory(void **state)
{
	struct drop_reasons reasons;
	bool failed = true;

	(void)state;
	for (size_t number = 1; failed; number++) {
		for (int all_after = 0; all_after <= 1; all_after++) {
			int error;

			groups = NULL;
			tally = (struct collector_tally){ 0 };
			env.scope.max_groups = 200;
			allocations_fail_at(number, all_after);
			error = drop_groups_open(&env, &groups);
			if (error) {
				assert_int_equal(error, -ENOMEM);
				assert_null(groups);
				continue;
			}
			error = drop_groups_expect(groups, &reasons);
			assert_true(error == 0 || error == -ENOMEM);
			for (unsigned i = 0; i < 30; i++)
				add_number(i, START_USEC);
			failed = allocations_failed();
			allocations_fail_at(0, false);
			assert_int_equal(write_rows() + drop_groups_lost(groups), 30);
			if (!all_after)
				assert_int_equal(drop_groups_lost(groups), 0);
			end();
		}
	}
	drop_groups_close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_events_add_up),
		cmocka_unit_test(test_labels_are_copied),
		cmocka_unit_test(test_reasons_are_expected),
		cmocka_unit_test(test_devices_beyond_the_bound),
		cmocka_unit_test(test_idle_devices_give_way),
		cmocka_unit_test(test_groups_go_over_to_another_collector),
		cmocka_unit_test(test_without_memory),
	};

	return cmocka_run_group_tests_name("drop_groups", tests, NULL, NULL);
}
