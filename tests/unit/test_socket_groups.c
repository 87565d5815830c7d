/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/socket_sample.h"

#include <stdio.h>

#include "collectors/socket/socket_groups.h"

#define MINUTE_USEC (60 * USEC_PER_SEC)
#define START_USEC  (1000 * MINUTE_USEC)

static struct socket_sample sample;
static struct socket_groups groups;

static void begin_groups(const char *group_by, uint64_t max_groups)
{
	sample_init(&sample, group_by);
	sample.env.scope.max_groups = max_groups;
	assert_int_equal(socket_groups_init(&groups, &sample.setup, SOCKET_TCP), 0);
}

static void end_groups(void)
{
	socket_groups_clear(&groups);
	sample_clear(&sample);
}

/* A cell of n sockets, with 10 bytes in each queue, that have sent a byte each. */
static struct socket_cell cell_of(struct socket_key key, uint64_t n_sockets)
{
	return (struct socket_cell){ .key = key,
		                     .sums = { .n_sockets = n_sockets,
		                               .queue_bytes = 10 * n_sockets,
		                               .longest_queue_bytes = n_sockets ? 10 : 0 },
		                     .totals = { .sent_bytes = n_sockets } };
}

static void add(const char *unit, struct socket_key key, uint64_t n_sockets, uint64_t now_usec)
{
	const struct socket_cell cell = cell_of(key, n_sockets);

	socket_groups_add(&groups, &cell, label_of(unit), now_usec);
}

static void add_unit(unsigned number, uint64_t now_usec)
{
	char unit[32];

	(void)snprintf(unit, sizeof(unit), "%u.service", number);
	add(unit, (struct socket_key){ .cgroup_id = number }, 1, now_usec);
}

static const struct socket_group *find(const char *unit)
{
	for (size_t i = 0; i < groups.n; i++)
		if (groups.groups[i].unit.length == strlen(unit) &&
		    memcmp(groups.groups[i].unit.value, unit, strlen(unit)) == 0)
			return &groups.groups[i];
	return NULL;
}

/* Of all groups, "(other)" included. */
static struct socket_group whole(void)
{
	struct socket_group all = { 0 };

	for (size_t i = groups.has_other ? 0 : 1; i < groups.n; i++) {
		socket_sums_add(&all.sums, &groups.groups[i].sums);
		socket_totals_add(&all.totals, &groups.groups[i].totals);
	}
	return all;
}

static void test_cells_of_one_unit_are_one_group(void **state)
{
	(void)state;
	begin_groups("unit", 200);
	assert_false(groups.has_other);
	for (uint64_t round = 1; round <= 3; round++) {
		socket_groups_begin(&groups);
		add("a.service", (struct socket_key){ .cgroup_id = 1 }, 2, START_USEC);
		add("a.service", (struct socket_key){ .cgroup_id = 2 }, 3, START_USEC);
		add("b.service", (struct socket_key){ .cgroup_id = 3 }, 4, START_USEC);
		socket_groups_end(&groups, START_USEC);
		assert_int_equal(groups.n, 3);
		assert_int_equal(find("a.service")->sums.n_sockets, 5);
		assert_int_equal(find("a.service")->sums.queue_bytes, 50);
		assert_int_equal(find("a.service")->totals.sent_bytes, 5 * round);
		assert_int_equal(find("b.service")->totals.sent_bytes, 4 * round);
	}
	/* Without sockets a group stays, with its counters and its peak. */
	socket_groups_begin(&groups);
	socket_groups_end(&groups, START_USEC + MINUTE_USEC / 2);
	assert_int_equal(find("b.service")->sums.n_sockets, 0);
	assert_int_equal(find("b.service")->totals.sent_bytes, 12);
	assert_int_equal(peak_largest(&find("b.service")->peak, START_USEC + MINUTE_USEC / 2), 10);
	assert_int_equal(peak_largest(&find("b.service")->peak, START_USEC + 2 * MINUTE_USEC), 0);
	assert_false(groups.has_other);
	end_groups();
}

