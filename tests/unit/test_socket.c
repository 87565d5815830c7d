/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The socket collector on recorded dumps (tests/fixtures), and on dumps that fail. */
#define netlink_open      scripted_open
#define netlink_close     scripted_close
#define sock_diag_run     scripted_run
#define sock_diag_probe   scripted_probe
#define cgroup_mount_open scripted_mount_open

#include "tests/unit/fixture.h"

#include <jansson.h>
#include <linux/inet_diag.h>
#include <linux/unix_diag.h>

#include "collectors/owner.c"
#include "collectors/socket/socket.c"
#include "collectors/socket/socket_setup.c"

#define QUEUED (2 * 3782144 + 3782145 + 1 + 1)

/* In the order of the dumps. */
static const char *const names[SOCK_DIAG_DUMPS] = {
	"tcp.bin",        "tcp_listening.bin", "udp_ipv4.bin", "udp_ipv6.bin",
	"mptcp_ipv4.bin", "mptcp_ipv6.bin",    "unix.bin",
};

static char unit[] = "unit", *words[] = { unit };

static struct {
	struct fixture fixtures[SOCK_DIAG_DUMPS];
	int errors[SOCK_DIAG_DUMPS]; /* after the sockets were given */
	unsigned n_failures;         /* that are left before the errors go away */
	int probe_errors[SOCK_DIAG_DUMPS];
	unsigned n_dumps[SOCK_DIAG_DUMPS];

	struct collector_tally tally;
	struct reason reason;
	struct socket_options options;
	struct collector_env env;
	struct batch *batch;
} script;

int cgroup_mount_open(const char *mountinfo, struct cgroup_mount *ret_mount, int *ret_fd)
{
	(void)mountinfo;
	(void)ret_mount;
	(void)ret_fd;
	return -ENOENT;
}

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

int sock_diag_run(struct netlink *netlink, enum sock_diag_dump dump, netlink_message_fn take,
                  void *context)
{
	int error = fixture_replay(&script.fixtures[dump], take, context);

	assert_non_null(netlink);
	script.n_dumps[dump]++;
	if (error || !script.errors[dump] || !script.n_failures)
		return error;
	script.n_failures--;
	return reason_set(&script.reason, script.errors[dump], "scripted");
}

int sock_diag_probe(struct netlink *netlink, enum sock_diag_dump dump)
{
	assert_non_null(netlink);
	if (!script.probe_errors[dump])
		return 0;
	return reason_set(&script.reason, script.probe_errors[dump], "probed");
}

