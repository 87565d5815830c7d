/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who has to go, and when; and which listeners there are after a change of the options. */
#include "tests/unit/http_sample.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/un.h>

#define GET(path) "GET " path " HTTP/1.1\r\nHost: x\r\n\r\n"

static uint64_t n_rejected(const struct sample *sample, enum http_rejection rejection)
{
	return sample_statistics(sample).n_rejected[rejection];
}

static void listen_at(struct sample *sample, size_t index, const char *text)
{
	free(sample->listen[index]);
	sample->listen[index] = strdup(text);
	if (sample->options.listen.n <= index)
		sample->options.listen.n = index + 1;
}

static void slow_request_is_cut(void **state)
{
	struct sample *sample = *state;
	int silent, slow;

	sample->options.request_timeout_usec = 300000;
	assert_int_equal(sample_apply(sample), 0);
	silent = sample_connect(sample);
	slow = sample_connect(sample);
	/* It goes on sending, and is cut all the same. */
	for (const char *byte = GET("/hello"); !sample_is_closed(slow); byte++) {
		(void)send(slow, *byte ? byte : "x", 1, MSG_NOSIGNAL);
		for (int i = 0; i < 20; i++)
			sample_turn(sample);
	}
	sample_until(sample, sample_is_closed(silent));
	assert_int_equal(n_rejected(sample, HTTP_REJECTED_TIMEOUT), 2);
	assert_int_equal(sample->n_released, 0);
	close(silent);
	close(slow);
}

static void slow_second_request_is_cut(void **state)
{
	struct sample *sample = *state;
	int fd;

	sample->options.request_timeout_usec = 300000;
	assert_int_equal(sample_apply(sample), 0);
	fd = sample_ask(sample, GET("/hello") "GET /hello HTTP/1.1\r\n", 200);
	sample_until(sample, sample_is_closed(fd));
	assert_int_equal(n_rejected(sample, HTTP_REJECTED_TIMEOUT), 1);
	close(fd);
}

static void untaken_reply_is_cut(void **state)
{
	struct sample *sample = *state;
	int fd;

	sample->options.reply_timeout_usec = 300000;
	assert_int_equal(sample_apply(sample), 0);
	fd = sample_connect(sample);
	sample_send(fd, GET("/big"));
	sample_until(sample, sample->n_released == 1);
	assert_int_equal(n_rejected(sample, HTTP_REJECTED_TIMEOUT), 1);
	assert_int_equal(sample_statistics(sample).n_response_bytes, 0);
	sample_until(sample, sample_statistics(sample).n_connections == 0);
	close(fd);
}

static void idle_connection_is_closed_and_not_counted(void **state)
{
	struct sample *sample = *state;
	int fd;

	sample->options.idle_timeout_usec = 300000;
	assert_int_equal(sample_apply(sample), 0);
	fd = sample_ask(sample, GET("/hello"), 200);
	sample_until(sample, sample_is_closed(fd));
	assert_int_equal(n_rejected(sample, HTTP_REJECTED_TIMEOUT), 0);
	close(fd);
}

/* Once every connection is waiting, and then once there is none, nothing is due. */
static void idle_server_sleeps(void **state)
{
	struct sample *sample = *state;
	int fd = sample_ask(sample, GET("/hello"), 200);

	for (int i = 0; i < 50; i++)
		(void)sd_event_run(sample->event, 0);
	assert_int_equal(sd_event_run(sample->event, 20000), 0);
	close(fd);
	sample_until(sample, sample_statistics(sample).n_connections == 0);
	for (int i = 0; i < 50; i++)
		(void)sd_event_run(sample->event, 0);
	assert_int_equal(sd_event_run(sample->event, 20000), 0);
}

#define FLOOD 1000

