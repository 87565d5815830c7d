/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A server with a few routes and clients for it, all in one thread: a client that has to wait turns
 * the server's loop meanwhile. Waiting is for a condition, and gives up after far longer than it
 * should ever take; no test depends on how long something took.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include <arpa/inet.h>
#include <cmocka.h>

#include "daemon/http.h"

#define SAMPLE_BIG_BYTES (4 * 1024 * 1024)
#define SAMPLE_PATIENCE  30 /* seconds */

struct sample {
	sd_event *event;
	struct http_server *server;
	struct http_options options;
	struct reason reason;
	char *listen[8];

	char *big;  /* SAMPLE_BIG_BYTES of a pattern */
	int n_held; /* replies given out and not released */
	int n_released;
	char arguments[512]; /* as the handler saw them: "name=value;" each */

	char *received; /* by the last sample_read() */
	size_t n_received;
};

static inline void sample_release(void *owner)
{
	struct sample *sample = owner;

	sample->n_held--;
	sample->n_released++;
}

static inline void sample_reply(struct sample *sample, struct http_reply *reply)
{
	reply->content_type = "text/plain";
	reply->release = sample_release;
	reply->owner = sample;
	sample->n_held++;
}

static inline int sample_hello(const struct http_request *request, void *userdata,
                               struct http_reply *reply)
{
	static const char body[] = "hello\n";

	(void)request;
	sample_reply(userdata, reply);
	reply->body = body;
	reply->n_body_bytes = strlen(body);
	return 0;
}

static inline int sample_big(const struct http_request *request, void *userdata,
                             struct http_reply *reply)
{
	struct sample *sample = userdata;

	(void)request;
	sample_reply(sample, reply);
	reply->body = sample->big;
	reply->n_body_bytes = SAMPLE_BIG_BYTES;
	return 0;
}

static inline int sample_arguments(const struct http_request *request, void *userdata,
                                   struct http_reply *reply)
{
	struct sample *sample = userdata;
	size_t used = 0;

	sample_reply(sample, reply);
	sample->arguments[0] = '\0';
	for (size_t i = 0; i < request->n_arguments && used < sizeof(sample->arguments); i++)
		used += (size_t)snprintf(sample->arguments + used, sizeof(sample->arguments) - used,
		                         "%s=%s;", request->arguments[i].name,
		                         request->arguments[i].value);
	return 0;
}

static inline int sample_fail(const struct http_request *request, void *userdata,
                              struct http_reply *reply)
{
	(void)request;
	(void)userdata;
	(void)reply;
	return -EIO;
}

static const struct http_route sample_routes[] = {
	{ "/hello", sample_hello, NULL },
	{ "/big", sample_big, NULL },
	{ "/arguments", sample_arguments, NULL },
	{ "/fail", sample_fail, NULL },
};

static inline int sample_apply(struct sample *sample)
{
	sample->options.listen.values = sample->listen;
	return http_server_apply(sample->server, &sample->options, &sample->reason);
}

static inline int sample_setup(void **state)
{
	struct sample *sample = calloc(1, sizeof(*sample));

	if (!sample || sd_event_new(&sample->event) < 0 ||
	    http_server_new(sample->event, sample_routes, ARRAY_SIZE(sample_routes), sample,
	                    &sample->server) < 0)
		return -1;
	sample->big = malloc(SAMPLE_BIG_BYTES);
	sample->received = malloc(SAMPLE_BIG_BYTES + 4096);
	for (size_t i = 0; i < SAMPLE_BIG_BYTES; i++)
		sample->big[i] = (char)(i * 2654435761 >> 16);
	sample->listen[0] = strdup("127.0.0.1:0");
	sample->options = (struct http_options){
		.listen.n = 1,
		.max_connections = 256,
		.max_connections_per_address = 128,
		.request_timeout_usec = 600000000,
		.reply_timeout_usec = 600000000,
		.idle_timeout_usec = 600000000,
	};
	*state = sample;
	return sample_apply(sample);
}