static int begin(void **state)
{
	(void)state;
	memset(&script, 0, sizeof(script));
	for (size_t i = 0; i < SOCK_DIAG_DUMPS; i++)
		script.fixtures[i] = fixture_load(names[i]);
	script.options = (struct socket_options){ .group_by = { 1, words },
		                                  .backlog_after_usec = 5 * USEC_PER_SEC,
		                                  .stall_after_usec = 5 * USEC_PER_SEC,
		                                  .peak_window_usec = 60 * USEC_PER_SEC,
		                                  .max_sockets = 1024,
		                                  .top = 10,
		                                  .unix_sockets = true };
	script.env = (struct collector_env){ .options = &script.options,
		                             .tally = &script.tally,
		                             .reason = &script.reason,
		                             .scope.max_groups = 200 };
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

	memset(&script.reason, 0, sizeof(script.reason));
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

static void expect_states(void)
{
	assert_int_equal(value("txpath_sockets", "tcp ipv4 established -"), 11);
	assert_int_equal(value("txpath_sockets", "tcp ipv4 listen -"), 3);
	assert_int_equal(value("txpath_sockets", "tcp ipv4 syn_sent -"), 1);
	assert_int_equal(value("txpath_sockets", "tcp ipv4 syn_recv -"), 1);
	assert_int_equal(value("txpath_sockets", "tcp ipv6 listen -"), 2);
	assert_int_equal(value("txpath_sockets", "tcp ipv6 fin_wait_2 -"), 1);
	assert_int_equal(value("txpath_sockets", "tcp ipv6 closing -"), 0);
	assert_int_equal(value("txpath_sockets", "udp ipv4 established -"), 1);
	assert_int_equal(value("txpath_sockets", "udp ipv6 unconnected -"), 1);
	assert_int_equal(value("txpath_sockets", "mptcp ipv4 established -"), 4);
	assert_int_equal(value("txpath_sockets", "mptcp ipv6 listen -"), 1);
	assert_int_equal(value("txpath_sockets", "unix - established -"), 6);
	assert_int_equal(value("txpath_sockets", "unix - unconnected -"), 1);
	assert_int_equal(value("txpath_sockets", "unix - listen -"), 1);
	assert_true(batch_has(script.batch, "txpath_sockets", "tcp - time_wait -"));
	assert_false(batch_has(script.batch, "txpath_sockets", "udp ipv4 close -"));
}

static void test_recorded(void **state)
{
	void *collector = open_collector();

	(void)state;
	assert_int_equal(collect(collector), 0);
	expect_states();
	assert_int_equal(value("txpath_socket_send_queue_bytes", "tcp (none) - - - -"), QUEUED);
	assert_int_equal(value("txpath_socket_send_queue_peak_bytes", "tcp (none) - - - -"),
	                 3782145);
	assert_int_equal(value("txpath_socket_send_queue_bytes", "udp (none) - - - -"), 41472);
	assert_int_equal(value("txpath_socket_send_queue_bytes", "mptcp (none) - - - -"),
	                 0x777fc0dd - 0x774413e2);
	assert_int_equal(value("txpath_socket_send_queue_bytes", "unix (none) - - - -"),
	                 2304 + 1280 + 238336);
	assert_int_equal(value("txpath_socket_unsent_bytes", "(none) - - - -"), QUEUED - 1);
	assert_int_equal(value("txpath_socket_unacked_bytes", "(none) - - - -"), 1);
	assert_int_equal(value("txpath_tcp_sent_bytes_total", "(none) - - - -"), 0);
	assert_int_equal(value("txpath_tcp_busy_seconds_total", "(none) - - - receiver -"), 0);
	assert_int_equal(value("txpath_tcp_congestion_sockets", "bbr -"), 21);
	assert_int_equal(value("txpath_tcp_congestion_sockets", "reno -"), 1);
	assert_int_equal(value("txpath_socket_untracked_total", ""), 0);
	assert_int_equal(script.tally.skipped_objects, 0);
	socket_collector.close(collector);
}

static void test_histogram_counts_all_samples(void **state)
{
	void *collector = open_collector();

	(void)state;
	for (unsigned n = 1; n <= 3; n++) {
		assert_int_equal(collect(collector), 0);
		/* 22 whole sockets: 17 empty, two of one byte, three full ones below 4 MiB. */
		assert_int_equal(depths("tcp -")->counts[0], 17 * n);
		assert_int_equal(depths("tcp -")->counts[1], 2 * n);
		assert_int_equal(depths("tcp -")->counts[7], 3 * n);
		assert_int_equal(depths("tcp -")->sum, (uint64_t)n * QUEUED);
		assert_int_equal(depths("udp -")->counts[0], 2 * n);
		assert_int_equal(depths("udp -")->counts[4], n);
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
	assert_int_equal(script.n_dumps[SOCK_DIAG_TCP], 3);
	expect_states();
	assert_int_equal(depths("tcp -")->counts[7], 3);

	script.n_failures = 4;
	assert_int_equal(collect(collector), -EINTR);
	assert_int_equal(script.batch->n_series, 0);
	assert_null(script.batch->details);
	assert_int_equal(collect(collector), 0);
	expect_states();
	assert_int_equal(depths("tcp -")->counts[7], 6);
	assert_int_equal(script.tally.skipped_objects, 0);
	socket_collector.close(collector);
}

/* While there are no MPTCP sockets they are not looked for each time. */
static void test_mptcp_is_looked_for_seldom(void **state)
{
	void *collector = open_collector();

	(void)state;
	assert_int_equal(collect(collector), 0);
	assert_int_equal(collect(collector), 0);
	assert_int_equal(script.n_dumps[SOCK_DIAG_MPTCP_IPV6], 2);
	script.fixtures[SOCK_DIAG_MPTCP_IPV4].length = 0;
	script.fixtures[SOCK_DIAG_MPTCP_IPV6].length = 0;
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(collect(collector), 0);
	assert_int_equal(script.n_dumps[SOCK_DIAG_MPTCP_IPV6], 3);
	assert_int_equal(value("txpath_sockets", "mptcp ipv4 established -"), 0);
	socket_collector.close(collector);
}

static void test_unlisted_protocols_are_absent(void **state)
{
	void *collector;

	(void)state;
	script.probe_errors[SOCK_DIAG_UDP_IPV6] = -ENOENT;
	script.probe_errors[SOCK_DIAG_MPTCP_IPV4] = -EINVAL;
	script.probe_errors[SOCK_DIAG_UNIX] = -EOPNOTSUPP;
	collector = open_collector();
	assert_string_equal(script.reason.text,
	                    "no cgroup v2 mount: sockets have no owner; "
	                    "this kernel lists no UDP sockets (CONFIG_INET_UDP_DIAG); "
	                    "this kernel lists no MPTCP sockets (CONFIG_INET_MPTCP_DIAG); "
	                    "this kernel lists no Unix sockets (CONFIG_UNIX_DIAG)");
	assert_int_equal(collect(collector), 0);
	assert_int_equal(value("txpath_sockets", "tcp ipv4 established -"), 11);
	assert_false(batch_has(script.batch, "txpath_sockets", "udp ipv4 established -"));
	assert_false(batch_has(script.batch, "txpath_sockets", "mptcp ipv4 established -"));
	assert_int_equal(script.n_dumps[SOCK_DIAG_UNIX], 0);
	socket_collector.close(collector);
}

static void test_without_tcp(void **state)
{
	void *collector;

	(void)state;
	script.probe_errors[SOCK_DIAG_TCP] = -ENOENT;
	script.options.unix_sockets = false;
	collector = open_collector();
	assert_int_equal(collect(collector), 0);
	assert_false(batch_has(script.batch, "txpath_socket_unsent_bytes", "(none) - - - -"));
	assert_false(batch_has(script.batch, "txpath_sockets", "tcp - time_wait -"));
	assert_false(batch_has(script.batch, "txpath_sockets", "unix - listen -"));
	assert_false(batch_has(script.batch, "txpath_tcp_round_trip_seconds", "-"));
	assert_int_equal(value("txpath_sockets", "udp ipv4 established -"), 1);
	socket_collector.close(collector);
}

static void test_nothing_listed(void **state)
{
	void *collector = NULL;

	(void)state;
	for (size_t i = 0; i < SOCK_DIAG_DUMPS; i++)
		script.probe_errors[i] = -ENOENT;
	assert_int_equal(socket_collector.open(&script.env, &collector), -EOPNOTSUPP);
	assert_non_null(strstr(script.reason.text, "CONFIG_INET_TCP_DIAG"));
	assert_null(collector);

	script.probe_errors[SOCK_DIAG_UDP_IPV4] = -EPERM;
	assert_int_equal(socket_collector.open(&script.env, &collector), -EPERM);
	assert_string_equal(script.reason.text, "probed");
	assert_null(collector);
}

/* Makes the first message that is in the state one in a state that there is not. */
static void spoil(const struct fixture *fixture, size_t offset, char state)
{
	char *message = fixture->bytes;

	while (message[NLMSG_HDRLEN + offset] != state)
		message += NLMSG_ALIGN(((const struct nlmsghdr *)(const void *)message)->nlmsg_len);
	message[NLMSG_HDRLEN + offset] = 99;
}

/* A malformed socket is skipped and counted, and costs nothing but itself. */
static void test_malformed_sockets(void **state)
{
	void *collector = open_collector();

	(void)state;
	spoil(&script.fixtures[SOCK_DIAG_TCP], offsetof(struct inet_diag_msg, idiag_state),
	      SOCKET_SYN_RECV);
	spoil(&script.fixtures[SOCK_DIAG_UNIX], offsetof(struct unix_diag_msg, udiag_state),
	      SOCKET_ESTABLISHED);
	assert_int_equal(collect(collector), 0);
	assert_int_equal(script.tally.skipped_objects, 2);
	assert_int_equal(value("txpath_sockets", "tcp ipv4 syn_recv -"), 0);
	assert_int_equal(value("txpath_sockets", "unix - established -"), 5);
	assert_int_equal(value("txpath_sockets", "tcp ipv4 established -"), 11);
	assert_int_equal(value("txpath_socket_send_queue_bytes", "tcp (none) - - - -"), QUEUED);
	socket_collector.close(collector);
}

static void test_bound(void **state)
{
	void *collector;

	(void)state;
	script.options.max_sockets = 5;
	collector = open_collector();
	assert_int_equal(collect(collector), 0);
	assert_int_equal(value("txpath_socket_tracked", ""), 5);
	/* Connections, and what waits in one of UDP, one of MPTCP, three of Unix. */
	assert_int_equal(value("txpath_socket_untracked_total", ""), 22 - 5 + 5);
	expect_states();
	assert_int_equal(value("txpath_socket_send_queue_bytes", "tcp (none) - - - -"), QUEUED);
	socket_collector.close(collector);
}

static void test_reload(void **state)
{
	void *former = open_collector(), *collector;

	(void)state;
	assert_int_equal(collect(former), 0);
	collector = open_collector();
	socket_collector.inherit(collector, former);
	socket_collector.close(former);
	assert_int_equal(collect(collector), 0);
	assert_int_equal(depths("tcp -")->counts[7], 6);
	assert_int_equal(value("txpath_tcp_sent_bytes_total", "(none) - - - -"), 0);
	assert_int_equal(value("txpath_socket_tracked", ""), 22 + 1 + 1 + 3);
	socket_collector.close(collector);
}

static void test_view(void **state)
{
	void *collector = open_collector();
	json_t *document = NULL;

	(void)state;
	assert_int_equal(collect(collector), 0);
	assert_int_equal(
		socket_collector.view->answer(script.batch, NULL, 0, &document, &script.reason), 0);
	assert_int_equal(json_array_size(json_object_get(document, "sockets")), 10);
	json_decref(document);
	socket_collector.close(NULL);
	socket_collector.close(collector);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_recorded),
		TEST(test_histogram_counts_all_samples),
		TEST(test_interrupted_dump_leaves_no_trace),
		TEST(test_mptcp_is_looked_for_seldom),
		TEST(test_unlisted_protocols_are_absent),
		TEST(test_without_tcp),
		TEST(test_nothing_listed),
		TEST(test_malformed_sockets),
		TEST(test_bound),
		TEST(test_reload),
		TEST(test_view),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
