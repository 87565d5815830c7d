/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stack collector on files of three kernels, held to what nstat and sysctl showed of them. */
#include "tests/unit/proc_tree.h"

#include "collectors/stack/stack.c"

static struct {
	struct proc_tree tree;
	struct collector_tally tally;
	struct reason reason;
	struct collector_env env;
	struct batch *batch;
} script;

static const char *const kernels[] = { "6.1", "6.12", "6.18" };

static const struct {
	const char *family;
	const char *labels;
	const char *name; /* of nstat */
} counters[] = {
	{ "txpath_ip_packets_sent_total", "ipv4", "IpOutRequests" },
	{ "txpath_ip_packets_sent_total", "ipv6", "Ip6OutRequests" },
	{ "txpath_ip_packets_transmitted_total", "ipv4", "IpOutTransmits" },
	{ "txpath_ip_packets_transmitted_total", "ipv6", "Ip6OutTransmits" },
	{ "txpath_ip_packets_forwarded_total", "ipv4", "IpForwDatagrams" },
	{ "txpath_ip_packets_forwarded_total", "ipv6", "Ip6OutForwDatagrams" },
	{ "txpath_ip_sent_bytes_total", "ipv4", "IpExtOutOctets" },
	{ "txpath_ip_sent_bytes_total", "ipv6", "Ip6OutOctets" },
	{ "txpath_ip_output_discards_total", "ipv4", "IpOutDiscards" },
	{ "txpath_ip_output_discards_total", "ipv6", "Ip6OutDiscards" },
	{ "txpath_ip_no_route_total", "ipv4", "IpOutNoRoutes" },
	{ "txpath_ip_no_route_total", "ipv6", "Ip6OutNoRoutes" },
	{ "txpath_ip_packets_fragmented_total", "ipv4", "IpFragOKs" },
	{ "txpath_ip_packets_fragmented_total", "ipv6", "Ip6FragOKs" },
	{ "txpath_ip_fragments_created_total", "ipv4", "IpFragCreates" },
	{ "txpath_ip_fragments_created_total", "ipv6", "Ip6FragCreates" },
	{ "txpath_ip_fragmentation_failures_total", "ipv4", "IpFragFails" },
	{ "txpath_ip_fragmentation_failures_total", "ipv6", "Ip6FragFails" },
	{ "txpath_ip_multicast_packets_sent_total", "ipv4", "IpExtOutMcastPkts" },
	{ "txpath_ip_multicast_packets_sent_total", "ipv6", "Ip6OutMcastPkts" },
	{ "txpath_ip_multicast_sent_bytes_total", "ipv4", "IpExtOutMcastOctets" },
	{ "txpath_ip_multicast_sent_bytes_total", "ipv6", "Ip6OutMcastOctets" },
	{ "txpath_ip_broadcast_packets_sent_total", "ipv4", "IpExtOutBcastPkts" },
	{ "txpath_ip_broadcast_sent_bytes_total", "ipv4", "IpExtOutBcastOctets" },
	{ "txpath_udp_datagrams_sent_total", "ipv4", "UdpOutDatagrams" },
	{ "txpath_udp_datagrams_sent_total", "ipv6", "Udp6OutDatagrams" },
	{ "txpath_udp_send_buffer_errors_total", "ipv4", "UdpSndbufErrors" },
	{ "txpath_udp_send_buffer_errors_total", "ipv6", "Udp6SndbufErrors" },
	{ "txpath_tcp_segments_sent_total", "", "TcpOutSegs" },
	{ "txpath_tcp_segments_retransmitted_total", "", "TcpRetransSegs" },
	{ "txpath_tcp_resets_sent_total", "", "TcpOutRsts" },
	{ "txpath_tcp_data_segments_sent_total", "", "TcpExtTCPOrigDataSent" },
	{ "txpath_tcp_delivered_total", "", "TcpExtTCPDelivered" },
	{ "txpath_tcp_delivered_ce_total", "", "TcpExtTCPDeliveredCE" },
	{ "txpath_tcp_timeouts_total", "", "TcpExtTCPTimeouts" },
	{ "txpath_tcp_spurious_timeouts_total", "", "TcpExtTCPSpuriousRTOs" },
	{ "txpath_tcp_timeout_rehashes_total", "", "TcpExtTcpTimeoutRehash" },
	{ "txpath_tcp_loss_probes_total", "", "TcpExtTCPLossProbes" },
	{ "txpath_tcp_loss_probe_recoveries_total", "", "TcpExtTCPLossProbeRecovery" },
	{ "txpath_tcp_fast_retransmits_total", "", "TcpExtTCPFastRetrans" },
	{ "txpath_tcp_slow_start_retransmits_total", "", "TcpExtTCPSlowStartRetrans" },
	{ "txpath_tcp_lost_retransmits_total", "", "TcpExtTCPLostRetransmit" },
	{ "txpath_tcp_syn_retransmits_total", "", "TcpExtTCPSynRetrans" },
	{ "txpath_tcp_retransmit_failures_total", "", "TcpExtTCPRetransFail" },
	{ "txpath_tcp_retransmits_still_queued_total", "", "TcpExtTCPSpuriousRtxHostQueues" },
	{ "txpath_tcp_zero_window_probes_total", "", "TcpExtTCPWinProbe" },
	{ "txpath_tcp_keepalives_sent_total", "", "TcpExtTCPKeepAlive" },
	{ "txpath_tcp_auto_corked_total", "", "TcpExtTCPAutoCorking" },
	{ "txpath_tcp_mtu_probe_successes_total", "", "TcpExtTCPMTUPSuccess" },
	{ "txpath_tcp_mtu_probe_failures_total", "", "TcpExtTCPMTUPFail" },
	{ "txpath_tcp_timeout_aborts_total", "", "TcpExtTCPAbortOnTimeout" },
	{ "txpath_tcp_memory_aborts_total", "", "TcpExtTCPAbortOnMemory" },
	{ "txpath_tcp_memory_pressure_total", "", "TcpExtTCPMemoryPressures" },
	{ "txpath_tcp_memory_pressure_seconds_total", "", "TcpExtTCPMemoryPressuresChrono" },
	{ "txpath_tcp_write_queue_too_big_total", "", "TcpExtTCPWqueueTooBig" },
};

