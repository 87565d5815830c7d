/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Connection tracking as recorded, and as no kernel should tell it. */
#include "tests/unit/fixture.h"
#include "tests/unit/proc_script.h"

#include "collectors/netfilter/conntrack.c"
#include "collectors/netfilter/proc_line.c"

static struct collector_tally tally;
static struct reason reason;
static const struct collector_env env = { .tally = &tally, .reason = &reason };
static struct batch *batch;
static struct netfilter_target target;
static char *recorded;

static int begin(void **state)
{
	(void)state;
	memset(&proc, 0, sizeof(proc));
	memset(&tally, 0, sizeof(tally));
	recorded = fixture_text("conntrack.proc");
	proc_put(COUNT_PATH, "6\n", 0);
	proc_put(LIMIT_PATH, "262144\n", 0);
	proc_put(STAT_PATH, recorded, 0);
	batch = batch_new(SIZE_MAX);
	target = (struct netfilter_target){ .env = &env, .batch = batch };
	return batch ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	batch_free(batch);
	free(recorded);
	return 0;
}

/* As conntrack -S printed it (conntrack.txt). */
static void test_recorded(void **state)
{
	(void)state;
	assert_int_equal(conntrack_write(&target), 0);
	assert_int_equal(batch_value(batch, "txpath_conntrack_entries", ""), 6);
	assert_int_equal(batch_value(batch, "txpath_conntrack_entries_limit", ""), 262144);
	assert_int_equal(batch_value(batch, "txpath_conntrack_insert_failed_total", ""), 1);
	assert_int_equal(batch_value(batch, "txpath_conntrack_drops_total", ""), 1);
	assert_int_equal(batch_value(batch, "txpath_conntrack_early_drops_total", ""), 0);
	assert_int_equal(batch_value(batch, "txpath_conntrack_invalid_total", ""), 6);
	assert_int_equal(batch_value(batch, "txpath_conntrack_search_restarts_total", ""), 0);
	assert_int_equal(batch_value(batch, "txpath_conntrack_clash_resolves_total", ""), 1);
	assert_int_equal(batch_value(batch, "txpath_conntrack_chain_too_long_total", ""), 0);
	assert_int_equal(batch->n_series, FAMILIES);
	assert_int_equal(tally.skipped_objects, 0);
}

static void test_other_namespace(void **state)
{
	(void)state;
	target.netns = label_of("blue");
	assert_int_equal(conntrack_write(&target), 0);
	assert_int_equal(batch_value(batch, "txpath_conntrack_entries", "blue"), 6);
	assert_int_equal(batch_value(batch, "txpath_conntrack_drops_total", "blue"), 1);
	assert_false(batch_has(batch, "txpath_conntrack_entries", "-"));
}

/* Fewer columns, others, in another order; and values beyond 32 bits together. */
static void test_other_columns(void **state)
{
	(void)state;
	proc_put(STAT_PATH,
	         "drop searched early_drop\n"
	         "ffffffff 00000001 00000002\n"
	         "ffffffff 00000001 00000003\n",
	         0);
	assert_int_equal(conntrack_write(&target), 0);
	assert_int_equal(batch_value(batch, "txpath_conntrack_drops_total", ""), 0x1fffffffeU);
	assert_int_equal(batch_value(batch, "txpath_conntrack_early_drops_total", ""), 5);
	assert_false(batch_has(batch, "txpath_conntrack_clash_resolves_total", ""));
	assert_int_equal(batch->n_series, 4);
}

/* One CPU's line that cannot be read takes the others with it. */
static void test_garbage_is_skipped_whole(void **state)
{
	static const char *const texts[] = {
		"",
		"drop early_drop",
		"drop early_drop\n1 2\n1\n",
		"drop early_drop\n1 2\n1 2 3\n",
		"drop early_drop\n1 2\n1 2",
		"drop early_drop\n1 2\n1 x\n",
		"drop early_drop\n1 2\n1 -2\n",
		"drop early_drop\n1 2\n1 0x2\n",
		"drop early_drop\n1 2\n1 100000000\n",
		"drop early_drop\n\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		proc.n = 3;
		proc_put(STAT_PATH, texts[i], 0);
		batch_reset(batch, SIZE_MAX);
		assert_int_equal(conntrack_write(&target), 0);
		assert_int_equal(batch->n_series, 2);
		assert_int_equal(tally.skipped_objects, i + 1);
	}
}

/* Every beginning of the file: all counters or none, and those of whole lines alone. */
static void test_cut_anywhere(void **state)
{
	size_t length = strlen(recorded);

	(void)state;
	for (size_t i = 0; i < length; i++) {
		char *cut = strndup(recorded, i);

		proc.n = 3;
		proc_put(STAT_PATH, cut, 0);
		batch_reset(batch, SIZE_MAX);
		assert_int_equal(conntrack_write(&target), 0);
		assert_int_equal(batch->n_series, i && cut[i - 1] == '\n' ? FAMILIES : 2);
		free(cut);
	}
}

static void test_singles(void **state)
{
	(void)state;
	proc_put(COUNT_PATH, "6", 0);
	proc_put(LIMIT_PATH, "18446744073709551616\n", 0);
	assert_int_equal(conntrack_write(&target), 0);
	assert_false(batch_has(batch, "txpath_conntrack_entries", ""));
	assert_false(batch_has(batch, "txpath_conntrack_entries_limit", ""));
	assert_int_equal(tally.skipped_objects, 2);

	proc_put(LIMIT_PATH, "18446744073709551615\n", 0);
	batch_reset(batch, SIZE_MAX);
	assert_int_equal(conntrack_write(&target), 0);
	assert_int_equal(batch_value(batch, "txpath_conntrack_entries_limit", ""), UINT64_MAX);
}

static void test_lacking(void **state)
{
	(void)state;
	proc_put(STAT_PATH, NULL, ENOENT);
	assert_int_equal(conntrack_write(&target), -EOPNOTSUPP);
	assert_string_equal(reason.text, "the counters need CONFIG_NF_CONNTRACK_PROCFS");
	assert_int_equal(batch->n_series, 2);

	proc_put(STAT_PATH, NULL, ENOMEM);
	assert_int_equal(conntrack_write(&target), -ENOMEM);
	assert_string_equal(reason.text, STAT_PATH ": Cannot allocate memory");

	batch_reset(batch, SIZE_MAX);
	proc.n = 0;
	assert_int_equal(conntrack_write(&target), -EOPNOTSUPP);
	assert_string_equal(reason.text, "nf_conntrack is not loaded");
	assert_int_equal(batch->n_series, 0);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_recorded),      TEST(test_other_namespace),
		TEST(test_other_columns), TEST(test_garbage_is_skipped_whole),
		TEST(test_cut_anywhere),  TEST(test_singles),
		TEST(test_lacking),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
