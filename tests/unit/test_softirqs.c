/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /proc/softirqs of other machines, and of none. */
#include "tests/unit/fixture.h"

#include <errno.h>

#include "collectors/stack/softirqs.h"

static struct batch *batch;

static int write_text(const char *text)
{
	batch_reset(batch, SIZE_MAX);
	return softirqs_write((struct proc_span){ text, text + strlen(text) }, batch);
}

static uint64_t value(const char *cpu)
{
	return batch_value(batch, "txpath_softirq_net_tx_total", cpu);
}

static void test_processors(void **state)
{
	(void)state;
	assert_int_equal(write_text("      CPU0   CPU2  CPU17\n"
	                            "  HI:    1      2      3\n"
	                            "NET_TX: 4      5      18446744073709551615\n"
	                            "NET_RX: 7      8\n"),
	                 0);
	assert_int_equal(batch->n_series, 3);
	assert_int_equal(value("0"), 4);
	assert_int_equal(value("2"), 5);
	assert_true(value("17") == UINT64_MAX);
}

static void test_malformed(void **state)
{
	static const char *const texts[] = {
		"",
		"\n",
		"CPU0 CPU1\n",
		"CPU0 CPU1\nNET_TX: 1 2",
		"CPU0 CPU1\nNET_TX: 1\n",
		"CPU0 CPU1\nNET_TX: 1 2 3\n",
		"CPU0 CPU1\nNET_TX: 1 x\n",
		"CPU0 CPU1\nNET_TX: 1 -2\n",
		"CPU0 CPUx\nNET_TX: 1 2\n",
		"CPU0 CPU\nNET_TX: 1 2\n",
		"CPU0 17\nNET_TX: 1 2\n",
		"CPU0 CPU1\nNET_RX: 1 2\n",
		"NET_TX: 1 2\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		assert_int_equal(write_text(texts[i]), -EBADMSG);
		assert_int_equal(batch->n_series, 0);
	}
}

static int begin(void **state)
{
	(void)state;
	batch = batch_new(SIZE_MAX);
	return batch ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	batch_free(batch);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_processors),
		cmocka_unit_test(test_malformed),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