static int begin(void **state)
{
	(void)state;
	memset(&script, 0, sizeof(script));
	proc_tree_begin(&script.tree);
	script.env = (struct collector_env){ .tally = &script.tally, .reason = &script.reason };
	script.batch = batch_new(SIZE_MAX);
	return script.batch ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	proc_tree_end(&script.tree);
	batch_free(script.batch);
	return 0;
}

static struct fixture load(const char *kernel, const char *file)
{
	char name[64];

	(void)snprintf(name, sizeof(name), "stack-%s/%s", kernel, file);
	return fixture_load(name);
}

static void put(const char *kernel, const char *file, const char *place)
{
	struct fixture fixture = load(kernel, file);

	proc_tree_write(&script.tree, place, fixture.bytes, fixture.length);
	fixture_free(&fixture);
}

static void put_text(const char *place, const char *text)
{
	proc_tree_write(&script.tree, place, text, strlen(text));
}

static void put_all(const char *kernel)
{
	struct fixture sysctls = load(kernel, "sysctl");

	put(kernel, "snmp", "thread-self/net/snmp");
	put(kernel, "snmp6", "thread-self/net/snmp6");
	put(kernel, "netstat", "thread-self/net/netstat");
	put(kernel, "sockstat", "thread-self/net/sockstat");
	put(kernel, "softirqs", "softirqs");
	proc_tree_write_sysctls(&script.tree, &sysctls);
	fixture_free(&sysctls);
}

static int open_collector(void **ret_collector)
{
	*ret_collector = NULL;
	script.reason.text[0] = '\0';
	return stack_open_in(&script.env, script.tree.fd, ret_collector);
}

static int collect(void *collector)
{
	batch_reset(script.batch, SIZE_MAX);
	return stack_collector.collect(collector, script.batch);
}

static void sample(void)
{
	void *collector;

	assert_int_equal(open_collector(&collector), 0);
	assert_int_equal(collect(collector), 0);
	assert_int_equal(batch_error(script.batch), 0);
	stack_collector.close(collector);
}

static uint64_t value(const char *family, const char *labels)
{
	return batch_value(script.batch, family, labels);
}

static bool has(const char *family, const char *labels)
{
	return batch_has(script.batch, family, labels);
}

