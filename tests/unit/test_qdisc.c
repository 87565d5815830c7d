/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The qdisc collector on recorded dumps (tests/fixtures), and on tables that change under it. */
#define netlink_open            scripted_open
#define netlink_close           scripted_close
#define netlink_dump            scripted_dump
#define device_table_open       scripted_table_open
#define device_table_close      scripted_table_close
#define device_table_refresh    scripted_refresh
#define device_table_generation scripted_generation
#define device_find             scripted_find

#include "tests/unit/fixture.h"

#include <linux/gen_stats.h>

#include "collectors/qdisc/qdisc.c"
#include "collectors/qdisc/tc_families.h"

#define DEVICES 9

static struct {
	struct fixture qdiscs, htb_classes, mq_classes;
	unsigned n_replays; /* of everything, within one dump */
	int class_error;
	int asked[16];
	unsigned n_asked;

	struct device devices[DEVICES];
	int n_known;           /* devices found, from the first on */
	int n_known_refreshed; /* after the next refresh */
	unsigned n_refreshes;
	unsigned n_moves; /* dumps during which names move */
	uint64_t generation;

	struct qdisc_options options;
	struct collector_tally tally;
	struct reason reason;
	struct collector_env env;
	struct batch *batch;
} script;

int netlink_open(const struct collector_env *env, int protocol, unsigned groups,
                 struct netlink **ret_netlink)
{
	assert_ptr_equal(env, &script.env);
	assert_int_equal(protocol, NETLINK_ROUTE);
	assert_int_equal(groups, 0);
	*ret_netlink = malloc(1);
	return 0;
}

void netlink_close(struct netlink *netlink)
{
	free(netlink);
}

static int replay(const struct fixture *fixture, netlink_message_fn take, void *context)
{
	int error = 0;

	for (unsigned i = 0; i < script.n_replays && !error; i++)
		error = fixture_replay(fixture, take, context);
	return error;
}

static int dump_classes_of(int device_index, netlink_message_fn take, void *context)
{
	script.asked[script.n_asked++] = device_index;
	if (script.class_error)
		return reason_set(&script.reason, script.class_error, "scripted");
	return replay(device_index == 3 ? &script.htb_classes : &script.mq_classes, take, context);
}

int netlink_dump(struct netlink *netlink, const struct netlink_request *request,
                 netlink_message_fn take, void *context)
{
	const struct tcmsg *body = request->body;
	int error;

	assert_non_null(netlink);
	if (request->type == RTM_GETTCLASS)
		return dump_classes_of(body->tcm_ifindex, take, context);
	assert_int_equal(request->type, RTM_GETQDISC);
	error = replay(&script.qdiscs, take, context);
	if (script.n_moves && take != ignore_message) {
		script.n_moves--;
		script.generation++;
	}
	return error;
}

int device_table_open(const struct collector_env *env, struct device_table **ret_devices)
{
	assert_ptr_equal(env, &script.env);
	*ret_devices = malloc(1);
	return 0;
}

void device_table_close(struct device_table *devices)
{
	free(devices);
}

int device_table_refresh(struct device_table *devices)
{
	assert_non_null(devices);
	script.n_refreshes++;
	if (script.n_refreshes > 1)
		script.n_known = script.n_known_refreshed;
	return 0;
}

uint64_t device_table_generation(const struct device_table *devices)
{
	assert_non_null(devices);
	return script.generation;
}

const struct device *device_find(const struct device_table *devices, int index)
{
	assert_non_null(devices);
	return index >= 1 && index <= script.n_known ? &script.devices[index - 1] : NULL;
}

static int begin(void **state)
{
	static const char *const names[DEVICES] = { "lo",    "htb1",  "htb0", "tbf1", "tbf0",
		                                    "prio1", "prio0", "mq1",  "mq0" };

	(void)state;
	memset(&script, 0, sizeof(script));
	script.qdiscs = fixture_load("qdisc.bin");
	script.htb_classes = fixture_load("class_htb.bin");
	script.mq_classes = fixture_load("class_mq.bin");
	script.n_replays = 1;
	script.n_known = script.n_known_refreshed = DEVICES;
	for (int i = 0; i < DEVICES; i++) {
		script.devices[i].index = i + 1;
		script.devices[i].name_length = (unsigned)strlen(names[i]);
		memcpy(script.devices[i].name, names[i], strlen(names[i]));
	}
	script.options.peak_window_usec = 60 * USEC_PER_SEC;
	script.env = (struct collector_env){ .options = &script.options,
		                             .tally = &script.tally,
		                             .reason = &script.reason };
	script.batch = batch_new(SIZE_MAX);
	return script.batch ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	fixture_free(&script.qdiscs);
	fixture_free(&script.htb_classes);
	fixture_free(&script.mq_classes);
	batch_free(script.batch);
	return 0;
}

/* Opens, collects twice (the second sample on the memory of the first), and closes. */
static int collect(void)
{
	void *collector = NULL;
	int error;

	assert_int_equal(qdisc_collector.open(&script.env, &collector), 0);
	error = qdisc_collector.collect(collector, script.batch);
	if (!error) {
		script.n_asked = 0;
		batch_reset(script.batch, SIZE_MAX);
		error = qdisc_collector.collect(collector, script.batch);
	}
	qdisc_collector.close(collector);
	return error;
}

