/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is answered to which request, and that every reply is released once. */
#include "tests/unit/http_sample.h"

#define GET(path) "GET " path " HTTP/1.1\r\nHost: x\r\n\r\n"

static void connection_is_kept_alive(void **state)
{
	struct sample *sample = *state;
	int fd = sample_ask(sample, GET("/hello"), 200);

	assert_string_equal(sample_body(sample), "hello\n");
	assert_non_null(strstr(sample->received, "Content-Type: text/plain\r\n"));
	for (int i = 0; i < 5; i++) {
		sample_send(fd, GET("/hello"));
		sample_read(sample, fd, true);
		assert_int_equal(sample_status(sample), 200);
	}
	sample_until(sample, sample_count(sample, "/hello", 200) == 6);
	assert_int_equal(sample->n_released, 6);
	assert_int_equal(sample_statistics(sample).n_response_bytes, 36);
	assert_int_equal(sample_statistics(sample).n_connections, 1);
	close(fd);
	sample_until(sample, sample_statistics(sample).n_connections == 0);
}

static void pipelined_requests_are_answered_in_order(void **state)
{
	struct sample *sample = *state;
	int fd = sample_ask(sample, GET("/hello") GET("/nothing") GET("/arguments?a=b"), 200);

	sample_read(sample, fd, true);
	assert_int_equal(sample_status(sample), 404);
	sample_read(sample, fd, true);
	assert_int_equal(sample_status(sample), 200);
	assert_string_equal(sample->arguments, "a=b;");
	close(fd);
}

static void head_has_no_body(void **state)
{
	struct sample *sample = *state;
	int fd = sample_connect(sample);

	sample_send(fd, "HEAD /big HTTP/1.1\r\nHost: x\r\n\r\n" GET("/hello"));
	sample_read(sample, fd, false);
	assert_int_equal(sample_status(sample), 200);
	assert_non_null(strstr(sample->received, "Content-Length: 4194304\r\n"));
	sample_read(sample, fd, true);
	assert_string_equal(sample_body(sample), "hello\n");
	sample_until(sample, sample->n_released == 2);
	assert_int_equal(sample_statistics(sample).n_response_bytes, 6);
	close(fd);
}

static void other_paths_are_not_found(void **state)
{
	static const char *const requests[] = {
		GET("/"),
		GET("/hell"),
		GET("/hello/"),
		GET("/Hello"),
		GET("/hello%00"),
		GET("/%68ello"),
		GET("/x?/hello"),
		"DELETE /x HTTP/1.1\r\nHost: x\r\n\r\n",
		"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc",
	};
	struct sample *sample = *state;

	for (size_t i = 0; i < ARRAY_SIZE(requests); i++) {
		close(sample_ask(sample, requests[i], 404));
		assert_string_equal(sample_body(sample), "404 Not Found\n");
	}
	sample_until(sample, sample_count(sample, "other", 404) == ARRAY_SIZE(requests));
}

static void not_found_keeps_the_connection(void **state)
{
	struct sample *sample = *state;
	int fd = sample_ask(sample, GET("/x"), 404);

	sample_send(fd, GET("/hello"));
	sample_read(sample, fd, true);
	assert_int_equal(sample_status(sample), 200);
	close(fd);
}

static void absolute_form_names_the_same_path(void **state)
{
	struct sample *sample = *state;

	close(sample_ask(sample, GET("http://localhost:1/hello"), 200));
	close(sample_ask(sample, GET("http://localhost:1/hello?a=b"), 200));
	close(sample_ask(sample, GET("http://localhost:1"), 404));
}

static void other_methods_are_refused(void **state)
{
	static const char *const methods[] = { "POST", "PUT", "DELETE", "OPTIONS", "get", "X" };
	struct sample *sample = *state;
	char request[128];

	for (size_t i = 0; i < ARRAY_SIZE(methods); i++) {
		int fd;

		snprintf(request, sizeof(request), "%s /hello HTTP/1.1\r\nHost: x\r\n\r\n",
		         methods[i]);
		fd = sample_ask(sample, request, 405);
		assert_non_null(strstr(sample->received, "\r\nAllow: GET, HEAD\r\n"));
		assert_non_null(strstr(sample->received, "\r\nConnection: close\r\n"));
		assert_non_null(strstr(sample->received, "text/plain; charset=utf-8\r\n"));
		sample_until(sample, sample_is_closed(fd));
		close(fd);
	}
	assert_int_equal(sample_count(sample, "/hello", 405), ARRAY_SIZE(methods));
}

static void bodies_are_refused(void **state)
{
	static const char *const headers[] = {
		"Content-Length: 5\r\n\r\nhello",
		"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"Content-Length: 5\r\nExpect: 100-continue\r\n\r\n",
	};
	struct sample *sample = *state;
	char request[256];

	for (size_t i = 0; i < ARRAY_SIZE(headers); i++) {
		int fd;

		snprintf(request, sizeof(request), "GET /hello HTTP/1.1\r\nHost: x\r\n%s",
		         headers[i]);
		fd = sample_ask(sample, request, 400);
		assert_non_null(strstr(sample->received, "\r\nConnection: close\r\n"));
		sample_until(sample, sample_is_closed(fd));
		close(fd);
	}
	close(sample_ask(sample, "GET /hello HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
	                 200));
	assert_int_equal(sample->n_released, 1);
}

