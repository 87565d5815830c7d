/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /api/v1/sockets: what is asked, and what is answered. */
#define owner_find          scripted_owner_find
#define owner_table_resolve scripted_owner_resolve

#include "collectors/socket/socket_view.c"

#include "tests/unit/census_script.h"

static struct batch *batch;
static struct reason reason;

static int begin(void **state)
{
	(void)state;
	script_begin("unit");
	script_open();
	memset(&reason, 0, sizeof(reason));
	batch = batch_new(SIZE_MAX);
	return batch ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	script_end();
	batch_free(batch);
	return 0;
}

static void leave(const struct socket_message *sockets, size_t n, const char *netns)
{
	struct namespace namespace = { 0 };

	(void)snprintf(namespace.label, sizeof(namespace.label), "%s", netns);
	take_sample(sockets, n);
	socket_view_leave(census, netns[0] ? &namespace : NULL, batch);
	assert_int_equal(batch_error(batch), 0);
}

/* Three connections and a Unix socket; of cgroups 10, 11, 12 and none. */
static void leave_some(void)
{
	struct socket_message sockets[] = { sample_tcp(1, 300), sample_tcp(2, 100),
		                            sample_tcp(3, 200), sample_other(SOCKET_UNIX, 4, 50) };

	for (uint32_t i = 0; i < 3; i++) {
		sockets[i].cgroup_id = 10 + i;
		sockets[i].local.port = (uint16_t)(1000 + i);
		sockets[i].info.tcpi_rtt = 5 + i;
		sockets[i].info.tcpi_total_retrans = i == 1 ? 9 : 0;
	}
	leave(sockets, 4, "");
}

static json_t *ask(const struct argument *arguments, size_t n)
{
	json_t *document = NULL;

	assert_int_equal(socket_view.answer(batch, arguments, n, &document, &reason), 0);
	assert_non_null(document);
	return document;
}

/* The inodes' stand-in: queues, in the order of the answer. */
static void expect_queues(const struct argument *arguments, size_t n, const char *expected)
{
	json_t *document = ask(arguments, n);
	const json_t *sockets = json_object_get(document, "sockets");
	char text[256] = "";
	size_t length = 0;

	for (size_t i = 0; i < json_array_size(sockets); i++) {
		json_int_t queue = json_integer_value(
			json_object_get(json_array_get(sockets, i), "send_queue_bytes"));

		length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%d",
		                           i ? " " : "", (int)queue);
	}
	assert_string_equal(text, expected);
	json_decref(document);
}

#define EXPECT(expected, ...)                                                                     \
	expect_queues((const struct argument[]){ __VA_ARGS__ },                                   \
	              sizeof((const struct argument[]){ __VA_ARGS__ }) / sizeof(struct argument), \
	              expected)

static void test_sort(void **state)
{
	(void)state;
	leave_some();
	expect_queues(NULL, 0, "300 200 100 50");
	EXPECT("300 200 100 50", { "sort", "send_queue" });
	EXPECT("200 100 300 50", { "sort", "round_trip" });
	EXPECT("100 300 200 50", { "sort", "retransmissions" }); /* equal ones by cookie */
	EXPECT("300 100 200 50", { "sort", "stall" });
}

static void test_limit(void **state)
{
	(void)state;
	leave_some();
	EXPECT("300", { "limit", "1" });
	EXPECT("", { "limit", "0" });
	EXPECT("300 200 100 50", { "limit", "1000" });
	EXPECT("200 100", { "limit", "2" }, { "sort", "round_trip" });
}

static void test_filters(void **state)
{
	(void)state;
	leave_some();
	EXPECT("100", { "unit", "11.service" });
	EXPECT("50", { "unit", "(none)" });
	EXPECT("", { "unit", "11.servic" });
	EXPECT("", { "unit", "" });
	EXPECT("200", { "port", "1002" });
	EXPECT("300 200 100", { "port", "50000" }); /* the peer's */
	EXPECT("100", { "port", "50000" }, { "unit", "11.service" });
	EXPECT("300 200 100 50", { "netns", "" }); /* our own */
	EXPECT("", { "netns", "other" });
}

static void test_namespaces(void **state)
{
	const struct socket_message one = sample_tcp(1, 7), other = sample_tcp(2, 9);

	(void)state;
	leave(&one, 1, "");
	leave(&other, 1, "guest");
	EXPECT("9 7", { "limit", "9" });
	EXPECT("9", { "netns", "guest" });
	EXPECT("7", { "netns", "" });
}

