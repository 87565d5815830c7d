/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Handlers run on the control thread and only gather what others have made. */
#include "daemon/endpoints.h"

#include <errno.h>
#include <stdio.h>

#include "daemon/http_text.h"
#include "daemon/view.h"

#define HTML "text/html; charset=utf-8"

struct endpoints {
	const struct crew *crew; /* NULL until the workers run: not ready */
	struct exposition *exposition;
	struct endpoint_routes routes;
	struct buffer page; /* of "/", terminated */
};

static int handle_metrics(const struct http_request *request, void *userdata,
                          struct http_reply *reply)
{
	const struct endpoints *endpoints = userdata;
	exposition_choice choice;
	struct reason reason;

	if (!endpoints->crew)
		return http_text_reply_constant(reply, 503, HTTP_TEXT_PLAIN, "starting\n");
	if (exposition_choose(endpoints->crew, request->arguments, request->n_arguments, &choice,
	                      &reason) < 0)
		return http_text_reply(reply, 400, &reason);
	return exposition_reply(endpoints->exposition, choice, reply);
}

static int handle_healthy(const struct http_request *request, void *userdata,
                          struct http_reply *reply)
{
	(void)request;
	(void)userdata;
	return http_text_reply_constant(reply, 200, HTTP_TEXT_PLAIN, "healthy\n");
}

static int handle_ready(const struct http_request *request, void *userdata,
                        struct http_reply *reply)
{
	const struct endpoints *endpoints = userdata;

	(void)request;
	if (!endpoints->crew || !crew_has_started(endpoints->crew))
		return http_text_reply_constant(reply, 503, HTTP_TEXT_PLAIN, "starting\n");
	return http_text_reply_constant(reply, 200, HTTP_TEXT_PLAIN, "ready\n");
}

static int handle_root(const struct http_request *request, void *userdata, struct http_reply *reply)
{
	const struct endpoints *endpoints = userdata;

	(void)request;
	return http_text_reply_constant(reply, 200, HTML, endpoints->page.bytes);
}

static int handle_view(const struct http_request *request, void *userdata, struct http_reply *reply)
{
	const struct endpoints *endpoints = userdata;
	const struct collector_ops *ops = request->route->context;
	int index;

	if (!endpoints->crew)
		return http_text_reply_constant(reply, 503, HTTP_TEXT_PLAIN, "starting\n");
	index = crew_find(endpoints->crew, ops->name);
	assert(index >= 0);
	return view_reply(ops, crew_worker(endpoints->crew, (size_t)index), request, reply);
}

static const struct http_route fixed_routes[] = {
	{ "/", handle_root, NULL },
	{ "/metrics", handle_metrics, NULL },
	{ "/-/healthy", handle_healthy, NULL },
	{ "/-/ready", handle_ready, NULL },
};

/* The fixed routes, and one for each view. */
static int make_routes(struct endpoints *endpoints, const struct collector_ops *const *collectors)
{
	size_t n = ARRAY_SIZE(fixed_routes);
	struct http_route *routes;

	for (size_t i = 0; collectors[i]; i++)
		n += collectors[i]->view != NULL;
	routes = calloc(n, sizeof(*routes));
	if (!routes)
		return -ENOMEM;
	memcpy(routes, fixed_routes, sizeof(fixed_routes));
	endpoints->routes = (struct endpoint_routes){ n, routes };
	routes += ARRAY_SIZE(fixed_routes);
	for (size_t i = 0; collectors[i]; i++)
		if (collectors[i]->view)
			*routes++ = (struct http_route){ collectors[i]->view->path, handle_view,
				                         collectors[i] };
	return 0;
}

static void add_link(struct buffer *page, const char *path, const char *text)
{
	buffer_append_string(page, "<li><a href=\"");
	buffer_append_string(page, path);
	buffer_append_string(page, "\">");
	buffer_append_string(page, text);
	buffer_append_string(page, "</a></li>\n");
}

/* Summaries are our own words, and hold nothing that HTML would take for its own. */
static int make_page(struct endpoints *endpoints, const struct collector_ops *const *collectors)
{
	struct buffer *page = &endpoints->page;

	buffer_append_string(page,
	                     "<!doctype html>\n"
	                     "<html lang=\"en\">\n"
	                     "<head><meta charset=\"utf-8\"><title>txpathd</title></head>\n"
	                     "<body>\n"
	                     "<h1>txpathd " TXPATHD_VERSION "</h1>\n"
	                     "<p>Where outgoing bytes wait on this machine.</p>\n"
	                     "<ul>\n");
	add_link(page, "/metrics", "Metrics");
	for (; *collectors; collectors++)
		if ((*collectors)->view)
			add_link(page, (*collectors)->view->path, (*collectors)->view->summary);
	add_link(page, "/-/healthy", "Healthy");
	add_link(page, "/-/ready", "Ready");
	buffer_append_string(page,
	                     "</ul>\n"
	                     "</body>\n"
	                     "</html>\n");
	buffer_append(page, "", 1);
	return page->error;
}

struct endpoints *endpoints_new(const struct collector_ops *const *collectors)
{
	struct endpoints *endpoints cleanup(endpoints_free) = calloc(1, sizeof(*endpoints));

	if (!endpoints || make_routes(endpoints, collectors) < 0 ||
	    make_page(endpoints, collectors) < 0)
		return NULL;
	return steal_pointer(endpoints);
}

void endpoints_free(struct endpoints *endpoints)
{
	if (!endpoints)
		return;
	buffer_release(&endpoints->page);
	free((void *)(uintptr_t)endpoints->routes.routes);
	free(endpoints);
}

struct endpoint_routes endpoints_routes(const struct endpoints *endpoints)
{
	return endpoints->routes;
}

void endpoints_start(struct endpoints *endpoints, const struct crew *crew,
                     struct exposition *exposition)
{
	endpoints->crew = crew;
	endpoints->exposition = exposition;
}
