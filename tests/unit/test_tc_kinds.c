/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every kind of qdisc as real kernels gave it, held to what tc printed of the same moment
 * (tests/fixtures/kinds_*): each value that tc prints is there, and but a few that it does not.
 */
#include "tests/unit/fixture.h"

#include <errno.h>
#include <linux/gen_stats.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <stdalign.h>

#include "collectors/qdisc/tc_families.h"
#include "collectors/qdisc/tc_kind.h"
#include "collectors/qdisc/tc_metrics.h"

#define DEVICES_MAX 16

struct kinds {
	struct device devices[DEVICES_MAX];
	size_t n_devices;
	struct batch *batch;
	unsigned n_malformed;
};

static FILE *open_text(const char *name)
{
	const char *directory = getenv("FIXTURES");
	char path[4096];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s", directory ? directory : "tests/fixtures", name);
	file = fopen(path, "re");
	assert_non_null(file);
	return file;
}

static void read_devices(const char *name, struct kinds *kinds)
{
	FILE *file = open_text(name);
	struct device *device = kinds->devices;

	while (fscanf(file, "%d %15s", &device->index, device->name) == 2) {
		device->name_length = (unsigned)strlen(device->name);
		device++;
	}
	kinds->n_devices = (size_t)(device - kinds->devices);
	(void)fclose(file);
}

static const struct device *device_of(const struct kinds *kinds, int index)
{
	for (size_t i = 0; i < kinds->n_devices; i++)
		if (kinds->devices[i].index == index)
			return &kinds->devices[i];
	return &kinds->devices[0];
}

static int write_message(const struct nlmsghdr *message, void *context)
{
	struct kinds *kinds = context;
	struct tc_object object;
	struct tc_place place = { NULL, NULL };

	if (tc_object_parse(message, &object) < 0)
		return -EBADMSG;
	place.device = device_of(kinds, object.device_index);
	if (message->nlmsg_type == RTM_NEWQDISC)
		return tc_write_qdisc(&object, object.backlog_bytes, &place, kinds->batch);
	if (object.how->classes == TC_CLASSES_FLOWS)
		return 0;
	return tc_write_class(&object, object.backlog_bytes, &place, kinds->batch);
}

static double real_value(const struct batch *batch, const char *family, const char *labels)
{
	unsigned place = 0;
	const struct batch_row *row = batch_find(batch, family, labels, &place);

	if (!row) {
		fail_msg("no %s{%s}", family, labels);
		return -1;
	}
	for (size_t i = 0; i < batch->n_tables; i++) {
		const struct metric_table *table = batch->tables[i].table;

		if (place >= table->n_families || strcmp(table->families[place].name, family) != 0)
			continue;
		if (table->families[place].unit == METRIC_DOUBLE)
			return row->values[place].real;
		return (double)row->values[place].count /
			(table->families[place].unit == METRIC_NSEC ? 1e9 : 1);
	}
	return -1;
}

/* "FAMILY LABEL... LEAST MOST"; tc rounds what is no integer. */
static void expect_line(char *line, const struct batch *batch)
{
	char *most = strrchr(line, ' '), *least, *labels = strchr(line, ' ');
	double low, high, value;

	*most++ = 0;
	least = strrchr(line, ' ');
	*least++ = 0;
	*labels++ = 0;
	low = strtod(least, NULL);
	high = strtod(most, NULL);
	value = real_value(batch, line, labels);
	if (strchr(least, '.') || strchr(least, 'e')) {
		low *= 1 - 1e-3;
		high *= 1 + 1e-3;
	}
	if (!(low <= value && value <= high))
		fail_msg("%s{%s} is %.17g, not %s", line, labels, value, most);
}

static size_t expect_lines(const char *name, const struct batch *batch)
{
	FILE *file = open_text(name);
	char line[512];
	size_t n = 0;

	while (fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = 0;
		expect_line(line, batch);
		n++;
	}
	(void)fclose(file);
	return n;
}

static size_t n_values(const struct batch *batch, const char *family)
{
	size_t n = 0;

	for (size_t i = 0; i < batch->n_tables; i++)
		for (size_t j = 0; j < batch->tables[i].table->n_families; j++) {
			if (strcmp(batch->tables[i].table->families[j].name, family) != 0)
				continue;
			for (const struct batch_row *row = batch->tables[i].first; row;
			     row = row->next)
				n += row->present >> j & 1;
		}
	return n;
}