/* Whatever a test did, every reply must have been released once the server has gone. */
static inline int sample_teardown(void **state)
{
	struct sample *sample = *state;
	int n_held;

	http_server_free(sample->server);
	sd_event_unref(sample->event);
	for (size_t i = 0; i < ARRAY_SIZE(sample->listen); i++)
		free(sample->listen[i]);
	n_held = sample->n_held;
	free(sample->received);
	free(sample->big);
	free(sample);
	return n_held;
}

static inline time_t sample_now(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

/* Turns the loop once, waiting a little when nothing is due. */
static inline void sample_turn(struct sample *sample)
{
	assert_true(sd_event_run(sample->event, 5000) >= 0);
}

/* Turns the loop until the condition holds. */
#define sample_until(sample, condition)                                       \
	do {                                                                  \
		time_t begin_ = sample_now();                                 \
		while (!(condition)) {                                        \
			assert_true(sample_now() - begin_ < SAMPLE_PATIENCE); \
			sample_turn(sample);                                  \
		}                                                             \
	} while (0)

static inline struct http_statistics sample_statistics(const struct sample *sample)
{
	struct http_statistics statistics;

	http_server_statistics(sample->server, &statistics);
	return statistics;
}

static inline uint64_t sample_count(const struct sample *sample, const char *handler, unsigned code)
{
	struct http_statistics statistics = sample_statistics(sample);

	for (size_t i = 0; i < statistics.n_requests; i++)
		if (strcmp(statistics.requests[i].handler, handler) == 0 &&
		    statistics.requests[i].code == code)
			return statistics.requests[i].n;
	return 0;
}

/* A client's socket, connected to the first listener and non-blocking. */
static inline int sample_connect(struct sample *sample)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	const char *port = strrchr(http_server_url(sample->server, 0), ':') + 1;

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	address.sin_port = htons((uint16_t)atoi(port));
	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static inline void sample_send(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* Whether the peer has closed the connection, after what came before is thrown away. */
static inline bool sample_is_closed(int fd)
{
	char buffer[65536];
	ssize_t n = recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT);

	return n == 0 || (n < 0 && errno != EAGAIN);
}

static inline size_t sample_expected(const char *received)
{
	const char *end = strstr(received, "\r\n\r\n"), *length;

	if (!end)
		return SIZE_MAX;
	length = strcasestr(received, "\r\nContent-Length: ");
	return (size_t)(end + 4 - received) + (length ? (size_t)atol(length + 18) : 0);
}

static inline void sample_receive(struct sample *sample, int fd, size_t n_wanted)
{
	const size_t most = 32768; /* a big reply takes many turns */
	ssize_t n = recv(fd, sample->received + sample->n_received,
	                 n_wanted < most ? n_wanted : most, MSG_DONTWAIT);

	if (n < 0 && errno == EAGAIN) {
		sample_turn(sample);
		return;
	}
	assert_true(n > 0);
	sample->n_received += (size_t)n;
	sample->received[sample->n_received] = '\0';
}

/* Reads one reply; with_body false for those that only announce one (HEAD). */
static inline void sample_read(struct sample *sample, int fd, bool with_body)
{
	time_t begin = sample_now();
	char *end;

	sample->n_received = 0;
	sample->received[0] = '\0';
	/* Byte by byte to the end of the headers, so that a pipelined reply stays in the socket. */
	while (!(end = strstr(sample->received, "\r\n\r\n"))) {
		assert_true(sample_now() - begin < SAMPLE_PATIENCE && sample->n_received < 4000);
		sample_receive(sample, fd, 1);
	}
	while (with_body && sample->n_received < sample_expected(sample->received)) {
		assert_true(sample_now() - begin < SAMPLE_PATIENCE);
		sample_receive(sample, fd, sample_expected(sample->received) - sample->n_received);
	}
}

/* The status of the last reply read. */
static inline int sample_status(const struct sample *sample)
{
	return atoi(sample->received + strlen("HTTP/1.1 "));
}

static inline const char *sample_body(const struct sample *sample)
{
	return strstr(sample->received, "\r\n\r\n") + 4;
}

/* Sends the request on a new connection, reads the reply, and checks that it has the status. */
static inline int sample_ask(struct sample *sample, const char *request, int status)
{
	int fd = sample_connect(sample);

	sample_send(fd, request);
	sample_read(sample, fd, true);
	assert_int_equal(sample_status(sample), status);
	return fd;
}
