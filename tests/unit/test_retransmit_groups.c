/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/fixture.h"

#include "collectors/retransmit/retransmit_groups.c"

#define PACKETS_FAMILY  "txpath_retransmitted_packets_total"
#define SEGMENTS_FAMILY "txpath_retransmitted_segments_total"
#define MINUTE          (60 * USEC_PER_SEC)

static struct collector_tally tally;
static struct reason reason;
static struct collector_env env = { .tally = &tally, .reason = &reason };
static struct retransmit_groups *groups;
static struct batch *batch;

static int begin(void **state)
{
	(void)state;
	tally = (struct collector_tally){ 0 };
	env.scope.max_groups = 3;
	batch = batch_new(SIZE_MAX);
	return retransmit_groups_open(&env, &groups);
}

static int end(void **state)
{
	(void)state;
	retransmit_groups_close(groups);
	retransmit_groups_close(NULL);
	batch_free(batch);
	return 0;
}

/* Each in memory of its own, which is gone when the call is over. */
static void add(const char *unit, const char *comm, const char *netns, uint64_t n, uint64_t now)
{
	char *copies[] = { strdup(unit), strdup(comm), strdup(netns) };
	const struct retransmit_key key = { label_of(copies[0]), label_of(copies[1]),
		                            label_of(copies[2]) };
	struct retransmit_counts counts = { 0 };

	counts.packets[RETRANSMIT_TIMEOUT] = n;
	counts.segments[RETRANSMIT_TIMEOUT] = 10 * n;
	counts.segments[RETRANSMIT_FAST] = n;
	retransmit_groups_add(groups, &key, &counts, now);
	for (size_t i = 0; i < ARRAY_SIZE(copies); i++)
		free(copies[i]);
}

static void write_all(void)
{
	batch_reset(batch, SIZE_MAX);
	retransmit_groups_write(groups, batch);
	assert_int_equal(batch_error(batch), 0);
}

static void expect(const char *labels, uint64_t n)
{
	char all[128];

	(void)snprintf(all, sizeof(all), "timeout %s", labels);
	assert_int_equal(batch_value(batch, PACKETS_FAMILY, all), n);
	assert_int_equal(batch_value(batch, SEGMENTS_FAMILY, all), 10 * n);
	(void)snprintf(all, sizeof(all), "fast %s", labels);
	assert_int_equal(batch_value(batch, PACKETS_FAMILY, all), 0);
	assert_int_equal(batch_value(batch, SEGMENTS_FAMILY, all), n);
}

static void every_kind_of_other_is_there_at_first(void **state)
{
	(void)state;
	write_all();
	assert_int_equal(batch->n_series, 2 * RETRANSMIT_KINDS);
	for (size_t kind = 0; kind < RETRANSMIT_KINDS; kind++) {
		char labels[64];

		(void)snprintf(labels, sizeof(labels), "%s (other) - -", kind_names[kind]);
		assert_int_equal(batch_value(batch, PACKETS_FAMILY, labels), 0);
	}
}

static void groups_are_told_apart_by_each_label(void **state)
{
	(void)state;
	env.scope.max_groups = 10;
	add("a", "", "", 1, 1);
	add("b", "", "", 2, 1);
	add("a", "b", "", 3, 1);
	add("a", "", "b", 4, 1);
	add("", "ab", "", 5, 1);
	add("a", "", "", 10, 1);
	write_all();
	expect("a - -", 11);
	expect("b - -", 2);
	expect("a b -", 3);
	expect("a - b", 4);
	expect("- ab -", 5);
	expect("(other) - -", 0);
	assert_int_equal(tally.overflowed_groups, 0);
}

static void who_has_no_place_is_added_up(void **state)
{
	struct retransmit_counts nobodys = {
		.packets = { [RETRANSMIT_TIMEOUT] = 7 },
		.segments = { [RETRANSMIT_TIMEOUT] = 70, [RETRANSMIT_FAST] = 7 }
	};

	(void)state;
	add("a", "", "", 1, 1);
	add("b", "", "", 2, 1);
	add("c", "", "", 3, 1);
	add("d", "", "", 4, 2);
	add("e", "", "", 5, 2);
	add("a", "", "", 100, 2);
	retransmit_groups_add(groups, NULL, &nobodys, 2);
	write_all();
	expect("a - -", 101);
	expect("(other) - -", 4 + 5 + 7);
	assert_false(batch_has(batch, PACKETS_FAMILY, "timeout d - -"));
	assert_int_equal(tally.overflowed_groups, 2);
}

static void only_who_was_idle_for_long_gives_way(void **state)
{
	(void)state;
	add("a", "", "", 1, MINUTE);
	add("b", "", "", 2, 2 * MINUTE);
	add("c", "", "", 3, 3 * MINUTE);
	add("d", "", "", 4, 5 * MINUTE);
	assert_int_equal(tally.evicted_groups, 0);
	add("a", "", "", 1, 6 * MINUTE);
	add("e", "", "", 5, 7 * MINUTE + 1);
	write_all();
	expect("a - -", 2);
	expect("c - -", 3);
	expect("e - -", 5);
	expect("(other) - -", 4);
	assert_false(batch_has(batch, PACKETS_FAMILY, "timeout b - -"));
	assert_int_equal(tally.evicted_groups, 1);
	assert_int_equal(tally.overflowed_groups, 1);
}

static void another_collector_takes_them_over(void **state)
{
	struct collector_tally others = { 0 };
	const struct collector_env other = { .tally = &others, .scope = { .max_groups = 1 } };

	(void)state;
	add("a", "", "", 1, 1);
	add("b", "", "", 1, 1);
	retransmit_groups_adopt(groups, &other);
	add("b", "", "", 1, 1);
	add("c", "", "", 1, 1);
	write_all();
	expect("b - -", 2);
	expect("(other) - -", 1);
	assert_int_equal(tally.overflowed_groups, 0);
	assert_int_equal(others.overflowed_groups, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_kind_of_other_is_there_at_first, begin, end),
		cmocka_unit_test_setup_teardown(groups_are_told_apart_by_each_label, begin, end),
		cmocka_unit_test_setup_teardown(who_has_no_place_is_added_up, begin, end),
		cmocka_unit_test_setup_teardown(only_who_was_idle_for_long_gives_way, begin, end),
		cmocka_unit_test_setup_teardown(another_collector_takes_them_over, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
