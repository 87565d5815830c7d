/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The socket collector on recorded dumps (tests/fixtures), and on dumps that fail. */
#define netlink_open   scripted_open
#define netlink_close  scripted_close
#define sock_diag_dump scripted_dump

#include "tests/unit/fixture.h"

#include "collectors/socket/socket.c"

static struct {
	struct fixture fixtures[SOCK_DIAG_DUMPS];
	int errors[SOCK_DIAG_DUMPS]; /* after the sockets were given */
	unsigned n_failures;         /* that are left before the errors go away */
	unsigned n_dumps[SOCK_DIAG_DUMPS];

	struct collector_tally tally;
	struct reason reason;
	struct socket_options options;
	struct collector_env env;
	struct batch *batch;
} script;

int netlink_open(const struct collector_env *env, int protocol, unsigned groups,
                 struct netlink **ret_netlink)
{
	assert_ptr_equal(env, &script.env);
	assert_int_equal(protocol, NETLINK_SOCK_DIAG);
	assert_int_equal(groups, 0);
	*ret_netlink = malloc(1);
	return 0;
}

void netlink_close(struct netlink *netlink)
{
	free(netlink);
}

int sock_diag_dump(struct netlink *netlink, enum sock_diag_dump dump, uint32_t states,
                   netlink_message_fn take, void *context)
{
	int error = states ? fixture_replay(&script.fixtures[dump], take, context) : 0;

	assert_non_null(netlink);
	assert_int_equal(states & 1U << 13, 0);
	script.n_dumps[dump]++;
	if (error || !script.errors[dump] || !script.n_failures)
		return error;
	script.n_failures--;
	return reason_set(&script.reason, script.errors[dump], "scripted");
}

static int begin(void **state)
{
	(void)state;
	memset(&script, 0, sizeof(script));
	script.fixtures[SOCK_DIAG_TCP] = fixture_load("tcp.bin");
	script.fixtures[SOCK_DIAG_UDP_IPV4] = fixture_load("udp_ipv4.bin");
	script.fixtures[SOCK_DIAG_UDP_IPV6] = fixture_load("udp_ipv6.bin");
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
	for (size_t i = 0; i < SOCK_DIAG_DUMPS; i++)
		fixture_free(&script.fixtures[i]);
	batch_free(script.batch);
	return 0;
}

static void *open_collector(void)
{
	void *collector = NULL;

	assert_int_equal(socket_collector.open(&script.env, &collector), 0);
	return collector;
}

static int collect(void *collector)
{
	batch_reset(script.batch, SIZE_MAX);
	return socket_collector.collect(collector, script.batch);
}

static uint64_t value(const char *family, const char *labels)
{
	return batch_value(script.batch, family, labels);
}

static const struct histogram *depths(const char *protocol)
{
	return batch_histogram_value(script.batch, "txpath_socket_send_queue_depth_bytes",
	                             protocol);
}

static void test_recorded(void **state)
{
	const uint64_t queued = 2 * 3782144 + 3782145 + 1, unsent = queued - 1;
	void *collector = open_collector();

	(void)state;
	assert_int_equal(collect(collector), 0);
	assert_int_equal(value("txpath_sockets", "tcp ipv4 established"), 7);
	assert_int_equal(value("txpath_sockets", "tcp ipv6 time_wait"), 2);
	assert_int_equal(value("txpath_sockets", "tcp ipv4 listen"), 1);
	assert_int_equal(value("txpath_sockets", "tcp ipv6 closing"), 0);
	assert_int_equal(value("txpath_sockets", "tcp ipv6 close"), 0);
	assert_int_equal(value("txpath_sockets", "udp ipv4 established"), 1);
	assert_int_equal(value("txpath_sockets", "udp ipv6 unconnected"), 1);
	assert_int_equal(value("txpath_sockets", "udp ipv6 established"), 0);
	assert_false(batch_has(script.batch, "txpath_sockets", "udp ipv4 close"));

	assert_int_equal(value("txpath_socket_send_queue_bytes", "tcp"), queued);
	assert_int_equal(value("txpath_socket_send_queue_bytes", "udp"), 25344);
	assert_int_equal(value("txpath_socket_unsent_bytes", ""), unsent);
	assert_int_equal(value("txpath_socket_unacked_bytes", ""), 1);
	assert_int_equal(value("txpath_socket_send_queue_peak_bytes", "tcp"), 3782145);
	assert_int_equal(value("txpath_socket_send_queue_peak_bytes", "udp"), 25344);
	socket_collector.close(collector);
}