static void flood_does_not_keep_others_out(void **state)
{
	struct sample *sample = *state;
	int fds[FLOOD], fd;

	sample->options.max_connections_per_address = 4096;
	assert_int_equal(sample_apply(sample), 0);
	for (size_t i = 0; i < FLOOD; i++) {
		fds[i] = sample_connect(sample);
		if (i % 100 == 0)
			sample_turn(sample);
	}
	fd = sample_ask(sample, GET("/hello"), 200);
	assert_int_equal(sample_statistics(sample).n_connections, 256);
	assert_int_equal(n_rejected(sample, HTTP_REJECTED_LIMIT), FLOOD + 1 - 256);
	assert_int_equal(n_rejected(sample, HTTP_REJECTED_ADDRESS), 0);
	/* The oldest went. */
	sample_until(sample, sample_is_closed(fds[0]) && sample_is_closed(fds[FLOOD - 256]));
	assert_false(sample_is_closed(fds[FLOOD + 1 - 256]));
	for (size_t i = 0; i < FLOOD; i++)
		close(fds[i]);
	close(fd);
}

static void one_address_has_its_own_limit(void **state)
{
	struct sample *sample = *state;
	int first, second, third;

	sample->options.max_connections_per_address = 2;
	assert_int_equal(sample_apply(sample), 0);
	first = sample_ask(sample, GET("/hello"), 200);
	second = sample_ask(sample, GET("/hello"), 200);
	third = sample_ask(sample, GET("/hello"), 200);
	sample_until(sample, sample_is_closed(first));
	assert_false(sample_is_closed(second));
	assert_int_equal(n_rejected(sample, HTTP_REJECTED_ADDRESS), 1);
	assert_int_equal(n_rejected(sample, HTTP_REJECTED_LIMIT), 0);
	close(first);
	close(second);
	close(third);
}

static void replies_under_way_are_not_cut_for_others(void **state)
{
	struct sample *sample = *state;
	int busy, late;

	sample->options.max_connections = 1;
	assert_int_equal(sample_apply(sample), 0);
	busy = sample_connect(sample);
	sample_send(busy, GET("/big"));
	sample_until(sample, sample->n_held == 1);
	late = sample_connect(sample);
	sample_until(sample, sample_is_closed(late));
	assert_int_equal(n_rejected(sample, HTTP_REJECTED_LIMIT), 1);
	sample_read(sample, busy, true);
	assert_memory_equal(sample_body(sample), sample->big, SAMPLE_BIG_BYTES);
	close(busy);
	close(late);
}

static void lower_limit_cuts_the_oldest(void **state)
{
	struct sample *sample = *state;
	int first = sample_ask(sample, GET("/hello"), 200);
	int second = sample_ask(sample, GET("/hello"), 200);

	sample->options.max_connections = 1;
	assert_int_equal(sample_apply(sample), 0);
	sample_until(sample, sample_is_closed(first));
	assert_false(sample_is_closed(second));
	close(first);
	close(second);
}

/* Leaves no descriptor free; returns what to give back to setrlimit(2). */
static struct rlimit exhaust_descriptors(void)
{
	struct rlimit old, none;
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	none = (struct rlimit){ (rlim_t)fd, old.rlim_max };
	close(fd);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	return old;
}

static void without_descriptors_the_loop_sleeps(void **state)
{
	struct sample *sample = *state;
	int fd = sample_connect(sample), n_turns = 0;
	struct rlimit old = exhaust_descriptors();

	for (int i = 0; i < 20; i++)
		n_turns += sd_event_run(sample->event, 10000) > 0;
	assert_true(n_turns < 20); /* a loop that spins has something to do each time */
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	sample_send(fd, GET("/hello"));
	sample_read(sample, fd, true);
	assert_int_equal(sample_status(sample), 200);
	close(fd);
}

static void without_descriptors_the_oldest_gives_way(void **state)
{
	struct sample *sample = *state;
	int first = sample_ask(sample, GET("/hello"), 200), second = sample_connect(sample);
	struct rlimit old = exhaust_descriptors();

	sample_send(second, GET("/hello"));
	sample_read(sample, second, true);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	assert_int_equal(sample_status(sample), 200);
	assert_true(sample_is_closed(first));
	assert_int_equal(n_rejected(sample, HTTP_REJECTED_LIMIT), 1);
	close(first);
	close(second);
}

