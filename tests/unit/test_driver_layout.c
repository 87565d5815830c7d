/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names as no driver should give them. */
#include "tests/unit/failing_allocation.h"
#include "tests/unit/fixture.h"

#include "collectors/nic/driver_layout.c"
#include "collectors/nic/nic_queue.c"

static const struct driver_rule rules[] = {
	{ "tx%u_packets", NIC_QUEUE_PACKETS },
	{ "tx%u_mcast", NIC_QUEUE_PACKETS },
	{ "tx%u_bytes_that_fill_everything_", NIC_QUEUE_BYTES },
	{ NULL, 0 },
};
static const struct driver_rules numbered = { .rules = rules };
static const struct driver_rule section_rules[] = {
	{ "  packets", NIC_QUEUE_PACKETS },
	{ NULL, 0 },
};
static const struct driver_rules sections = { .section = "Tx#",
	                                      .section_end = "Rx#",
	                                      .rules = section_rules };
static struct name_patterns nothing, everything;
static struct driver_layout layout;
static struct nic_queues queues;

static int begin(void **state)
{
	static char any[] = ".", *texts[] = { any };
	const struct string_list list = { 1, texts };
	struct reason reason;

	(void)state;
	allocations_left = SIZE_MAX;
	return name_patterns_init(&everything, &list, &reason);
}

static int end(void **state)
{
	(void)state;
	driver_layout_clear(&layout);
	nic_queues_clear(&queues);
	name_patterns_clear(&everything);
	return 0;
}

/* Memory of just the size of the names, which are padded with NUL and cut at their place's end. */
static char *names_of(const char *const texts[], size_t n)
{
	char *names = malloc(n * ETH_GSTRING_LEN);

	assert_non_null(names);
	memset(names, 0, n * ETH_GSTRING_LEN);
	for (size_t i = 0; i < n; i++) {
		size_t length = strlen(texts[i]);

		memcpy(names + i * ETH_GSTRING_LEN, texts[i],
		       length < ETH_GSTRING_LEN ? length : ETH_GSTRING_LEN);
	}
	return names;
}

static int make(const struct driver_rules *used, const struct name_patterns *raw,
                const char *const texts[], size_t n)
{
	char *names = names_of(texts, n);
	int error = driver_layout_make(&layout, used, raw, names, (uint32_t)n);

	free(names);
	return error;
}

static void read_values(size_t n)
{
	uint64_t *values = malloc(n * sizeof(*values));

	assert_non_null(values);
	for (size_t i = 0; i < n; i++)
		values[i] = UINT64_C(1) << i;
	assert_int_equal(driver_layout_read(&layout, values, &queues), 0);
	free(values);
}

static void test_nothing(void **state)
{
	(void)state;
	assert_int_equal(driver_layout_make(&layout, &numbered, &everything, NULL, 0), 0);
	assert_true(driver_layout_is_empty(&layout));
	assert_int_equal(layout.n_statistics, 0);
	assert_int_equal(driver_layout_read(&layout, NULL, &queues), 0);
	assert_int_equal(queues.n, 0);
}

static void test_several_of_a_queue_add_up(void **state)
{
	static const char *const names[] = { "tx1_packets", "other", "tx1_mcast", "tx0_mcast" };

	(void)state;
	assert_int_equal(make(&numbered, &nothing, names, 4), 0);
	read_values(4);
	read_values(4); /* anew, not on top */
	assert_int_equal(queues.n, 2);
	assert_int_equal(queues.queues[1].values[NIC_QUEUE_PACKETS], 1 + 4);
	assert_int_equal(queues.queues[0].values[NIC_QUEUE_PACKETS], 8);
	assert_int_equal(queues.queues[0].present, 1U << NIC_QUEUE_PACKETS);
}

/* The first of two counts; which one is meant nobody knows. */
static void test_repeated(void **state)
{
	static const char *const names[] = { "tx0_packets", "tx0_packets", "tx0_packets" };

	(void)state;
	assert_int_equal(make(&numbered, &everything, names, 3), 0);
	read_values(3);
	assert_int_equal(queues.queues[0].values[NIC_QUEUE_PACKETS], 1);
	assert_int_equal(layout.n_raw, 1);
	assert_int_equal(layout.n_refused, 4);
}

