/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What kinds tell, made by hand: of older and newer kernels, of rates beyond 32 bits, and nonsense. */
#include "tests/unit/fixture.h"

#include <errno.h>
#include <linux/pkt_sched.h>

#include "collectors/qdisc/tc_fq.h"
#include "collectors/qdisc/tc_metrics.h"

static struct {
	struct batch *batch;
	_Alignas(8) char buffer[1024];
	struct nlmsghdr *message; /* its attributes are the options */
} script;

static int begin(void **state)
{
	(void)state;
	script.batch = batch_new(SIZE_MAX);
	memset(script.buffer, 0, sizeof(script.buffer));
	script.message = mnl_nlmsg_put_header(script.buffer);
	return script.batch ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	batch_free(script.batch);
	return 0;
}

static struct tc_object object_of(const struct tc_kind *kind, const void *xstats, size_t size)
{
	struct tc_object object = { 1, 0x10001, TC_H_ROOT, .how = kind, .has_bytes = true };

	memcpy(object.kind, kind->name, sizeof(object.kind));
	object.kind_length = strlen(object.kind);
	object.options = (struct tc_bytes){ script.buffer + NLMSG_HDRLEN,
		                            script.message->nlmsg_len - NLMSG_HDRLEN };
	object.xstats = (struct tc_bytes){ xstats, size };
	return object;
}

static int write_qdisc(const struct tc_kind *kind, const void *xstats, size_t size)
{
	static const struct device device = { 1, 4, "eth0" };
	static const struct tc_place place = { &device, NULL };
	struct tc_object object = object_of(kind, xstats, size);

	batch_reset(script.batch, SIZE_MAX);
	return tc_write_qdisc(&object, 0, &place, script.batch);
}

static int write_class(const struct tc_kind *kind)
{
	static const struct device device = { 1, 4, "eth0" };
	static const struct tc_place place = { &device, NULL };
	struct tc_object object = object_of(kind, NULL, 0);

	batch_reset(script.batch, SIZE_MAX);
	return tc_write_class(&object, 0, &place, script.batch);
}

static uint64_t value(const char *family, const char *labels)
{
	return batch_value(script.batch, family, labels);
}

static bool has(const char *family, const char *labels)
{
	return batch_has(script.batch, family, labels);
}

/* What a kernel does not have yet is not there; what all have must be. */
static void test_fq_of_every_length(void **state)
{
	const struct tc_fq_stats stats = { .flows = 1,
		                           .ce_mark = 2,
		                           .horizon_drops = 3,
		                           .horizon_caps = 4,
		                           .fastpath_packets = 5,
		                           .band_drops = { 6, 7, 8 },
		                           .band_pkt_count = { 9, 10, 11 } };

	(void)state;
	for (size_t size = 0; size <= sizeof(stats); size++) {
		assert_int_equal(write_qdisc(&tc_fq, &stats, size), size < 80 ? -EBADMSG : 0);
		assert_int_equal(has("txpath_qdisc_fq_flows", "eth0 fq 1: root"), size >= 80);
		assert_int_equal(has("txpath_qdisc_fq_ce_marks_total", "eth0 fq 1: root"),
		                 size >= 88);
		assert_int_equal(has("txpath_qdisc_fq_horizon_caps_total", "eth0 fq 1: root"),
		                 size >= 104);
		assert_int_equal(has("txpath_qdisc_fq_band_drops_total", "eth0 fq 1: root 2"),
		                 size >= 136);
		assert_int_equal(has("txpath_qdisc_fq_band_backlog_packets", "eth0 fq 1: root 2"),
		                 size >= 148);
		assert_true(has("txpath_qdisc_sent_bytes_total", "eth0 fq 1: root"));
	}
	assert_int_equal(value("txpath_qdisc_fq_fast_path_packets_total", "eth0 fq 1: root"), 5);
	assert_int_equal(value("txpath_qdisc_fq_band_drops_total", "eth0 fq 1: root 1"), 7);
	assert_int_equal(value("txpath_qdisc_fq_band_backlog_packets", "eth0 fq 1: root 0"), 9);
}

