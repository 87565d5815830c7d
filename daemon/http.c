/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The server on the loop. libmicrohttpd reads, parses and writes; what it is bad at is done here:
 *
 * It is given connections that are already accepted (MHD_add_connection), for three reasons: its
 * own accept spins when descriptors run out, a daemon of its own for each listening socket would
 * drop the connections of a listener that goes away, and the limits must make room before the next
 * one is let in. Its timeouts count silence only, so it has none: deadlines are the table's.
 *
 * The timer is set after each run, not at each change: a request that is answered within one run
 * costs no timerfd_settime(2). It is moved only to earlier times, and looks again when it fires.
 */
#include "daemon/http.h"

#include <errno.h>
#include <string.h>

#include "daemon/http_server.h"
#include "daemon/listen_address.h"

#define HEADER_BYTES (32 * 1024) /* memory of a connection, which bounds its headers */
#define USEC_PER_SEC UINT64_C(1000000)

/* Connections that have been cut are still the daemon's until it looks at them. */
#define CONNECTIONS_MAX       4096
#define DAEMON_CONNECTION_MAX (2 * CONNECTIONS_MAX)

/*
 * A connection that is handed over must be the daemon's own before the call returns; libmicrohttpd
 * that guards itself against other threads (as of 0.9.77) would put it off.
 */
#if MHD_VERSION >= 0x00097707
#define ONE_THREAD MHD_USE_NO_THREAD_SAFETY
#else
#define ONE_THREAD 0
#endif

#define OPTION_MEMBER(member) .offset = offsetof(struct http_options, member)

const struct option http_options_table[] = {
	{ "listen",
	  "Addresses to listen on: \"127.0.0.1:10066\", \"[::1]:10066\", \":10066\" for all "
	  "addresses, or \"unix:/path\". Not used when the service manager passes sockets "
	  "(txpathd.socket).",
	  OPTION_STRINGS, OPTION_MEMBER(listen), .fallback = "[\"127.0.0.1:10066\"]",
	  .max = HTTP_LISTENERS_MAX, .check = listen_address_check },
	{ "max_connections",
	  "Most connections at a time. A further one takes the place of the oldest "
	  "that is not in the middle of a reply.",
	  OPTION_INTEGER, OPTION_MEMBER(max_connections), .fallback = "256", .min = 1,
	  .max = CONNECTIONS_MAX },
	{ "max_connections_per_address", "Most connections at a time from one IP address.",
	  OPTION_INTEGER, OPTION_MEMBER(max_connections_per_address), .fallback = "128", .min = 1,
	  .max = CONNECTIONS_MAX },
	{ "request_timeout", "Longest time that a request may take to arrive.", OPTION_DURATION,
	  OPTION_MEMBER(request_timeout_usec), .fallback = "\"10s\"", .min = USEC_PER_SEC,
	  .max = 3600 * USEC_PER_SEC },
	{ "reply_timeout", "Longest time that a client may take to read a reply.", OPTION_DURATION,
	  OPTION_MEMBER(reply_timeout_usec), .fallback = "\"30s\"", .min = USEC_PER_SEC,
	  .max = 3600 * USEC_PER_SEC },
	{ "idle_timeout", "How long a connection is kept open between two requests.",
	  OPTION_DURATION, OPTION_MEMBER(idle_timeout_usec), .fallback = "\"5min\"",
	  .min = USEC_PER_SEC, .max = 3600 * USEC_PER_SEC },
	OPTION_END,
};

const char *const http_rejection_names[HTTP_REJECTIONS] = {
	[HTTP_REJECTED_LIMIT] = "limit",
	[HTTP_REJECTED_ADDRESS] = "address",
	[HTTP_REJECTED_TIMEOUT] = "timeout",
};

static void arm_deadline(struct http_server *server)
{
	uint64_t deadline_usec = connection_table_deadline(&server->table);

	if (deadline_usec >= server->armed_usec)
		return;
	if (sd_event_source_set_time(server->deadline, deadline_usec) >= 0 &&
	    sd_event_source_set_enabled(server->deadline, SD_EVENT_ONESHOT) >= 0)
		server->armed_usec = deadline_usec;
}

