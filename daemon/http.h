/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The HTTP/1.1 server (RFC 9110, 9112) on the control thread's event loop: libmicrohttpd in
 * external epoll mode, given connections that are accepted here. It knows routes and replies, and
 * nothing of metrics. Handlers must not block.
 *
 * Bounds, each counted when hit: connections in all and per peer address (the oldest one that is
 * not in the middle of a reply gives way), header size, and absolute time for a request to arrive,
 * for a reply to be taken and for a kept-alive connection to stay silent, so that a client cannot
 * hold a place by being slow.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "config/option.h"
#include "daemon/argument.h"
#include "daemon/cleanup.h"
#include "daemon/reason.h"

#define HTTP_LISTENERS_MAX 32

/* The "http" section of the configuration. */
struct http_options {
	struct string_list
		listen; /* "127.0.0.1:10066", "[::1]:10066", ":10066", "unix:/run/x.sock" */
	uint64_t max_connections;
	uint64_t max_connections_per_address;
	uint64_t request_timeout_usec; /* connected, or request line, to whole request */
	uint64_t reply_timeout_usec;   /* request to reply taken */
	uint64_t idle_timeout_usec;    /* from a reply taken to the next request line */
};

extern const struct option http_options_table[];

/*
 * A reply: status, headers and a body, which is sent from where it lies. It is one piece, because
 * libmicrohttpd sends one together with the headers, but several in system calls of their own after
 * them: measured, that doubles the cost of a request (tests/bench/).
 */
struct http_reply {
	unsigned status;
	const char *content_type; /* never NULL */
	bool no_store;            /* each answer is another: Cache-Control says so */
	const void *body;
	size_t n_body_bytes;
	void (*release)(void *owner); /* called once when the body is no longer needed, if set */
	void *owner;
};

struct http_route;

struct http_request {
	const struct http_route *route;
	const struct argument *arguments; /* in order, repeated names kept */
	size_t n_arguments;
};

struct http_route {
	const char *path; /* exact; also the "handler" label of the request counters */
	/*
	 * Fills the reply, which is zeroed before but for status 200. −errno: the client gets 500,
	 * and nothing is released.
	 */
	int (*handle)(const struct http_request *request, void *userdata, struct http_reply *reply);
	const void *context; /* the handler's own: what tells its routes apart */
};

enum http_rejection {
	HTTP_REJECTED_LIMIT,   /* too many connections */
	HTTP_REJECTED_ADDRESS, /* too many from one address */
	HTTP_REJECTED_TIMEOUT, /* slower than the time allowed; not those that were merely idle */
	HTTP_REJECTIONS,
};

/* "limit", "address", "timeout": values of the "cause" label. */
extern const char *const http_rejection_names[HTTP_REJECTIONS];

/*
 * Replies, by route and code, counted when they are taken or lost. What is refused before its
 * request line is complete (414, 505, most garbage) is not known to the server, and not counted.
 */
struct http_request_count {
	const char *handler; /* a route's path, or "other" */
	unsigned code;
	uint64_t n;
};

struct http_statistics {
	const struct http_request_count *requests; /* one per handler and code seen */
	size_t n_requests;
	uint64_t n_connections; /* open now */
	uint64_t n_rejected[HTTP_REJECTIONS];
	uint64_t n_response_bytes; /* of bodies that were taken whole */
};

struct http_server;

/* The routes must outlive the server. Listens nowhere yet. −ENOMEM and such. */
int http_server_new(sd_event *event, const struct http_route *routes, size_t n_routes,
                    void *userdata, struct http_server **ret_server);

/* Closes every listener and connection at once. */
void http_server_free(struct http_server *server);
DEFINE_CLEANUP(struct http_server, http_server_free)

struct listener;

/*
 * Serves a listener that was opened elsewhere, and from then on none of the options'. To be called
 * for each of them before the first http_server_apply(). The listener is the server's, failed or
 * not. −ENOMEM and such.
 */
int http_server_adopt(struct http_server *server, struct listener *listener, struct reason *reason);

/*
 * Takes options into use: opens the listeners that are new, keeps those that stay, closes those
 * that are gone. When any cannot be opened nothing changes at all: −errno, and the reason names the
 * listener and why. Connections stay, also those of a listener that goes; beyond a lower limit the
 * oldest are cut. The options are not used after the call. Adopted listeners stay whatever they say.
 *
 * A listener that is the same address in another spelling is a new one, so it is −EADDRINUSE.
 */
int http_server_apply(struct http_server *server, const struct http_options *options,
                      struct reason *reason);

/*
 * Where it listens now, in the order of the options or of adoption, as the kernel has it (port 0
 * resolved): "http://…" or "unix:…"; NULL past the end. Valid until the next http_server_apply().
 */
const char *http_server_url(const struct http_server *server, size_t index);

/*
 * Lets new connections wait at the listeners that there are now, or takes them, which is how a
 * listener begins.
 */
void http_server_accept(struct http_server *server, bool accept);

/* The requests it points to are the server's, valid until its loop turns again. */
void http_server_statistics(const struct http_server *server,
                            struct http_statistics *ret_statistics);