/* 32 bits hold 34 Gbit/s; what is more comes in an attribute of its own. */
static void test_rates_of_64_bits(void **state)
{
	const uint64_t rate = UINT64_C(50000000000), peak = UINT64_C(60000000000);
	const struct tc_tbf_qopt options = {
		.rate.rate = UINT32_MAX, .peakrate.rate = UINT32_MAX, .limit = 5000, .buffer = 1000
	};

	(void)state;
	mnl_attr_put(script.message, TCA_TBF_PARMS, sizeof(options), &options);
	mnl_attr_put(script.message, TCA_TBF_RATE64, sizeof(rate), &rate);
	mnl_attr_put(script.message, TCA_TBF_PRATE64, sizeof(peak), &peak);
	assert_int_equal(write_qdisc(&tc_tbf, NULL, 0), 0);
	assert_true(value("txpath_qdisc_tbf_rate_bytes_per_second", "eth0 tbf 1: root") == rate);
	assert_true(value("txpath_qdisc_tbf_peak_rate_bytes_per_second", "eth0 tbf 1: root") ==
	            peak);
	assert_int_equal(value("txpath_qdisc_tbf_burst_bytes", "eth0 tbf 1: root"), 3200000);
	assert_int_equal(value("txpath_qdisc_limit_bytes", "eth0 tbf 1: root"), 5000);
}

static void test_htb_classes(void **state)
{
	const uint64_t ceiling = UINT64_C(50000000000);
	struct tc_htb_opt options = { .rate.rate = 1000,
		                      .ceil.rate = UINT32_MAX,
		                      .buffer = 15625000,
		                      .cbuffer = 1000,
		                      .quantum = 7,
		                      .prio = 3 };
	const char *labels = "eth0 htb 1:1 root -";

	(void)state;
	mnl_attr_put(script.message, TCA_HTB_PARMS, sizeof(options), &options);
	mnl_attr_put(script.message, TCA_HTB_CEIL64, sizeof(ceiling), &ceiling);
	assert_int_equal(write_class(&tc_htb), 0);
	assert_int_equal(value("txpath_class_rate_bytes_per_second", labels), 1000);
	assert_true(value("txpath_class_ceiling_bytes_per_second", labels) == ceiling);
	assert_int_equal(value("txpath_class_burst_bytes", labels), 1000);
	assert_int_equal(value("txpath_class_ceiling_burst_bytes", labels), 3200000);
	assert_int_equal(value("txpath_class_quantum_bytes", labels), 7);
	assert_int_equal(value("txpath_class_priority", labels), 3);
	assert_false(has("txpath_class_lends_total", labels));

	/* Of repeated attributes the last one counts. */
	options.level = 1;
	options.rate.rate = 2000;
	mnl_attr_put(script.message, TCA_HTB_PARMS, sizeof(options), &options);
	assert_int_equal(write_class(&tc_htb), 0);
	assert_int_equal(value("txpath_class_rate_bytes_per_second", labels), 2000);
	assert_false(has("txpath_class_quantum_bytes", labels));
	assert_false(has("txpath_class_priority", labels));
}

/* A bucket that would hold more than can be counted is as large as can be. */
static void test_bucket_without_end(void **state)
{
	const struct tc_tbf_qopt options = { .buffer = UINT32_MAX };
	const uint64_t rate = UINT64_MAX;

	(void)state;
	mnl_attr_put(script.message, TCA_TBF_PARMS, sizeof(options), &options);
	mnl_attr_put(script.message, TCA_TBF_RATE64, sizeof(rate), &rate);
	assert_int_equal(write_qdisc(&tc_tbf, NULL, 0), 0);
	assert_true(value("txpath_qdisc_tbf_burst_bytes", "eth0 tbf 1: root") == UINT64_MAX);
}

