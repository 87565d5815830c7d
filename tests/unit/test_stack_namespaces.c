/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stack collector in other network namespaces. */
#include "tests/unit/stack_script.h"

static int sample_other(void *collector, struct namespace *namespace)
{
	batch_reset(script.batch, SIZE_MAX);
	script.reason.text[0] = '\0';
	return tour_ops.sample(collector, namespace, script.batch);
}

/* What differs from one network namespace to another, with a label; and nothing else. */
static void test_other_namespace(void **state)
{
	struct namespace other = { .label = "blue", .sampled_nsec = 7000000000 };
	void *collector;

	(void)state;
	put_all("6.1");
	assert_int_equal(open_collector(&collector), 0);
	put_all("6.18");
	put_text("sys/net/ipv4/tcp_retries2", "9\n");
	put_text("sys/net/ipv4/tcp_congestion_control", "bbr\n");
	assert_int_equal(sample_other(collector, &other), 0);
	assert_string_equal(script.reason.text, "");
	assert_int_equal(value("txpath_stack_sample_timestamp_seconds", "blue"), 7000000000);
	assert_int_equal(value("txpath_sysctl", "net.ipv4.tcp_retries2 - blue"), 9);
	assert_int_equal(value("txpath_sysctl", "net.ipv4.tcp_wmem min blue"), 4096);
	assert_int_equal(value("txpath_tcp_congestion_control_info", "bbr blue"), 1);
	assert_true(has("txpath_ip_packets_sent_total", "ipv4 blue"));
	assert_true(has("txpath_ip_packets_sent_total", "ipv6 blue"));
	assert_true(has("txpath_tcp_segments_sent_total", "blue"));
	for (size_t i = 0; i < script.batch->n_tables; i++) {
		const struct metric_table *table = script.batch->tables[i].table;

		assert_ptr_not_equal(table, &protocol_memory_table);
		assert_ptr_not_equal(table, &softirqs_table);
		assert_ptr_not_equal(table, &sysctls_limit_table);
		assert_ptr_not_equal(table, &sysctls_qdisc_table);
	}
	assert_false(has("txpath_sysctl", "net.core.wmem_max - blue"));
	assert_false(has("txpath_sysctl", "net.ipv4.tcp_mem low blue"));
	assert_false(has("txpath_tcp_congestion_control_available_info", "cubic blue"));
	assert_false(has("txpath_tcp_congestion_control_available_info", "cubic"));
	tour_ops.forget(other.data);
	stack_collector.close(collector);
}

/* They are read once a minute here, too; but under another label at once. */
static void test_settings_of_other_namespace(void **state)
{
	struct namespace other = { .label = "blue" };
	void *collector;

	(void)state;
	put_all("6.1");
	assert_int_equal(open_collector(&collector), 0);
	assert_int_equal(sample_other(collector, &other), 0);
	put_text("sys/net/ipv4/tcp_retries2", "9\n");
	assert_int_equal(sample_other(collector, &other), 0);
	assert_int_equal(value("txpath_sysctl", "net.ipv4.tcp_retries2 - blue"), 15);
	(void)snprintf(other.label, sizeof(other.label), "red");
	assert_int_equal(sample_other(collector, &other), 0);
	assert_int_equal(value("txpath_sysctl", "net.ipv4.tcp_retries2 - red"), 9);
	assert_false(has("txpath_sysctl", "net.ipv4.tcp_retries2 - blue"));
	tour_ops.forget(other.data);
	stack_collector.close(collector);
}

static void test_other_namespace_with_less(void **state)
{
	struct namespace other = { .label = "blue" };
	void *collector;

	(void)state;
	put_all("6.1");
	assert_int_equal(open_collector(&collector), 0);
	script.refusal = -EPERM;
	assert_int_equal(sample_other(collector, &other), -EPERM);
	assert_string_equal(script.reason.text, "scripted door");
	script.refusal = 0;
	assert_int_equal(unlinkat(script.tree.fd, "thread-self/net/snmp6", 0), 0);
	assert_int_equal(sample_other(collector, &other), 0);
	assert_string_equal(script.reason.text, "there is nothing to read at /proc/net/snmp6");
	assert_false(has("txpath_ip_packets_sent_total", "ipv6 blue"));
	stack_collector.close(collector);

	/* What our own has not either is not told of each. */
	assert_int_equal(open_collector(&collector), 0);
	assert_int_equal(sample_other(collector, &other), 0);
	assert_string_equal(script.reason.text, "");
	assert_int_equal(unlinkat(script.tree.fd, "thread-self/net/snmp", 0), 0);
	assert_int_equal(unlinkat(script.tree.fd, "thread-self/net/netstat", 0), 0);
	assert_int_equal(sample_other(collector, &other), -EOPNOTSUPP);
	assert_string_equal(script.reason.text,
	                    "there is nothing to read at /proc/net/snmp, "
	                    "/proc/net/snmp6, /proc/net/netstat");
	tour_ops.forget(other.data);
	stack_collector.close(collector);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_other_namespace),
		TEST(test_settings_of_other_namespace),
		TEST(test_other_namespace_with_less),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