/* Whether the listing has a line "NAME VALUE". */
static bool find_count(const struct fixture *listing, const char *name, uint64_t *ret_value)
{
	char *text = calloc(1, listing->length + 1), *place;
	char line[128];

	assert_non_null(text);
	memcpy(text, listing->bytes, listing->length);
	(void)snprintf(line, sizeof(line), "\n%s ", name);
	place = strstr(text, line);
	if (place)
		*ret_value = strtoull(place + strlen(line), NULL, 10);
	free(text);
	return place != NULL;
}

static void test_counters_of_each_kernel(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(kernels); i++) {
		struct fixture nstat = load(kernels[i], "nstat.txt");
		size_t n_zero = 0;

		put_all(kernels[i]);
		sample();
		assert_string_equal(script.reason.text, "");
		for (size_t j = 0; j < ARRAY_SIZE(counters); j++) {
			uint64_t count = 0;
			bool known = find_count(&nstat, counters[j].name, &count);

			assert_int_equal(has(counters[j].family, counters[j].labels), known);
			if (known)
				assert_int_equal(value(counters[j].family, counters[j].labels),
				                 count);
			n_zero += count == 0;
		}
		assert_true(n_zero <= 10);
		fixture_free(&nstat);
	}
	assert_int_equal(script.tally.skipped_objects, 0);
}

static void test_gauges_and_softirqs(void **state)
{
	(void)state;
	put_all("6.1");
	put_text("thread-self/net/sockstat",
	         "TCP: inuse 1 orphan 3 tw 0 alloc 1 mem 106\nUDP: inuse 2 mem 7\n");
	sample();
	assert_int_equal(value("txpath_tcp_orphans", ""), 3);
	assert_int_equal(value("txpath_tcp_memory_bytes", ""), 106 * sysconf(_SC_PAGESIZE));
	assert_int_equal(value("txpath_udp_memory_bytes", ""), 7 * sysconf(_SC_PAGESIZE));
	assert_int_equal(value("txpath_softirq_net_tx_total", "0"), 2);
	assert_int_equal(value("txpath_softirq_net_tx_total", "1"), 2);
}

static void test_sysctls(void **state)
{
	(void)state;
	put_all("6.1");
	sample();
	assert_int_equal(value("txpath_sysctl", "net.core.dev_weight -"), 64);
	assert_int_equal(value("txpath_sysctl", "net.ipv4.tcp_wmem max"), 4194304);
	assert_int_equal(value("txpath_sysctl", "net.ipv4.tcp_notsent_lowat -"), 4294967295);
	assert_int_equal(value("txpath_sysctl", "net.ipv4.tcp_mem pressure"), 30168);
	assert_int_equal(value("txpath_tcp_memory_limit_bytes", "pressure"),
	                 30168 * sysconf(_SC_PAGESIZE));
	assert_int_equal(value("txpath_udp_memory_limit_bytes", "high"),
	                 90504 * sysconf(_SC_PAGESIZE));
	assert_int_equal(value("txpath_qdisc_default_info", "fq_codel"), 1);
	assert_int_equal(value("txpath_tcp_congestion_control_info", "cubic"), 1);
	assert_int_equal(value("txpath_tcp_congestion_control_available_info", "reno"), 1);
	assert_int_equal(value("txpath_tcp_congestion_control_available_info", "cubic"), 1);
	assert_false(has("txpath_tcp_congestion_control_info", "reno"));
	assert_false(has("txpath_sysctl", "net.ipv4.tcp_rto_max_ms -"));
}