static void test_histogram_counts_all_samples(void **state)
{
	void *collector = open_collector();

	(void)state;
	for (unsigned n = 1; n <= 3; n++) {
		assert_int_equal(collect(collector), 0);
		/* 16 whole sockets: 12 empty, one with its SYN, three full ones below 4 MiB. */
		assert_int_equal(depths("tcp")->counts[0], 12 * n);
		assert_int_equal(depths("tcp")->counts[1], n);
		assert_int_equal(depths("tcp")->counts[7], 3 * n);
		assert_int_equal(depths("tcp")->sum, n * (2 * 3782144 + 3782145 + 1));
		assert_int_equal(depths("udp")->counts[0], 2 * n);
		assert_int_equal(depths("udp")->counts[4], n);
	}
	socket_collector.close(collector);
}

/* A dump that is begun anew counts once, in every sum that lives on. */
static void test_interrupted_dump_leaves_no_trace(void **state)
{
	void *collector = open_collector();

	(void)state;
	script.errors[SOCK_DIAG_UDP_IPV4] = -EINTR;
	script.n_failures = 2;
	assert_int_equal(collect(collector), 0);
	assert_int_equal(script.n_dumps[SOCK_DIAG_TCP], 1 + 3);
	assert_int_equal(value("txpath_sockets", "tcp ipv4 established"), 7);
	assert_int_equal(depths("tcp")->counts[7], 3);

	script.n_failures = 4;
	assert_int_equal(collect(collector), -EINTR);
	assert_int_equal(script.batch->n_series, 0);
	assert_int_equal(collect(collector), 0);
	assert_int_equal(depths("tcp")->counts[7], 6);
	socket_collector.close(collector);
}

static void test_unlisted_protocol_is_absent(void **state)
{
	void *collector;

	(void)state;
	script.errors[SOCK_DIAG_UDP_IPV6] = -ENOENT;
	script.n_failures = UINT32_MAX;
	collector = open_collector();
	assert_int_equal(collect(collector), 0);
	assert_int_equal(value("txpath_sockets", "tcp ipv4 established"), 7);
	assert_false(batch_has(script.batch, "txpath_sockets", "udp ipv4 established"));
	assert_false(batch_has(script.batch, "txpath_socket_send_queue_bytes", "udp"));
	socket_collector.close(collector);

	script.errors[SOCK_DIAG_UDP_IPV6] = 0;
	script.errors[SOCK_DIAG_TCP] = -ENOENT;
	collector = open_collector();
	assert_int_equal(collect(collector), 0);
	assert_false(batch_has(script.batch, "txpath_socket_unsent_bytes", ""));
	assert_int_equal(value("txpath_sockets", "udp ipv4 established"), 1);
	socket_collector.close(collector);
}

static void test_nothing_listed(void **state)
{
	void *collector = NULL;

	(void)state;
	script.n_failures = UINT32_MAX;
	for (size_t i = 0; i < SOCK_DIAG_DUMPS; i++)
		script.errors[i] = -ENOENT;
	assert_int_equal(socket_collector.open(&script.env, &collector), -EOPNOTSUPP);
	assert_non_null(strstr(script.reason.text, "CONFIG_INET_TCP_DIAG"));
	assert_null(collector);

	script.errors[SOCK_DIAG_UDP_IPV4] = -EPERM;
	assert_int_equal(socket_collector.open(&script.env, &collector), -EPERM);
	assert_null(collector);
}

static void test_malformed_socket(void **state)
{
	struct nlmsghdr *message = (void *)script.fixtures[SOCK_DIAG_TCP].bytes;
	void *collector = open_collector();

	(void)state;
	message->nlmsg_len = 80;
	assert_int_equal(collect(collector), -EBADMSG);
	assert_string_equal(script.reason.text, "malformed tcp socket of 80 bytes");
	socket_collector.close(collector);
}

static void test_close_of_nothing(void **state)
{
	(void)state;
	socket_collector.close(NULL);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_recorded),
		TEST(test_histogram_counts_all_samples),
		TEST(test_interrupted_dump_leaves_no_trace),
		TEST(test_unlisted_protocol_is_absent),
		TEST(test_nothing_listed),
		TEST(test_malformed_socket),
		TEST(test_close_of_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
