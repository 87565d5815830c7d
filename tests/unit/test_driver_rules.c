/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The names of every driver in tests/fixtures/driver_names.txt, whose lines say what of them are
 * counters of queues, and nothing else is.
 */
#include "tests/unit/fixture.h"

#include "collectors/nic/driver_layout.h"

#define NAMES_MAX 128

static const char *const counter_names[NIC_QUEUE_COUNTERS] = {
	[NIC_QUEUE_BYTES] = "bytes",         [NIC_QUEUE_PACKETS] = "packets",
	[NIC_QUEUE_DROPS] = "drops",         [NIC_QUEUE_ERRORS] = "errors",
	[NIC_QUEUE_STOPS] = "stops",         [NIC_QUEUE_WAKES] = "wakes",
	[NIC_QUEUE_DOORBELLS] = "doorbells", [NIC_QUEUE_TIMEOUTS] = "timeouts",
};

/* One driver's statistics: each has a value of its own, by its position. */
static struct {
	char driver[64];
	uint32_t n;
	char names[NAMES_MAX * ETH_GSTRING_LEN];
	uint64_t values[NAMES_MAX];
	struct nic_queue expected[4];
} sample;

static unsigned n_drivers;

static void expect_sample(void)
{
	const struct driver_rules *rules = driver_rules_find(sample.driver);
	const struct name_patterns none = { 0 };
	struct driver_layout layout = { 0 };
	struct nic_queues queues = { 0 };

	if (sample.n == 0)
		return;
	assert_int_equal(driver_layout_make(&layout, rules, &none, sample.names, sample.n), 0);
	assert_int_equal(layout.n_refused, 0);
	assert_int_equal(layout.n_statistics, sample.n);
	assert_int_equal(driver_layout_read(&layout, sample.values, &queues), 0);
	for (size_t i = 0; i < ARRAY_SIZE(sample.expected); i++) {
		const struct nic_queue *expected = &sample.expected[i];
		struct nic_queue found = { 0 };

		if (i < queues.n)
			found = queues.queues[i];
		if (found.present != expected->present)
			fail_msg("%s, queue %zu: has %x, should have %x", sample.driver, i,
			         found.present, expected->present);
		assert_memory_equal(found.values, expected->values, sizeof(found.values));
	}
	assert_true(queues.n <= ARRAY_SIZE(sample.expected));
	nic_queues_clear(&queues);
	driver_layout_clear(&layout);
	n_drivers++;
}

static void take_expected(const char *text, uint64_t value)
{
	char name[16];
	unsigned queue;

	assert_int_equal(sscanf(text, "%u %15s", &queue, name), 2);
	assert_true(queue < ARRAY_SIZE(sample.expected));
	for (unsigned i = 0; i < NIC_QUEUE_COUNTERS; i++)
		if (strcmp(name, counter_names[i]) == 0) {
			nic_queue_add(&sample.expected[queue], i, value);
			return;
		}
	fail_msg("no counter: %s", text);
}

static void take_line(char *line)
{
	char *expected = strchr(line, '\t');

	if (*line == '[' && strchr("0123456789", line[1]) == NULL) {
		expect_sample();
		memset(&sample, 0, sizeof(sample));
		line[strcspn(line, "]")] = '\0';
		(void)snprintf(sample.driver, sizeof(sample.driver), "%s", line + 1);
		return;
	}
	assert_true(sample.n < NAMES_MAX);
	sample.values[sample.n] = UINT64_C(1) << 40 | sample.n;
	if (expected) {
		*expected = '\0';
		take_expected(expected + 1, sample.values[sample.n]);
	}
	assert_true(strlen(line) <= ETH_GSTRING_LEN);
	memcpy(sample.names + (size_t)sample.n * ETH_GSTRING_LEN, line, strlen(line));
	sample.n++;
}

static void test_names_of_drivers(void **state)
{
	struct fixture fixture = fixture_load("driver_names.txt");
	size_t begin = 0;

	(void)state;
	for (size_t i = 0; i < fixture.length; i++) {
		if (fixture.bytes[i] != '\n')
			continue;
		fixture.bytes[i] = '\0';
		take_line(fixture.bytes + begin);
		begin = i + 1;
	}
	expect_sample();
	assert_int_equal(n_drivers, 29);
	fixture_free(&fixture);
}

static void test_match(void **state)
{
	static const struct {
		const char *pattern, *name;
		bool matches;
		uint32_t queue;
	} cases[] = {
		{ "tx%u_bytes", "tx0_bytes", true, 0 },
		{ "tx%u_bytes", "tx123456_bytes", true, 123456 },
		{ "tx%u_bytes", "tx1234567_bytes", false, 0 },
		{ "tx%u_bytes", "tx01_bytes", false, 0 },
		{ "tx%u_bytes", "tx_bytes", false, 0 },
		{ "tx%u_bytes", "tx1_byte", false, 0 },
		{ "tx%u_bytes", "tx1_bytess", false, 0 },
		{ "tx%u_bytes", "", false, 0 },
		{ "tx%u_bytes", "tx", false, 0 },
		{ "[%u]: x", "[7]: x", true, 7 },
		{ "%u", "4", true, 4 },
		{ "%u", "", false, 0 },
		{ "plain", "plain", true, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint32_t queue = 99;

		assert_int_equal(driver_rule_match(cases[i].pattern, cases[i].name,
		                                   strlen(cases[i].name), &queue),
		                 cases[i].matches);
		assert_int_equal(queue, cases[i].matches ? cases[i].queue : 99);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_of_drivers),
		cmocka_unit_test(test_match),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