static void test_queues_beyond_the_bound(void **state)
{
	static const char *const names[] = { "tx4095_packets", "tx4096_packets",
		                             "tx999999_packets" };

	(void)state;
	assert_int_equal(make(&numbered, &nothing, names, 3), 0);
	assert_int_equal(layout.n_refused, 2);
	read_values(3);
	assert_int_equal(queues.n, 4096);
	assert_int_equal(queues.queues[4095].values[NIC_QUEUE_PACKETS], 1);
	assert_int_equal(queues.queues[0].present, 0);
}

/* No terminator behind 32 bytes, bytes that are no ASCII, blanks and quotes: names like any. */
static void test_raw(void **state)
{
	static const char *const names[] = {
		"",
		"tx7_bytes_that_fill_everything_x",
		"with \"quotes\" and \\",
		"\xc3\xa4",
		"\xff\xfe",
		" ",
	};

	(void)state;
	assert_int_equal(make(&numbered, &everything, names, ARRAY_SIZE(names)), 0);
	read_values(ARRAY_SIZE(names));
	assert_int_equal(layout.n_raw, ARRAY_SIZE(names) - 1);
	for (size_t i = 0; i < layout.n_raw; i++) {
		assert_int_equal(layout.raw[i].length, strlen(names[i + 1]));
		assert_memory_equal(layout.raw[i].name, names[i + 1], layout.raw[i].length);
		assert_int_equal(layout.raw[i].value, UINT64_C(2) << i);
	}
	assert_int_equal(layout.raw[0].length, ETH_GSTRING_LEN);
	assert_int_equal(queues.n, 0);
}

static void test_unterminated_counter(void **state)
{
	static const char *const names[] = { "tx3_bytes_that_fill_everything_" };

	(void)state;
	assert_int_equal(make(&numbered, &nothing, names, 1), 0);
	assert_int_equal(layout.n_counters, 1);
	assert_int_equal(layout.counters[0].queue, 3);
}

static void test_sections(void **state)
{
	static const char *const names[] = { "  packets", "Tx#", "  packets", "tail", "Tx#",
		                             "  packets", "Rx#", "  packets", "Tx#",  "  packets" };

	(void)state;
	assert_int_equal(make(&sections, &nothing, names, ARRAY_SIZE(names)), 0);
	assert_int_equal(layout.n_refused, 0);
	read_values(ARRAY_SIZE(names));
	assert_int_equal(queues.n, 3);
	assert_int_equal(queues.queues[0].values[NIC_QUEUE_PACKETS], 1 << 2);
	assert_int_equal(queues.queues[1].values[NIC_QUEUE_PACKETS], 1 << 5);
	assert_int_equal(queues.queues[2].values[NIC_QUEUE_PACKETS], 1 << 9);
}

static void test_out_of_memory(void **state)
{
	static const char *const names[] = { "tx0_packets", "tx1_packets", "tx2_packets", "raw" };
	static const uint64_t values[4] = { 0 };
	int error = -ENOMEM;

	(void)state;
	for (size_t i = 0; error; i++) {
		allocations_left = i;
		error = make(&numbered, &everything, names, 4);
		assert_true(error == 0 || error == -ENOMEM);
		driver_layout_clear(&layout);
		assert_true(i < 16);
	}
	allocations_left = SIZE_MAX;
	assert_int_equal(make(&numbered, &nothing, names, 4), 0);
	allocations_left = 1;
	assert_int_equal(driver_layout_read(&layout, values, &queues), -ENOMEM);
	assert_null(nic_queues_at(&queues, NIC_QUEUES_MAX));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_nothing),  TEST(test_several_of_a_queue_add_up),
		TEST(test_repeated), TEST(test_queues_beyond_the_bound),
		TEST(test_raw),      TEST(test_unterminated_counter),
		TEST(test_sections), TEST(test_out_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