/* What this tc does not print, or not with what else it prints; and what all kinds have. */
static size_t n_unprinted(const struct batch *batch)
{
	static const char *const families[] = {
		"txpath_qdisc_fq_fast_path_packets_total",
		"txpath_qdisc_fq_band_weight_bytes",
		"txpath_qdisc_fq_band_drops_total",
		"txpath_qdisc_fq_band_backlog_packets",
		"txpath_qdisc_mqprio_hardware_enabled",
		"txpath_qdisc_multiq_bands",
		"txpath_qdisc_tbf_peak_rate_bytes_per_second",
	};
	static const char *const common[] = {
		"sent_bytes_total", "sent_packets_total", "drops_total",     "overlimits_total",
		"requeues_total",   "backlog_bytes",      "backlog_packets", "backlog_peak_bytes",
	};
	char name[64];
	/* Limits that it turns into times. */
	size_t n = n_values(batch, "txpath_qdisc_tbf_rate_bytes_per_second");

	for (size_t i = 0; i < ARRAY_SIZE(families); i++)
		n += n_values(batch, families[i]);
	for (size_t i = 0; i < ARRAY_SIZE(common); i++) {
		(void)snprintf(name, sizeof(name), "txpath_qdisc_%s", common[i]);
		n += n_values(batch, name);
		(void)snprintf(name, sizeof(name), "txpath_class_%s", common[i]);
		n += n_values(batch, name);
	}
	return n;
}

static void expect_kinds(const char *series, struct kinds *kinds)
{
	struct fixture fixture;
	char name[64];
	size_t n;

	*kinds = (struct kinds){ .batch = batch_new(SIZE_MAX) };
	(void)snprintf(name, sizeof(name), "kinds_%s.devices", series);
	read_devices(name, kinds);
	(void)snprintf(name, sizeof(name), "kinds_%s.bin", series);
	fixture = fixture_load(name);
	assert_int_equal(fixture_replay(&fixture, write_message, kinds), 0);
	assert_int_equal(batch_error(kinds->batch), 0);
	(void)snprintf(name, sizeof(name), "kinds_%s.expected", series);
	n = expect_lines(name, kinds->batch);
	assert_int_equal(kinds->batch->n_series, n + n_unprinted(kinds->batch));
	fixture_free(&fixture);
}

static void test_linux_6_1(void **state)
{
	struct kinds kinds;

	(void)state;
	expect_kinds("6.1", &kinds);
	assert_false(batch_has(kinds.batch, "txpath_qdisc_fq_fast_path_packets_total",
	                       "leaves fq 6: a06:1"));
	assert_int_equal(n_values(kinds.batch, "txpath_qdisc_fq_band_drops_total"), 0);
	assert_int_equal(n_values(kinds.batch, "txpath_qdisc_fq_band_weight_bytes"), 0);
	batch_free(kinds.batch);
}

static void test_linux_6_12(void **state)
{
	struct kinds kinds;

	(void)state;
	expect_kinds("6.12", &kinds);
	assert_int_equal(batch_value(kinds.batch, "txpath_qdisc_fq_band_weight_bytes",
	                             "leaves fq 6: a06:1 0"),
	                 589824);
	/* One more is in the hands of the tbf. */
	assert_int_equal(
		batch_value(kinds.batch, "txpath_qdisc_fq_band_backlog_packets",
	                    "leaves fq 6: a06:1 0") +
			1,
		batch_value(kinds.batch, "txpath_qdisc_backlog_packets", "leaves fq 6: a06:1"));
	assert_int_equal(batch_value(kinds.batch, "txpath_qdisc_tbf_peak_rate_bytes_per_second",
	                             "leaves tbf 15: a15:1"),
	                 250000);
	batch_free(kinds.batch);
}

/* No device here counts what it drops for want of a window: as taprio_dump_xstats() would tell it. */
static void test_taprio_in_a_device(void **state)
{
	alignas(struct nlmsghdr) char buffer[512] = { 0 };
	const struct tcmsg header = { .tcm_handle = 0x10002, .tcm_parent = TC_H_ROOT };
	const struct gnet_stats_basic basic = { .bytes = 100, .packets = 1 };
	struct nlmsghdr *message = message_begin(buffer, RTM_NEWTCLASS, &header, sizeof(header));
	struct kinds kinds = { .devices = { { 0, 3, "dev" } },
		               .n_devices = 1,
		               .batch = batch_new(SIZE_MAX) };
	struct nlattr *statistics, *own;

	(void)state;
	mnl_attr_put_strz(message, TCA_KIND, "taprio");
	statistics = mnl_attr_nest_start(message, TCA_STATS2);
	mnl_attr_put(message, TCA_STATS_BASIC, sizeof(basic), &basic);
	own = mnl_attr_nest_start(message, TCA_STATS_APP);
	mnl_attr_put_u64(message, 2, 5000000000);
	mnl_attr_put_u64(message, 3, 6);
	mnl_attr_nest_end(message, own);
	mnl_attr_nest_end(message, statistics);
	assert_int_equal(write_message(message, &kinds), 0);
	assert_int_equal(batch_value(kinds.batch, "txpath_class_taprio_window_drops_total",
	                             "dev taprio 1:2 root -"),
	                 5000000000);
	assert_int_equal(batch_value(kinds.batch, "txpath_class_taprio_overruns_total",
	                             "dev taprio 1:2 root -"),
	                 6);
	batch_free(kinds.batch);
}

