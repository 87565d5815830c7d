/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * From a request to its reply: the callbacks that libmicrohttpd makes for each request of a
 * connection, in this order: begin (request line read), answer (headers read; again when a body
 * would follow), end (reply taken, or the connection lost).
 */
#include <microhttpd.h>

#include "daemon/connection.h"

/* A connection and the request that it is at; libmicrohttpd's "socket context". */
struct http_client {
	struct connection connection;
	const struct http_route *route; /* NULL: no such path */
	bool headers_read;
	uint64_t n_body_bytes; /* of the reply queued */
};

struct http_answerer {
	sd_event *event; /* whose clock the table is kept by */
	struct connection_table *table;
	const struct http_route *routes;
	size_t n_routes;
	void *userdata;

	struct http_request_count *counts;
	size_t n_counts;
	uint64_t n_response_bytes;
};

/* Callbacks; cls is the struct http_answerer. */
void *http_answer_begin(void *cls, const char *uri, struct MHD_Connection *connection);
enum MHD_Result http_answer(void *cls, struct MHD_Connection *connection, const char *url,
                            const char *method, const char *version, const char *upload_data,
                            size_t *upload_data_size, void **con_cls);
void http_answer_end(void *cls, struct MHD_Connection *connection, void **con_cls,
                     enum MHD_RequestTerminationCode code);

/* The loop's time now, microseconds of CLOCK_MONOTONIC. */
uint64_t http_answer_now(const struct http_answerer *answerer);
