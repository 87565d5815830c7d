/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The qdisc collector on objects that are malformed, or not what they were. */
#include "tests/unit/qdisc_script.h"

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

/* The first attribute of that type from there on. */
static struct nlattr *find_attribute(void *position, uint16_t type)
{
	struct nlattr *attribute = position;

	while (mnl_attr_get_type(attribute) != type)
		attribute = mnl_attr_next(attribute);
	return attribute;
}

/* The eighth qdisc's, which is a tbf. */
static struct nlattr *tbf_attribute(uint16_t type)
{
	char *position = script.qdiscs.bytes;

	for (unsigned i = 0; i < 7; i++)
		position += NLMSG_ALIGN(((struct nlmsghdr *)(void *)position)->nlmsg_len);
	return find_attribute(position + NLMSG_HDRLEN + sizeof(struct tcmsg), type);
}

static void clear_statistics(uint16_t type)
{
	struct nlattr *nest = tbf_attribute(TCA_STATS2);
	struct nlattr *attribute = find_attribute(mnl_attr_get_payload(nest), type);

	memset(mnl_attr_get_payload(attribute), 0, mnl_attr_get_payload_len(attribute));
}

/* What a tbf tells of itself is nonsense: it has what all qdiscs have, and that is counted. */
static void test_malformed_options(void **state)
{
	struct nlattr *options = tbf_attribute(TCA_OPTIONS);

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

/* A backlog that is gone is told as the peak; not of a qdisc that has taken another's place. */
static void test_peak_of_what_is_gone(void **state)
{
	void *collector = NULL;

	(void)state;
	assert_int_equal(qdisc_collector.open(&script.env, &collector), 0);
	assert_int_equal(qdisc_collector.collect(collector, script.batch), 0);
	clear_statistics(TCA_STATS_QUEUE);
	assert_int_equal(qdisc_collector.collect(collector, script.batch), 0);
	assert_int_equal(value("txpath_qdisc_backlog_bytes", "tbf0 tbf 5: root"), 0);
	assert_int_equal(value("txpath_qdisc_backlog_peak_bytes", "tbf0 tbf 5: root"), 8162);
	clear_statistics(TCA_STATS_BASIC);
	assert_int_equal(qdisc_collector.collect(collector, script.batch), 0);
	assert_int_equal(value("txpath_qdisc_backlog_peak_bytes", "tbf0 tbf 5: root"), 0);
	qdisc_collector.close(collector);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_malformed_object),
		TEST(test_malformed_options),
		TEST(test_peak_of_what_is_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