/* The worst case: 300 units where there is room for 200. */
static void test_sums_stay_exact_beyond_max_groups(void **state)
{
	(void)state;
	begin_groups("unit", 200);
	for (uint64_t round = 1; round <= 10; round++) {
		socket_groups_begin(&groups);
		for (unsigned i = 0; i < 300; i++)
			add_unit(i, START_USEC + round * MINUTE_USEC);
		socket_groups_end(&groups, START_USEC + round * MINUTE_USEC);
		assert_int_equal(groups.n, 201);
		assert_true(groups.has_other);
		assert_int_equal(find("(other)")->sums.n_sockets, 100);
		assert_int_equal(find("(other)")->totals.sent_bytes, 100 * round);
		assert_int_equal(find("199.service")->totals.sent_bytes, round);
		assert_int_equal(whole().sums.queue_bytes, 3000);
		assert_int_equal(whole().totals.sent_bytes, 300 * round);
		assert_int_equal(sample.tally.overflowed_groups, 100 * round);
	}
	assert_int_equal(sample.tally.evicted_groups, 0);
	end_groups();
}

static void test_eviction_after_five_minutes(void **state)
{
	(void)state;
	begin_groups("unit", 2);
	socket_groups_begin(&groups);
	add_unit(1, START_USEC);
	add_unit(2, START_USEC + 1);
	socket_groups_end(&groups, START_USEC);

	socket_groups_begin(&groups);
	add_unit(3, START_USEC + 5 * MINUTE_USEC);
	assert_null(find("3.service"));
	assert_int_equal(sample.tally.evicted_groups, 0);

	/* The oldest gives way, then nobody can. */
	add_unit(3, START_USEC + 5 * MINUTE_USEC + 1);
	assert_int_equal(find("3.service")->totals.sent_bytes, 1);
	assert_int_equal(peak_largest(&find("3.service")->peak, START_USEC), 0);
	assert_null(find("1.service"));
	assert_non_null(find("2.service"));
	add_unit(4, START_USEC + 5 * MINUTE_USEC + 1);
	assert_null(find("4.service"));
	assert_int_equal(sample.tally.evicted_groups, 1);
	assert_int_equal(sample.tally.overflowed_groups, 2);
	assert_int_equal(find("(other)")->sums.n_sockets, 2);

	/* Those that stay are found as before. */
	add_unit(2, START_USEC + 5 * MINUTE_USEC + 1);
	add_unit(3, START_USEC + 5 * MINUTE_USEC + 1);
	assert_int_equal(find("2.service")->totals.sent_bytes, 2);
	assert_int_equal(find("3.service")->totals.sent_bytes, 2);
	assert_int_equal(groups.n, 3);
	end_groups();
}

/* Units come and go for days: each is found, and there are never more than there is room for. */
static void test_churn(void **state)
{
	(void)state;
	begin_groups("unit", 50);
	for (unsigned round = 0; round < 1000; round++) {
		const uint64_t now_usec = START_USEC + round * MINUTE_USEC;

		socket_groups_begin(&groups);
		for (unsigned i = 0; i < 7; i++)
			add_unit(round * 3 + i, now_usec);
		socket_groups_end(&groups, now_usec);
		assert_int_equal(whole().sums.n_sockets, 7);
		assert_true(groups.n <= 51);
	}
	assert_int_equal(sample.tally.overflowed_groups, 0);
	assert_int_equal(sample.tally.evicted_groups, 3 * 999 + 7 - 50);
	end_groups();
}

static void test_growth(void **state)
{
	(void)state;
	begin_groups("unit", 10000);
	for (unsigned round = 0; round < 2; round++) {
		socket_groups_begin(&groups);
		for (unsigned i = 0; i < 10000; i++)
			add_unit(i, START_USEC);
		socket_groups_end(&groups, START_USEC);
		assert_int_equal(groups.n, 10001);
	}
	assert_int_equal(whole().totals.sent_bytes, 20000);
	assert_false(groups.has_other);
	end_groups();
}

static void test_no_group_by(void **state)
{
	(void)state;
	begin_groups("", 1);
	assert_true(groups.has_other);
	assert_int_equal(groups.groups[0].unit.length, 0);
	socket_groups_begin(&groups);
	add("ignored", (struct socket_key){ 0 }, 5, START_USEC);
	assert_int_equal(groups.n, 1);
	assert_int_equal(groups.groups[0].sums.n_sockets, 5);
	assert_int_equal(sample.tally.overflowed_groups, 0);
	end_groups();
}