/* Lets the daemon do what is due, and sets the timer for what comes next. */
static void run(struct http_server *server)
{
	MHD_UNSIGNED_LONG_LONG timeout_msec;

	(void)MHD_run(server->daemon);
	if (MHD_get_timeout(server->daemon, &timeout_msec) == MHD_YES)
		http_server_run_again(server);
	arm_deadline(server);
}

static int on_ready(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	(void)source;
	(void)fd;
	(void)events;
	run(userdata);
	return 0;
}

static int on_again(sd_event_source *source, void *userdata)
{
	(void)source;
	run(userdata);
	return 0;
}

static int on_deadline(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct http_server *server = userdata;

	(void)source;
	(void)usec;
	server->armed_usec = UINT64_MAX;
	connection_table_expire(&server->table, http_answer_now(&server->answerer));
	run(server);
	return 0;
}

static int start_daemon(struct http_server *server)
{
	const union MHD_DaemonInfo *info;

	server->daemon = MHD_start_daemon(
		MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | ONE_THREAD, 0, NULL, NULL, http_answer,
		&server->answerer, MHD_OPTION_URI_LOG_CALLBACK, http_answer_begin,
		&server->answerer, MHD_OPTION_NOTIFY_COMPLETED, http_answer_end, &server->answerer,
		MHD_OPTION_NOTIFY_CONNECTION, http_server_notify, server,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEADER_BYTES,
		MHD_OPTION_CONNECTION_LIMIT, (unsigned)DAEMON_CONNECTION_MAX,
		MHD_OPTION_CONNECTION_TIMEOUT, 0U, MHD_OPTION_END);
	if (!server->daemon)
		return -ENOMEM;
	info = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	return sd_event_add_io(server->answerer.event, &server->ready, info->epoll_fd, EPOLLIN,
	                       on_ready, server);
}

/* The two that wait until they are set: the daemon's "again", and the deadline. */
static int add_timers(struct http_server *server)
{
	sd_event *event = server->answerer.event;
	int r = sd_event_add_defer(event, &server->again, on_again, server);

	if (r >= 0)
		r = sd_event_source_set_enabled(server->again, SD_EVENT_OFF);
	if (r >= 0)
		r = sd_event_add_time(event, &server->deadline, CLOCK_MONOTONIC, 0, 0, on_deadline,
		                      server);
	return r < 0 ? r : sd_event_source_set_enabled(server->deadline, SD_EVENT_OFF);
}

int http_server_new(sd_event *event, const struct http_route *routes, size_t n_routes,
                    void *userdata, struct http_server **ret_server)
{
	cleanup(http_server_free) struct http_server *server = calloc(1, sizeof(*server));
	int r;

	if (!server)
		return -ENOMEM;
	server->armed_usec = UINT64_MAX;
	connection_table_init(&server->table);
	server->answerer = (struct http_answerer){
		.event = sd_event_ref(event),
		.table = &server->table,
		.routes = routes,
		.n_routes = n_routes,
		.userdata = userdata,
	};
	r = start_daemon(server);
	if (r >= 0)
		r = add_timers(server);
	if (r < 0)
		return r;
	*ret_server = steal_pointer(server);
	return 0;
}

void http_server_free(struct http_server *server)
{
	if (!server)
		return;
	http_server_close_ports(server);
	sd_event_source_disable_unref(server->ready);
	sd_event_source_disable_unref(server->again);
	sd_event_source_disable_unref(server->deadline);
	if (server->daemon)
		MHD_stop_daemon(server->daemon);
	sd_event_unref(server->answerer.event);
	free(server->answerer.counts);
	free(server);
}

void http_server_statistics(const struct http_server *server,
                            struct http_statistics *ret_statistics)
{
	*ret_statistics = (struct http_statistics){
		.requests = server->answerer.counts,
		.n_requests = server->answerer.n_counts,
		.n_connections = server->table.n,
		.n_response_bytes = server->answerer.n_response_bytes,
	};
	memcpy(ret_statistics->n_rejected, server->table.n_rejected,
	       sizeof(server->table.n_rejected));
}