static int connect_unix(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strcpy(address.sun_path, path);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static void unix_peers_have_no_address_limit(void **state)
{
	struct sample *sample = *state;
	char directory[] = "/tmp/test_http.XXXXXX", url[64];
	int fds[4];

	assert_non_null(mkdtemp(directory));
	snprintf(url, sizeof(url), "unix:%s/socket", directory);
	listen_at(sample, 1, url);
	sample->options.max_connections_per_address = 1;
	assert_int_equal(sample_apply(sample), 0);
	assert_string_equal(http_server_url(sample->server, 1), url);
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
		fds[i] = connect_unix(url + strlen("unix:"));
		sample_send(fds[i], GET("/big"));
		sample_read(sample, fds[i], true);
		assert_memory_equal(sample_body(sample), sample->big, SAMPLE_BIG_BYTES);
	}
	assert_int_equal(sample_statistics(sample).n_connections, 4);
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		close(fds[i]);
	http_server_free(steal_pointer(sample->server));
	assert_int_equal(rmdir(directory), 0);
}

static void reload_keeps_what_stays(void **state)
{
	struct sample *sample = *state;
	char *first = strdup(http_server_url(sample->server, 0));
	int fd = sample_ask(sample, GET("/hello"), 200);

	listen_at(sample, 1, "[::1]:0");
	assert_int_equal(sample_apply(sample), 0);
	assert_string_equal(http_server_url(sample->server, 0), first);
	assert_non_null(strstr(http_server_url(sample->server, 1), "http://[::1]:"));
	assert_null(http_server_url(sample->server, 2));

	/* A listener that goes takes none of its connections along. */
	listen_at(sample, 0, ":0");
	assert_int_equal(sample_apply(sample), 0);
	assert_non_null(strstr(http_server_url(sample->server, 0), "http://[::]:"));
	sample_send(fd, GET("/hello"));
	sample_read(sample, fd, true);
	assert_int_equal(sample_status(sample), 200);
	close(fd);
	close(sample_ask(sample, GET("/hello"), 200));
	free(first);
}

static void failed_reload_changes_nothing(void **state)
{
	struct sample *sample = *state;
	char *first = strdup(http_server_url(sample->server, 0)), expected[128];

	listen_at(sample, 0, "[::1]:0");
	listen_at(sample, 1, first + strlen("http://"));
	sample->options.max_connections = 1;
	assert_int_equal(sample_apply(sample), -EADDRINUSE);
	snprintf(expected, sizeof(expected), "listen \"%s\": Address already in use",
	         first + strlen("http://"));
	assert_string_equal(sample->reason.text, expected);
	assert_string_equal(http_server_url(sample->server, 0), first);
	assert_null(http_server_url(sample->server, 1));
	close(sample_ask(sample, GET("/hello"), 200));
	close(sample_ask(sample, GET("/hello"), 200));
	assert_int_equal(n_rejected(sample, HTTP_REJECTED_LIMIT), 0);
	free(first);
}

static void same_listener_twice_is_an_error(void **state)
{
	struct sample *sample = *state;

	listen_at(sample, 1, "127.0.0.1:0");
	assert_int_equal(sample_apply(sample), -EINVAL);
	assert_string_equal(sample->reason.text, "listen \"127.0.0.1:0\": given twice");
	assert_null(http_server_url(sample->server, 1));
}

static void no_listener_is_possible(void **state)
{
	struct sample *sample = *state;
	int fd = sample_ask(sample, GET("/hello"), 200);

	sample->options.listen.n = 0;
	assert_int_equal(sample_apply(sample), 0);
	assert_null(http_server_url(sample->server, 0));
	close(fd);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, sample_setup, sample_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(slow_request_is_cut),
		TEST(slow_second_request_is_cut),
		TEST(untaken_reply_is_cut),
		TEST(idle_connection_is_closed_and_not_counted),
		TEST(idle_server_sleeps),
		TEST(flood_does_not_keep_others_out),
		TEST(one_address_has_its_own_limit),
		TEST(replies_under_way_are_not_cut_for_others),
		TEST(lower_limit_cuts_the_oldest),
		TEST(without_descriptors_the_loop_sleeps),
		TEST(without_descriptors_the_oldest_gives_way),
		TEST(unix_peers_have_no_address_limit),
		TEST(reload_keeps_what_stays),
		TEST(failed_reload_changes_nothing),
		TEST(same_listener_twice_is_an_error),
		TEST(no_listener_is_possible),
	};
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &files);
	}
	return cmocka_run_group_tests_name("http_limits", tests, NULL, NULL);
}