static void arguments_are_decoded_and_repeat(void **state)
{
	struct sample *sample = *state;

	close(sample_ask(sample, GET("/arguments?collect[]=a&collect%5B%5D=b%20c&x&y=&=z"), 200));
	assert_string_equal(sample->arguments, "collect[]=a;collect[]=b c;x=;y=;=z;");
	close(sample_ask(sample, GET("/arguments?a=b%00c"), 400));
	close(sample_ask(sample, GET("/arguments"), 200));
	assert_string_equal(sample->arguments, "");
}

static void arguments_are_bounded(void **state)
{
	struct sample *sample = *state;
	char request[1024];

	for (int n = 64; n <= 65; n++) {
		size_t length = (size_t)sprintf(request, "GET /arguments?a");

		for (int i = 1; i < n; i++)
			length += (size_t)sprintf(request + length, "&a");
		(void)sprintf(request + length, " HTTP/1.1\r\nHost: x\r\n\r\n");
		close(sample_ask(sample, request, n <= 64 ? 200 : 400));
	}
}

static void http_1_0_works(void **state)
{
	struct sample *sample = *state;
	int fd = sample_ask(sample, "GET /hello HTTP/1.0\r\n\r\n", 200);

	assert_string_equal(sample_body(sample), "hello\n");
	sample_until(sample, sample_is_closed(fd));
	close(fd);
}

static void failure_of_a_handler_is_500(void **state)
{
	struct sample *sample = *state;
	int fd = sample_ask(sample, GET("/fail"), 500);

	close(fd);
	sample_until(sample, sample_count(sample, "/fail", 500) == 1);
}

static void garbage_closes(void **state)
{
	static const char *const requests[] = {
		"\x16\x03\x01\x02\x01\x01\xfc\x03\x03\r\n\r\n",
		"GET\r\n\r\n",
		"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
		"GET /hello HTTP/1.1\r\nHost x\r\n: y\r\n\r\n",
		"GET /hello HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
	};
	struct sample *sample = *state;

	for (size_t i = 0; i < ARRAY_SIZE(requests); i++) {
		int fd = sample_connect(sample);

		sample_send(fd, requests[i]);
		(void)shutdown(fd, SHUT_WR);
		sample_until(sample, sample_is_closed(fd));
		close(fd);
	}
	sample_until(sample, sample_statistics(sample).n_connections == 0);
}

static void long_headers_are_refused_and_counted(void **state)
{
	struct sample *sample = *state;
	char *request = calloc(1, 65536);
	int fd = sample_connect(sample);

	strcpy(request, "GET /hello HTTP/1.1\r\nHost: x\r\nX: ");
	memset(request + strlen(request), 'x', 40000);
	sample_send(fd, request);
	sample_read(sample, fd, true);
	assert_int_equal(sample_status(sample), 431);
	close(fd);
	sample_until(sample, sample_count(sample, "/hello", 431) == 1);

	fd = sample_connect(sample);
	memset(request, 'x', 50000);
	memcpy(request, "GET /", 5);
	sample_send(fd, request);
	sample_read(sample, fd, true);
	assert_int_equal(sample_status(sample), 414);
	close(fd);
	free(request);
}

static void big_body_reaches_a_slow_reader(void **state)
{
	struct sample *sample = *state;
	int fd = sample_connect(sample);

	sample_send(fd, GET("/big"));
	sample_until(sample, sample->n_held == 1);
	for (int i = 0; i < 20; i++)
		sample_turn(sample); /* until the socket takes no more */
	assert_int_equal(sample->n_held, 1);
	sample_read(sample, fd, true);
	assert_int_equal(sample->n_received,
	                 sample_body(sample) - sample->received + SAMPLE_BIG_BYTES);
	assert_memory_equal(sample_body(sample), sample->big, SAMPLE_BIG_BYTES);
	sample_send(fd, GET("/hello"));
	sample_read(sample, fd, true);
	assert_string_equal(sample_body(sample), "hello\n");
	sample_until(sample, sample->n_released == 2);
	close(fd);
}

static void reply_is_released_when_the_client_goes(void **state)
{
	struct sample *sample = *state;
	int fd = sample_connect(sample);

	sample_send(fd, GET("/big"));
	sample_until(sample, sample->n_held == 1);
	close(fd);
	sample_until(sample, sample->n_held == 0);
	assert_int_equal(sample->n_released, 1);
	assert_int_equal(sample_statistics(sample).n_response_bytes, 0);
	assert_int_equal(sample_count(sample, "/big", 200), 1);
}

static void reply_is_released_when_the_server_goes(void **state)
{
	struct sample *sample = *state;
	int fd = sample_connect(sample);

	sample_send(fd, GET("/big"));
	sample_until(sample, sample->n_held == 1);
	http_server_free(sample->server);
	sample->server = NULL;
	assert_int_equal(sample->n_released, 1);
	close(fd);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, sample_setup, sample_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(connection_is_kept_alive),
		TEST(pipelined_requests_are_answered_in_order),
		TEST(head_has_no_body),
		TEST(other_paths_are_not_found),
		TEST(not_found_keeps_the_connection),
		TEST(absolute_form_names_the_same_path),
		TEST(other_methods_are_refused),
		TEST(bodies_are_refused),
		TEST(arguments_are_decoded_and_repeat),
		TEST(arguments_are_bounded),
		TEST(http_1_0_works),
		TEST(failure_of_a_handler_is_500),
		TEST(garbage_closes),
		TEST(long_headers_are_refused_and_counted),
		TEST(big_body_reaches_a_slow_reader),
		TEST(reply_is_released_when_the_client_goes),
		TEST(reply_is_released_when_the_server_goes),
	};

	return cmocka_run_group_tests_name("http", tests, NULL, NULL);
}
