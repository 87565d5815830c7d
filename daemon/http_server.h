/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What the files of the HTTP server share; daemon/http.h is its interface. */
#include "daemon/http.h"
#include "daemon/http_answer.h"
#include "daemon/listener.h"

/* A listener in use, and its place on the loop. */
struct http_port {
	struct listener *listener;
	sd_event_source *source;
};

struct http_server {
	struct http_answerer answerer;
	struct connection_table table;

	struct MHD_Daemon *daemon;
	sd_event_source *ready;    /* its epoll descriptor */
	sd_event_source *again;    /* it has more to do without anything becoming ready */
	sd_event_source *deadline; /* of the table */
	uint64_t armed_usec;       /* for when the deadline timer is set; UINT64_MAX: not at all */

	struct http_port *ports; /* in the order of the options, or of adoption */
	size_t n_ports;
	bool adopted;                /* they are not the options' */
	sd_event_source *resume;     /* accepts again after a pause */
	struct http_client *handing; /* on its way into the daemon */
};

/* Lets the daemon look, at the loop's next turn, at what was done to its connections. */
static inline void http_server_run_again(struct http_server *server)
{
	(void)sd_event_source_set_enabled(server->again, SD_EVENT_ONESHOT);
}

/* The daemon's notification of connections opened and closed; cls is the server. */
void http_server_notify(void *cls, struct MHD_Connection *connection, void **socket_context,
                        enum MHD_ConnectionNotificationCode code);

/* Stops listening everywhere. */
void http_server_close_ports(struct http_server *server);