static uint64_t value(const char *family, const char *labels)
{
	return batch_value(script.batch, family, labels);
}

static size_t n_rows(const struct metric_table *table)
{
	size_t n = 0;

	for (size_t i = 0; i < script.batch->n_tables; i++)
		if (script.batch->tables[i].table == table)
			for (const struct batch_row *row = script.batch->tables[i].first; row;
			     row = row->next)
				n++;
	return n;
}

static void expect_rows(size_t n_qdiscs, size_t n_classes)
{
	assert_int_equal(n_rows(&tc_qdisc_table), n_qdiscs);
	assert_int_equal(n_rows(&tc_class_table), n_classes);
}

static void test_recorded_qdiscs(void **state)
{
	(void)state;
	assert_int_equal(collect(), 0);
	assert_int_equal(value("txpath_qdisc_sent_bytes_total", "htb0 htb 1: root"), 21528);
	assert_int_equal(value("txpath_qdisc_sent_packets_total", "htb0 htb 1: root"), 44);
	assert_int_equal(value("txpath_qdisc_drops_total", "htb0 bfifo a0: 1:20"), 106);
	assert_int_equal(value("txpath_qdisc_overlimits_total", "tbf0 tbf 5: root"), 60);
	assert_int_equal(value("txpath_qdisc_requeues_total", "tbf0 tbf 5: root"), 0);
	assert_int_equal(value("txpath_qdisc_backlog_bytes", "tbf0 tbf 5: root"), 8162);
	assert_int_equal(value("txpath_qdisc_backlog_packets", "tbf0 tbf 5: root"), 11);
	assert_int_equal(value("txpath_qdisc_backlog_peak_bytes", "tbf0 tbf 5: root"), 8162);
	assert_int_equal(value("txpath_qdisc_tbf_rate_bytes_per_second", "tbf0 tbf 5: root"), 1000);
	assert_int_equal(value("txpath_qdisc_sent_bytes_total", "mq0 pfifo_fast 0: 800a:2"), 640);
	assert_int_equal(value("txpath_qdisc_drops_total", "htb0 clsact ffff: clsact"), 0);
	assert_int_equal(value("txpath_qdisc_drops_total", "tbf0 ingress ffff: ingress"), 0);
	assert_int_equal(value("txpath_qdisc_sent_bytes_total", "lo noqueue 0: root"), 0);
}

static void test_recorded_classes(void **state)
{
	(void)state;
	assert_int_equal(collect(), 0);
	/* Only where a qdisc has classes: not for tbf, whose class has no statistics. */
	assert_int_equal(script.n_asked, 2);
	assert_int_equal(script.asked[0], 3);
	assert_int_equal(script.asked[1], 9);
	assert_int_equal(value("txpath_class_sent_bytes_total", "htb0 htb 1:20 1:1 a0:"), 16108);
	assert_int_equal(value("txpath_class_drops_total", "htb0 htb 1:20 1:1 a0:"), 106);
	assert_int_equal(value("txpath_class_overlimits_total", "htb0 htb 1:1 root -"), 3);
	assert_int_equal(value("txpath_class_sent_packets_total", "mq0 mq 800a:1 root -"), 1);
	expect_rows(15, 5);
}

static void test_repeated_objects_are_written_once(void **state)
{
	(void)state;
	script.n_replays = 3;
	assert_int_equal(collect(), 0);
	assert_int_equal(script.n_asked, 2);
	expect_rows(15, 5);
}

static void test_new_device_is_looked_for_once(void **state)
{
	(void)state;
	script.n_known = 8;
	assert_int_equal(collect(), 0);
	assert_int_equal(value("txpath_qdisc_sent_bytes_total", "mq0 mq 800a: root"), 726);
	assert_int_equal(script.n_refreshes, 2 + 1 + 2);
}

static void test_vanished_device_is_left_out(void **state)
{
	(void)state;
	script.n_known = script.n_known_refreshed = 8;
	assert_int_equal(collect(), 0);
	assert_int_equal(script.n_refreshes, 2 * (2 + 1));
	expect_rows(12, 3);

	script.n_known = script.n_known_refreshed = DEVICES;
	script.class_error = -ENODEV;
	assert_int_equal(collect(), 0);
	expect_rows(15, 0);
}

static void test_moved_names_begin_the_sample_anew(void **state)
{
	(void)state;
	script.n_moves = 2;
	assert_int_equal(collect(), 0);
	assert_int_equal(script.tally.interrupted_dumps, 2);
	expect_rows(15, 5);

	script.n_moves = 4;
	assert_int_equal(collect(), -EINTR);
	assert_int_equal(script.tally.interrupted_dumps, 6);
	assert_string_equal(script.reason.text,
	                    "devices were renamed or removed while their qdiscs were listed");
}

static void test_failing_dump(void **state)
{
	(void)state;
	script.class_error = -EPERM;
	assert_int_equal(collect(), -EPERM);
	assert_string_equal(script.reason.text, "scripted");
}