/* Nothing is written of a kind that tells nonsense, but what all have. */
static void expect_only_common(const struct tc_kind *kind, const void *xstats, size_t size)
{
	assert_int_equal(write_qdisc(kind, xstats, size), -EBADMSG);
	assert_int_equal(script.batch->n_series, 1);
}

static void test_nonsense(void **state)
{
	const struct tc_fq_codel_xstats flow = { .type = TCA_FQ_CODEL_XSTATS_CLASS };
	const struct tc_mqprio_qopt mqprio = { .num_tc = TC_QOPT_MAX_QUEUE + 1 };
	const uint32_t logarithm = 64;

	(void)state;
	expect_only_common(&tc_fq_codel, &flow, sizeof(flow));
	mnl_attr_put(script.message, TCA_FQ_BUCKETS_LOG, sizeof(logarithm), &logarithm);
	expect_only_common(&tc_fq, NULL, 0);

	script.message = mnl_nlmsg_put_header(script.buffer);
	mnl_attr_put(script.message, TCA_CODEL_LIMIT, 2, &logarithm);
	expect_only_common(&tc_codel, NULL, 0);
	expect_only_common(&tc_netem, NULL, 0);

	script.message = mnl_nlmsg_put_header(script.buffer);
	memcpy(mnl_nlmsg_put_extra_header(script.message, sizeof(mqprio)), &mqprio, sizeof(mqprio));
	assert_int_equal(write_qdisc(&tc_mqprio, NULL, 0), -EBADMSG);
	assert_false(has("txpath_qdisc_mqprio_queues", "eth0 mqprio 1: root 0"));
}

/* A tin that is cut short takes the others with it, and nothing else. */
static void test_malformed_tin(void **state)
{
	_Alignas(8) char buffer[256] = { 0 };
	struct nlmsghdr *xstats = mnl_nlmsg_put_header(buffer);
	struct nlattr *tins, *tin;

	(void)state;
	mnl_attr_put_u32(xstats, TCA_CAKE_STATS_MEMORY_USED, 5);
	tins = mnl_attr_nest_start(xstats, TCA_CAKE_STATS_TIN_STATS);
	for (uint16_t i = 1; i <= 2; i++) {
		tin = mnl_attr_nest_start(xstats, i);
		mnl_attr_put_u32(xstats, TCA_CAKE_TIN_STATS_SENT_PACKETS, i);
		mnl_attr_nest_end(xstats, tin);
	}
	mnl_attr_nest_end(xstats, tins);
	assert_int_equal(
		write_qdisc(&tc_cake, buffer + NLMSG_HDRLEN, xstats->nlmsg_len - NLMSG_HDRLEN), 0);
	assert_int_equal(value("txpath_qdisc_cake_tin_sent_packets_total", "eth0 cake 1: root 1"),
	                 2);
	((struct nlattr *)mnl_attr_get_payload(tin))->nla_len = 6;
	assert_int_equal(
		write_qdisc(&tc_cake, buffer + NLMSG_HDRLEN, xstats->nlmsg_len - NLMSG_HDRLEN),
		-EBADMSG);
	assert_int_equal(value("txpath_qdisc_cake_memory_peak_bytes", "eth0 cake 1: root"), 5);
	assert_false(has("txpath_qdisc_cake_tin_sent_packets_total", "eth0 cake 1: root 0"));
}

/* A kind that is newer than this program has what all have. */
static void test_unknown_kind(void **state)
{
	static const char name[TC_KIND_SIZE] = "a_new_kind";
	const uint32_t xstats[16] = { 0 };

	(void)state;
	mnl_attr_put_u32(script.message, 1, 5);
	assert_int_equal(write_qdisc(tc_kind_find(name), xstats, sizeof(xstats)), 0);
	assert_int_equal(script.batch->n_series, 1);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_fq_of_every_length), TEST(test_rates_of_64_bits),
		TEST(test_htb_classes),        TEST(test_bucket_without_end),
		TEST(test_nonsense),           TEST(test_malformed_tin),
		TEST(test_unknown_kind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