static void test_malformed_sysctls(void **state)
{
	static const struct {
		const char *name, *text;
	} files[] = {
		{ "sys/net/ipv4/tcp_sack", "" },
		{ "sys/net/ipv4/tcp_ecn", "\n" },
		{ "sys/net/ipv4/tcp_frto", "2" },
		{ "sys/net/ipv4/tcp_dsack", "1 1\n" },
		{ "sys/net/ipv4/tcp_wmem", "1\t2\n" },
		{ "sys/net/ipv4/udp_mem", "1\t2\t3\t4\n" },
		{ "sys/net/ipv4/tcp_base_mss", "x\n" },
		{ "sys/net/ipv4/tcp_recovery", "-1\n" },
		{ "sys/net/ipv4/tcp_mem", "1\t2\t18446744073709551615\n" },
	};

	(void)state;
	put_all("6.1");
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		put_text(files[i].name, files[i].text);
	sample();
	assert_int_equal(script.tally.skipped_objects, ARRAY_SIZE(files) - 1);
	assert_false(has("txpath_sysctl", "net.ipv4.tcp_sack -"));
	assert_false(has("txpath_sysctl", "net.ipv4.tcp_wmem min"));
	assert_false(has("txpath_udp_memory_limit_bytes", "low"));
	assert_int_equal(value("txpath_tcp_memory_limit_bytes", "low"), sysconf(_SC_PAGESIZE));
	assert_false(has("txpath_tcp_memory_limit_bytes", "high"));
	assert_int_equal(value("txpath_sysctl", "net.ipv4.tcp_retries2 -"), 15);
}

/* They are read once a minute, and each sample has them. */
static void test_sysctls_stay(void **state)
{
	struct stack_collection *collection;
	void *collector;

	(void)state;
	put_all("6.1");
	assert_int_equal(open_collector(&collector), 0);
	assert_int_equal(collect(collector), 0);
	put_text("sys/net/ipv4/tcp_retries2", "9\n");
	assert_int_equal(collect(collector), 0);
	assert_int_equal(value("txpath_sysctl", "net.ipv4.tcp_retries2 -"), 15);
	collection = collector;
	if (collection)
		collection->sysctls_next_usec = 0;
	assert_int_equal(collect(collector), 0);
	assert_int_equal(value("txpath_sysctl", "net.ipv4.tcp_retries2 -"), 9);
	stack_collector.close(collector);
}

static void test_without_ipv6(void **state)
{
	(void)state;
	put_all("6.12");
	assert_int_equal(unlinkat(script.tree.fd, "thread-self/net/snmp6", 0), 0);
	sample();
	assert_string_equal(script.reason.text, "there is nothing to read at /proc/net/snmp6");
	assert_false(has("txpath_ip_packets_sent_total", "ipv6"));
	assert_true(has("txpath_ip_packets_sent_total", "ipv4"));
	assert_int_equal(script.tally.skipped_objects, 0);
}

static void test_without_anything(void **state)
{
	void *collector;

	(void)state;
	assert_int_equal(open_collector(&collector), -EOPNOTSUPP);
	assert_null(collector);
	assert_non_null(strstr(script.reason.text, "/proc/net/snmp,"));
	assert_non_null(strstr(script.reason.text, "/proc/softirqs"));

	put("6.12", "softirqs", "softirqs");
	sample();
	assert_non_null(strstr(script.reason.text, "/proc/net/sockstat, /proc/sys"));
	assert_int_equal(script.batch->n_series, 2);
}

static void test_malformed_files(void **state)
{
	(void)state;
	put_all("6.18");
	put_text("thread-self/net/snmp", "Tcp: OutSegs OutRsts\nTcp: 1\n");
	put_text("softirqs", "CPU0\nNET_TX: x\n");
	sample();
	assert_int_equal(script.tally.skipped_objects, 2);
	assert_false(has("txpath_tcp_segments_sent_total", ""));
	assert_true(has("txpath_tcp_timeouts_total", ""));
}

static void test_unreadable_file(void **state)
{
	void *collector;

	(void)state;
	put_all("6.18");
	assert_int_equal(unlinkat(script.tree.fd, "thread-self/net/netstat", 0), 0);
	put_text("thread-self/net/netstat/file", "");
	assert_int_equal(open_collector(&collector), 0);
	assert_int_equal(collect(collector), -EISDIR);
	assert_string_equal(script.reason.text, "/proc/net/netstat: Is a directory");
	stack_collector.close(collector);
}

static void test_close_of_nothing(void **state)
{
	(void)state;
	stack_collector.close(NULL);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_counters_of_each_kernel),
		TEST(test_gauges_and_softirqs),
		TEST(test_sysctls),
		TEST(test_malformed_sysctls),
		TEST(test_sysctls_stay),
		TEST(test_without_ipv6),
		TEST(test_without_anything),
		TEST(test_malformed_files),
		TEST(test_unreadable_file),
		TEST(test_close_of_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