/* What is in no list and what has no place is one group, where the unit does not tell. */
static void test_other_is_one_group(void **state)
{
	const struct socket_key unlisted = { .port = 2, .peer = 2 },
				listed = { .port = 0, .peer = 2 };

	(void)state;
	begin_groups("local_port peer", 1);
	assert_false(groups.has_other);
	socket_groups_begin(&groups);
	add("", unlisted, 1, START_USEC);
	assert_true(groups.has_other);
	assert_int_equal(sample.tally.overflowed_groups, 0);
	add("", listed, 2, START_USEC);
	assert_int_equal(groups.n, 2);
	add("", (struct socket_key){ .port = 1, .peer = 1 }, 4, START_USEC);
	assert_int_equal(groups.n, 2);
	assert_int_equal(groups.groups[0].sums.n_sockets, 5);
	assert_int_equal(groups.groups[1].sums.n_sockets, 2);
	assert_int_equal(sample.tally.overflowed_groups, 1);
	end_groups();
}

static void test_units_of_unlisted_ports(void **state)
{
	const struct socket_key unlisted = { .port = 2 };

	(void)state;
	begin_groups("unit local_port", 200);
	socket_groups_begin(&groups);
	add("a.service", unlisted, 1, START_USEC);
	assert_false(groups.has_other);
	assert_int_equal(find("a.service")->sums.n_sockets, 1);
	add("a.service", (struct socket_key){ .port = 1 }, 1, START_USEC);
	assert_int_equal(groups.n, 3);
	add("a.service", (struct socket_key){ .overflow = 1 }, 1, START_USEC);
	assert_true(groups.has_other);
	assert_int_equal(sample.tally.overflowed_groups, 1);
	end_groups();
}

/* Moves on to other groups with the same options and less room or more. */
static void inherit(const char *group_by, uint64_t max_groups, uint64_t peak_window_usec)
{
	static struct socket_sample former;
	struct socket_groups old = groups;

	former = sample;
	old.setup = &former.setup;
	sample_init(&sample, group_by);
	sample.env.scope.max_groups = max_groups;
	sample.options.peak_window_usec = peak_window_usec;
	assert_int_equal(socket_groups_init(&groups, &sample.setup, SOCKET_TCP), 0);
	socket_groups_inherit(&groups, &old);
	socket_groups_clear(&old);
	sample_clear(&former);
}

static void test_inherit(void **state)
{
	(void)state;
	begin_groups("unit", 3);
	socket_groups_begin(&groups);
	for (unsigned i = 1; i <= 5; i++)
		add_unit(i, START_USEC);
	socket_groups_end(&groups, START_USEC);
	inherit("unit", 10, MINUTE_USEC);
	assert_int_equal(groups.n, 4);
	assert_true(groups.has_other);
	assert_int_equal(whole().totals.sent_bytes, 5);
	assert_int_equal(whole().sums.n_sockets, 0);
	assert_int_equal(find("(other)")->totals.sent_bytes, 2);
	assert_int_equal(peak_largest(&find("2.service")->peak, START_USEC), 10);
	assert_int_equal(find("2.service")->alive_usec, START_USEC);

	/* A window of another length begins anew. */
	inherit("unit", 10, 2 * MINUTE_USEC);
	assert_int_equal(find("2.service")->totals.sent_bytes, 1);
	assert_int_equal(peak_largest(&find("2.service")->peak, START_USEC), 0);
	end_groups();
}

/* What has no place any more is no traffic of the present, and leaves (other) as it was. */
static void test_inherit_with_less_room(void **state)
{
	(void)state;
	begin_groups("unit", 3);
	socket_groups_begin(&groups);
	for (unsigned i = 1; i <= 3; i++)
		add_unit(i, START_USEC);
	add("many.service", (struct socket_key){ 0 }, 100, START_USEC);
	groups.groups[0].sums.longest_queue_bytes = 1000;
	socket_groups_end(&groups, START_USEC);
	inherit("unit", 2, MINUTE_USEC);
	assert_int_equal(groups.n, 3);
	assert_int_equal(find("(other)")->totals.sent_bytes, 100);
	assert_int_equal(peak_largest(&find("(other)")->peak, START_USEC), 1000);
	assert_int_equal(whole().totals.sent_bytes, 102);
	end_groups();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cells_of_one_unit_are_one_group),
		cmocka_unit_test(test_sums_stay_exact_beyond_max_groups),
		cmocka_unit_test(test_eviction_after_five_minutes),
		cmocka_unit_test(test_churn),
		cmocka_unit_test(test_growth),
		cmocka_unit_test(test_no_group_by),
		cmocka_unit_test(test_other_is_one_group),
		cmocka_unit_test(test_units_of_unlisted_ports),
		cmocka_unit_test(test_inherit),
		cmocka_unit_test(test_inherit_with_less_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