/* One object that is cut short is lost, and nothing else. */
static void test_malformed_object(void **state)
{
	struct nlmsghdr *second =
		(void *)(script.qdiscs.bytes +
	                 NLMSG_ALIGN(((struct nlmsghdr *)(void *)script.qdiscs.bytes)->nlmsg_len));
	struct tcmsg *tc = mnl_nlmsg_get_payload(second);

	(void)state;
	assert_int_equal(tc->tcm_ifindex, 2);
	((struct nlattr *)(void *)(tc + 1))->nla_len = 2; /* its first attribute */
	assert_int_equal(collect(), 0);
	expect_rows(14, 5);
	assert_int_equal(script.tally.skipped_objects, 2); /* once in each of two samples */
	assert_false(batch_has(script.batch, "txpath_qdisc_drops_total", "htb1 noqueue 0: root"));
}

/* The n-th qdisc's attribute of that type. */
static struct nlattr *attribute_of(unsigned n, uint16_t type)
{
	char *position = script.qdiscs.bytes;
	struct nlattr *attribute;

	while (n-- > 0)
		position += NLMSG_ALIGN(((struct nlmsghdr *)(void *)position)->nlmsg_len);
	attribute = (void *)(position + NLMSG_HDRLEN + sizeof(struct tcmsg));
	while (mnl_attr_get_type(attribute) != type)
		attribute = mnl_attr_next(attribute);
	return attribute;
}

/* What a tbf tells of itself is nonsense: it has what all qdiscs have, and that is counted. */
static void test_malformed_options(void **state)
{
	struct nlattr *options = attribute_of(7, TCA_OPTIONS);

	(void)state;
	((struct nlattr *)mnl_attr_get_payload(options))->nla_len = 8;
	assert_int_equal(collect(), 0);
	expect_rows(15, 5);
	assert_int_equal(script.tally.skipped_objects, 2);
	assert_int_equal(value("txpath_qdisc_backlog_bytes", "tbf0 tbf 5: root"), 8162);
	assert_false(batch_has(script.batch, "txpath_qdisc_limit_bytes", "tbf0 tbf 5: root"));
	assert_false(batch_has(script.batch, "txpath_qdisc_tbf_rate_bytes_per_second",
	                       "tbf0 tbf 5: root"));
}

static void clear_nested(struct nlattr *nest, uint16_t type)
{
	char *end = mnl_attr_get_payload(nest);
	struct nlattr *nested = (void *)end;

	end += mnl_attr_get_payload_len(nest);
	for (; (char *)nested < end; nested = mnl_attr_next(nested))
		if (mnl_attr_get_type(nested) == type)
			memset(mnl_attr_get_payload(nested), 0, mnl_attr_get_payload_len(nested));
}

/* A backlog that is gone is told as the peak; not of a qdisc that has taken another's place. */
static void test_peak_of_what_is_gone(void **state)
{
	struct nlattr *statistics = attribute_of(7, TCA_STATS2);
	void *collector = NULL;

	(void)state;
	assert_int_equal(qdisc_collector.open(&script.env, &collector), 0);
	assert_int_equal(qdisc_collector.collect(collector, script.batch), 0);
	clear_nested(statistics, TCA_STATS_QUEUE);
	assert_int_equal(qdisc_collector.collect(collector, script.batch), 0);
	assert_int_equal(value("txpath_qdisc_backlog_bytes", "tbf0 tbf 5: root"), 0);
	assert_int_equal(value("txpath_qdisc_backlog_peak_bytes", "tbf0 tbf 5: root"), 8162);
	clear_nested(statistics, TCA_STATS_BASIC);
	assert_int_equal(qdisc_collector.collect(collector, script.batch), 0);
	assert_int_equal(value("txpath_qdisc_backlog_peak_bytes", "tbf0 tbf 5: root"), 0);
	qdisc_collector.close(collector);
}

static void test_hostile_device_name(void **state)
{
	(void)state;
	script.devices[4] = (struct device){ 5, 6, "a\"\\\n\xff\xfe" };
	assert_int_equal(collect(), 0);
	/* The batch makes it UTF-8; escaping is the renderer's. */
	assert_int_equal(value("txpath_qdisc_backlog_bytes",
	                       "a\"\\\n\xef\xbf\xbd"
	                       "ff\xef\xbf\xbd"
	                       "fe tbf 5: root"),
	                 8162);
	assert_int_equal(script.batch->n_sanitized_labels, 3); /* one row is what the tbf tells */
}

static void test_close_of_nothing(void **state)
{
	(void)state;
	qdisc_collector.close(NULL);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_recorded_qdiscs),
		TEST(test_recorded_classes),
		TEST(test_repeated_objects_are_written_once),
		TEST(test_new_device_is_looked_for_once),
		TEST(test_vanished_device_is_left_out),
		TEST(test_moved_names_begin_the_sample_anew),
		TEST(test_failing_dump),
		TEST(test_malformed_object),
		TEST(test_malformed_options),
		TEST(test_peak_of_what_is_gone),
		TEST(test_hostile_device_name),
		TEST(test_close_of_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