static void test_faults(void **state)
{
	static const struct {
		const char *name, *value, *expected;
	} cases[] = {
		{ "sort", "", "sort: expected send_queue," },
		{ "sort", "queue", "sort: expected send_queue," },
		{ "limit", "", "limit: expected a whole number up to 1000" },
		{ "limit", "-1", "limit: expected" },
		{ "limit", "+1", "limit: expected" },
		{ "limit", "1.5", "limit: expected" },
		{ "limit", " 1", "limit: expected" },
		{ "limit", "0x10", "limit: expected" },
		{ "limit", "1001", "limit: expected" },
		{ "limit", "18446744073709551617", "limit: expected" },
		{ "port", "65536", "port: expected a whole number up to 65535" },
		{ "port", "http", "port: expected" },
		{ "Sort", "stall",
		  "unknown parameter \"Sort\": there are sort, limit, unit, port" },
		{ "", "", "unknown parameter \"\"" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct argument argument = { cases[i].name, cases[i].value };
		json_t *document = NULL;

		assert_int_equal(socket_view.answer(batch, &argument, 1, &document, &reason),
		                 -EINVAL);
		assert_null(document);
		if (strncmp(reason.text, cases[i].expected, strlen(cases[i].expected)) != 0)
			fail_msg("%s=%s: %s", cases[i].name, cases[i].value, reason.text);
	}
}

static void test_given_twice(void **state)
{
	static const char *const names[] = { "sort", "limit", "unit", "port", "netns" };
	static const char *const values[] = { "stall", "1", "a", "1", "a" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const struct argument twice[] = { { names[i], values[i] },
			                          { names[i], values[i] } };
		json_t *document = NULL;
		char expected[32];

		(void)snprintf(expected, sizeof(expected), "%s: given twice", names[i]);
		assert_int_equal(socket_view.answer(batch, twice, 2, &document, &reason), -EINVAL);
		assert_string_equal(reason.text, expected);
	}
}

static void test_no_sample_yet(void **state)
{
	(void)state;
	expect_queues(NULL, 0, "");
}

static const char whole[] =
	"{\"sort\": \"send_queue\", \"sockets\": [{\"protocol\": \"tcp\", \"state\": \"established\","
	"\"family\": \"ipv4\", \"local\": {\"address\": \"127.0.0.1\", \"port\": 443},"
	"\"peer\": {\"address\": \"10.0.0.1\", \"port\": 50000}, \"uid\": 1000,"
	"\"unit\": \"10.service\", \"netns\": \"guest\", \"inode\": 4294967295,"
	"\"send_queue_bytes\": 1000, \"unsent_bytes\": 400, \"unacked_bytes\": 600,"
	"\"send_buffer_used_bytes\": 2000, \"send_buffer_bytes\": 4000,"
	"\"backlogged_seconds\": 1.0, \"stalled_seconds\": 1.0, \"algorithm\": \"cubic\","
	"\"congestion_window_segments\": 10, \"segment_bytes\": 1448,"
	"\"receiver_window_bytes\": 65536, \"round_trip_seconds\": 0.25,"
	"\"round_trip_variation_seconds\": 0.125, \"retransmission_timeout_seconds\": 0.5,"
	"\"retransmissions\": 3, \"delivery_rate_bytes_per_second\": 1000000,"
	"\"application_limited\": true, \"busy_seconds\": {\"network\": 1.0, \"receiver\": 2.0,"
	"\"send_buffer\": 1.0}, \"sent_bytes\": 1099511627776, \"retransmitted_bytes\": 30,"
	"\"acked_bytes\": 50}]}";

/* All that is told of a connection. */
static void test_content(void **state)
{
	struct socket_message socket = sample_tcp(1, 1000);
	json_t *document, *expected;

	(void)state;
	socket.uid = 1000;
	socket.inode = UINT32_MAX;
	socket.has_memory = true;
	socket.queued_bytes = 2000;
	socket.buffer_bytes = 4000;
	socket.info = (struct tcp_info){ .tcpi_notsent_bytes = 400,
		                         .tcpi_snd_cwnd = 10,
		                         .tcpi_snd_mss = 1448,
		                         .tcpi_snd_wnd = 65536,
		                         .tcpi_rtt = 250000,
		                         .tcpi_rttvar = 125000,
		                         .tcpi_rto = 500000,
		                         .tcpi_total_retrans = 3,
		                         .tcpi_pacing_rate = UINT64_MAX,
		                         .tcpi_delivery_rate = 1000000,
		                         .tcpi_delivery_rate_app_limited = 1,
		                         .tcpi_busy_time = 4000000,
		                         .tcpi_rwnd_limited = 2000000,
		                         .tcpi_sndbuf_limited = 1000000,
		                         .tcpi_bytes_sent = UINT64_C(1) << 40,
		                         .tcpi_bytes_retrans = 30,
		                         .tcpi_bytes_acked = 50 };
	take_sample(&socket, 1);
	leave(&socket, 1, "guest");
	document = ask(NULL, 0);
	expected = json_loads(whole, JSON_DECODE_ANY, NULL);
	assert_non_null(expected);
	assert_true(json_equal(document, expected));
	json_decref(expected);
	json_decref(document);
}

/* A kernel that tells little, and a socket that has little to tell. */
static void test_what_is_not_told_is_absent(void **state)
{
	static const char *const absent[] = { "unsent_bytes",
		                              "send_buffer_bytes",
		                              "stalled_seconds",
		                              "receiver_window_bytes",
		                              "busy_seconds",
		                              "sent_bytes",
		                              "netns" };
	struct socket_message sockets[] = { sample_tcp(1, 1000), sample_other(SOCKET_UNIX, 2, 5) };
	const json_t *one, *other;
	json_t *document;

	(void)state;
	sockets[0].info_length = 104; /* Linux 3.x */
	leave(sockets, 2, "");
	document = ask(NULL, 0);
	one = json_array_get(json_object_get(document, "sockets"), 0);
	other = json_array_get(json_object_get(document, "sockets"), 1);
	for (size_t i = 0; i < ARRAY_SIZE(absent); i++) {
		assert_null(json_object_get(one, absent[i]));
		assert_null(json_object_get(other, absent[i]));
	}
	assert_non_null(json_object_get(one, "retransmissions"));
	assert_null(json_object_get(other, "retransmissions"));
	assert_null(json_object_get(other, "uid"));
	assert_null(json_object_get(other, "family"));
	assert_null(json_object_get(other, "local"));
	assert_string_equal(json_string_value(json_object_get(other, "unit")), "(none)");
	json_decref(document);
}

/* A state that the protocol's sockets are never in, as far as we know. */
static void test_state_without_a_name(void **state)
{
	struct socket_message socket = sample_other(SOCKET_UDP, 1, 1000);
	json_t *document;

	(void)state;
	socket.state = SOCKET_LISTEN;
	leave(&socket, 1, "");
	document = ask(NULL, 0);
	assert_null(
		json_object_get(json_array_get(json_object_get(document, "sockets"), 0), "state"));
	json_decref(document);
	EXPECT("1000", { "port", "443" });
}

/* Names of any bytes are what they are in labels. */
static void test_hostile_names(void **state)
{
	struct socket_message socket = sample_tcp(1, 1000);
	const json_t *one;
	json_t *document;
	char *text;

	(void)state;
	memcpy(socket.algorithm, "\xff\"\\\n<", 6);
	leave(&socket, 1, "\xc3\"\x01\xfe/");
	document = ask(NULL, 0);
	one = json_array_get(json_object_get(document, "sockets"), 0);
	assert_string_equal(json_string_value(json_object_get(one, "algorithm")),
	                    "\xef\xbf\xbd"
	                    "ff\"\\\n<");
	assert_string_equal(json_string_value(json_object_get(one, "netns")),
	                    "\xef\xbf\xbd"
	                    "c3\"\x01\xef\xbf\xbd"
	                    "fe/");
	text = json_dumps(document, JSON_ENSURE_ASCII);
	assert_non_null(text);
	free(text);
	json_decref(document);
	EXPECT("1000",
	       { "netns",
	         "\xef\xbf\xbd"
	         "c3\"\x01\xef\xbf\xbd"
	         "fe/" });
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_sort),
		TEST(test_limit),
		TEST(test_filters),
		TEST(test_namespaces),
		TEST(test_faults),
		TEST(test_given_twice),
		TEST(test_no_sample_yet),
		TEST(test_content),
		TEST(test_what_is_not_told_is_absent),
		TEST(test_state_without_a_name),
		TEST(test_hostile_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