static int write_cut(const struct nlmsghdr *message, void *context)
{
	struct kinds *kinds = context;

	batch_reset(kinds->batch, SIZE_MAX);
	if (write_message(message, context) < 0)
		kinds->n_malformed++;
	return 0;
}

static void test_cut_at_every_length(void **state)
{
	static const char *const names[] = { "kinds_6.1.bin", "kinds_6.12.bin" };
	struct kinds kinds = { .batch = batch_new(SIZE_MAX) };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct fixture fixture = fixture_load(names[i]);

		fixture_replay_cut(&fixture, write_cut, &kinds);
		fixture_free(&fixture);
	}
	assert_true(kinds.n_malformed > 1000);
	batch_free(kinds.batch);
}

/* The message with its options and statistics cut to each length that they can have. */
static int write_short(const struct nlmsghdr *message, void *context)
{
	struct kinds *kinds = context;
	struct tc_object object;
	struct tc_bytes options, xstats;

	assert_int_equal(tc_object_parse(message, &object), 0);
	options = object.options;
	xstats = object.xstats;
	for (size_t length = 0; length < options.size + xstats.size; length++) {
		bool is_option = length < options.size;
		size_t size = is_option ? length : length - options.size;
		char *copy = malloc(size ? size : 1);
		const struct tc_place place = { &kinds->devices[0], NULL };
		int error;

		memcpy(copy, is_option ? options.bytes : xstats.bytes, size);
		object.options = is_option ? (struct tc_bytes){ copy, size } : options;
		object.xstats = is_option ? xstats : (struct tc_bytes){ copy, size };
		batch_reset(kinds->batch, SIZE_MAX);
		error = message->nlmsg_type == RTM_NEWQDISC
			? tc_write_qdisc(&object, 0, &place, kinds->batch)
			: tc_write_class(&object, 0, &place, kinds->batch);
		assert_true(error == 0 || error == -EBADMSG);
		kinds->n_malformed += error < 0;
		free(copy);
	}
	return 0;
}

static void test_short_details(void **state)
{
	struct kinds kinds = { .batch = batch_new(SIZE_MAX) };
	struct fixture fixture = fixture_load("kinds_6.12.bin");

	(void)state;
	assert_int_equal(fixture_replay(&fixture, write_short, &kinds), 0);
	assert_true(kinds.n_malformed > 1000);
	fixture_free(&fixture);
	batch_free(kinds.batch);
}

/* Every table of a kind is listed, with names that fit, and whole numbers where there is a sign. */
static void test_tables(void **state)
{
	size_t n = 0;

	(void)state;
	while (tc_tables[n])
		n++;
	assert_in_range(n, 30, BATCH_TABLES_MAX);
	for (size_t i = 0; i < n; i++) {
		assert_in_range(tc_tables[i]->n_families, 1, METRIC_FAMILIES_MAX - 1);
		for (size_t j = 0; j < tc_tables[i]->n_families; j++) {
			const struct metric_family *family = &tc_tables[i]->families[j];
			const char *end = family->name + strlen(family->name) - strlen("_total");

			assert_non_null(family->help);
			assert_int_equal(family->type == METRIC_COUNTER, !strcmp(end, "_total"));
			assert_int_equal(family->unit == METRIC_NSEC,
			                 family->unit != METRIC_DOUBLE &&
			                         strstr(family->name, "_seconds") != NULL);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_linux_6_1),
		cmocka_unit_test(test_linux_6_12),
		cmocka_unit_test(test_taprio_in_a_device),
		cmocka_unit_test(test_cut_at_every_length),
		cmocka_unit_test(test_short_details),
		cmocka_unit_test(test_tables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
