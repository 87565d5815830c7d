/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Handlers run on the control thread and only gather what others have made. */
#include "daemon/endpoints.h"

#include <errno.h>
#include <stdio.h>

#define PLAIN "text/plain; charset=utf-8"
#define HTML  "text/html; charset=utf-8"

static int reply_constant(struct http_reply *reply, unsigned status, const char *content_type,
                          const char *text)
{
	*reply = (struct http_reply){
		.status = status,
		.content_type = content_type,
		.body = text,
		.n_body_bytes = strlen(text),
	};
	return 0;
}

static int reply_reason(struct http_reply *reply, unsigned status, const struct reason *reason)
{
	char *text = NULL;
	int n = asprintf(&text, "%s\n", reason->text);

	if (n < 0)
		return -ENOMEM;
	*reply = (struct http_reply){
		.status = status,
		.content_type = PLAIN,
		.body = text,
		.n_body_bytes = (size_t)n,
		.release = free,
		.owner = text,
	};
	return 0;
}

static int handle_metrics(const struct http_request *request, void *userdata,
                          struct http_reply *reply)
{
	const struct endpoints *endpoints = userdata;
	exposition_choice choice;
	struct reason reason;

	if (!endpoints->crew)
		return reply_constant(reply, 503, PLAIN, "starting\n");
	if (exposition_choose(endpoints->crew, request->arguments, request->n_arguments, &choice,
	                      &reason) < 0)
		return reply_reason(reply, 400, &reason);
	return exposition_reply(endpoints->exposition, choice, reply);
}

static int handle_healthy(const struct http_request *request, void *userdata,
                          struct http_reply *reply)
{
	(void)request;
	(void)userdata;
	return reply_constant(reply, 200, PLAIN, "healthy\n");
}

static int handle_ready(const struct http_request *request, void *userdata,
                        struct http_reply *reply)
{
	const struct endpoints *endpoints = userdata;

	(void)request;
	if (!endpoints->crew || !crew_has_started(endpoints->crew))
		return reply_constant(reply, 503, PLAIN, "starting\n");
	return reply_constant(reply, 200, PLAIN, "ready\n");
}

static int handle_root(const struct http_request *request, void *userdata, struct http_reply *reply)
{
	(void)request;
	(void)userdata;
	return reply_constant(reply, 200, HTML,
	                      "<!doctype html>\n"
	                      "<html lang=\"en\">\n"
	                      "<head><meta charset=\"utf-8\"><title>txpathd</title></head>\n"
	                      "<body>\n"
	                      "<h1>txpathd " TXPATHD_VERSION "</h1>\n"
	                      "<p>Where outgoing bytes wait on this machine.</p>\n"
	                      "<ul>\n"
	                      "<li><a href=\"/metrics\">Metrics</a></li>\n"
	                      "<li><a href=\"/-/healthy\">Healthy</a></li>\n"
	                      "<li><a href=\"/-/ready\">Ready</a></li>\n"
	                      "</ul>\n"
	                      "</body>\n"
	                      "</html>\n");
}

const struct http_route endpoint_routes[] = {
	{ "/", handle_root },
	{ "/metrics", handle_metrics },
	{ "/-/healthy", handle_healthy },
	{ "/-/ready", handle_ready },
};

const size_t n_endpoint_routes = ARRAY_SIZE(endpoint_routes);
