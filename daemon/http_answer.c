/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A reply that is queued in the first call of http_answer() makes libmicrohttpd close the
 * connection after it, because a body may follow that nobody reads: that is what refusals want. All
 * other replies wait for the second call.
 *
 * The path is compared as it was sent, before libmicrohttpd decodes it: "/metrics%00x" decoded is
 * a C string that ends early.
 */
#include "daemon/http_answer.h"

#include <errno.h>
#include <string.h>

#define ARGUMENTS_MAX 64

static struct http_client *client_of(struct MHD_Connection *connection)
{
	return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)
		->socket_context;
}

uint64_t http_answer_now(const struct http_answerer *answerer)
{
	uint64_t now_usec = 0;

	(void)sd_event_now(answerer->event, CLOCK_MONOTONIC, &now_usec);
	return now_usec;
}

/* The path of a request target; in absolute form (RFC 9112 3.2.2) what follows the authority. */
static const char *target_path(const char *target)
{
	static const char scheme[] = "http://";

	if (strncasecmp(target, scheme, strlen(scheme)) != 0)
		return target;
	target += strlen(scheme);
	return target + strcspn(target, "/?");
}

static const struct http_route *find_route(const struct http_answerer *answerer, const char *target)
{
	const char *path = target_path(target);
	size_t length = strcspn(path, "?");

	for (size_t i = 0; i < answerer->n_routes; i++)
		if (strlen(answerer->routes[i].path) == length &&
		    memcmp(answerer->routes[i].path, path, length) == 0)
			return &answerer->routes[i];
	return NULL;
}

void *http_answer_begin(void *cls, const char *uri, struct MHD_Connection *connection)
{
	struct http_answerer *answerer = cls;
	struct http_client *client = client_of(connection);

	client->route = uri ? find_route(answerer, uri) : NULL;
	client->headers_read = false;
	client->n_body_bytes = 0;
	connection_table_enter(answerer->table, &client->connection, CONNECTION_ARRIVING,
	                       http_answer_now(answerer));
	return client;
}

static enum MHD_Result queue(struct MHD_Connection *connection, const struct http_reply *reply,
                             struct MHD_Response *response)
{
	enum MHD_Result queued = MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
	                                                 reply->content_type);

	if (queued == MHD_YES && reply->status == MHD_HTTP_METHOD_NOT_ALLOWED)
		queued = MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
	if (queued == MHD_YES && reply->no_store)
		queued = MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL,
		                                 "no-store");
	if (queued == MHD_YES)
		queued = MHD_queue_response(connection, reply->status, response);
	MHD_destroy_response(response);
	return queued;
}

/* libmicrohttpd wants a pointer to write through for what it only reads. */
static void *read_only(const void *bytes)
{
	return (void *)(uintptr_t)bytes;
}

/* A reply in words; MHD_NO, which closes the connection, when there is no memory for it. */
static enum MHD_Result explain(struct http_client *client, struct MHD_Connection *connection,
                               unsigned status, const char *text)
{
	const struct http_reply reply = { .status = status,
		                          .content_type = "text/plain; charset=utf-8" };
	struct MHD_Response *response = MHD_create_response_from_buffer(
		strlen(text), read_only(text), MHD_RESPMEM_PERSISTENT);

	client->n_body_bytes = strlen(text);
	return response ? queue(connection, &reply, response) : MHD_NO;
}

static bool has_body(struct MHD_Connection *connection)
{
	const char *length = MHD_lookup_connection_value(connection, MHD_HEADER_KIND,
	                                                 MHD_HTTP_HEADER_CONTENT_LENGTH);

	return (length && length[strspn(length, "0")] != '\0') ||
		MHD_lookup_connection_value(connection, MHD_HEADER_KIND,
	                                    MHD_HTTP_HEADER_TRANSFER_ENCODING);
}

/* What can be said once the headers are there: refuses and closes, or lets the request come in. */
static enum MHD_Result answer_headers(struct MHD_Connection *connection, const char *method,
                                      const char *version, struct http_client *client)
{
	bool reads = strcmp(method, MHD_HTTP_METHOD_GET) == 0 ||
		strcmp(method, MHD_HTTP_METHOD_HEAD) == 0;

	if (client->route && !reads)
		return explain(client, connection, MHD_HTTP_METHOD_NOT_ALLOWED,
		               "405 Method Not Allowed: only GET and HEAD are\n");
	if (strcmp(version, MHD_HTTP_VERSION_1_1) == 0 &&
	    !MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_HOST))
		return explain(client, connection, MHD_HTTP_BAD_REQUEST,
		               "400 Bad Request: no Host (RFC 9112 section 3.2)\n");
	if (!has_body(connection))
		return MHD_YES;
	if (!client->route)
		return explain(client, connection, MHD_HTTP_NOT_FOUND, "404 Not Found\n");
	return explain(client, connection, MHD_HTTP_BAD_REQUEST,
	               "400 Bad Request: no body is expected here\n");
}

struct argument_list {
	struct argument arguments[ARGUMENTS_MAX];
	size_t n;
	const char *fault;
};

static enum MHD_Result add_argument(void *cls, enum MHD_ValueKind kind, const char *name,
                                    size_t name_size, const char *value, size_t value_size)
{
	struct argument_list *list = cls;

	(void)kind;
	if (!value)
		value = "";
	if (strlen(name) != name_size || strlen(value) != value_size)
		list->fault = "400 Bad Request: an argument contains %00\n";
	else if (list->n == ARGUMENTS_MAX)
		list->fault = "400 Bad Request: too many arguments\n";
	if (list->fault)
		return MHD_NO;
	list->arguments[list->n++] = (struct argument){ name, value };
	return MHD_YES;
}

static enum MHD_Result answer_route(const struct http_answerer *answerer,
                                    struct MHD_Connection *connection, struct http_client *client)
{
	struct argument_list list = { .n = 0 };
	struct http_request request = { client->route, list.arguments, 0 };
	struct http_reply reply = { .status = MHD_HTTP_OK };
	struct MHD_Response *response;

	(void)MHD_get_connection_values_n(connection, MHD_GET_ARGUMENT_KIND, add_argument, &list);
	if (list.fault)
		return explain(client, connection, MHD_HTTP_BAD_REQUEST, list.fault);
	request.n_arguments = list.n;
	if (client->route->handle(&request, answerer->userdata, &reply) < 0)
		return explain(client, connection, MHD_HTTP_INTERNAL_SERVER_ERROR,
		               "500 Internal Server Error\n");

	client->n_body_bytes = reply.n_body_bytes;
	response = MHD_create_response_from_buffer_with_free_callback_cls(
		reply.n_body_bytes, read_only(reply.body), reply.release, reply.owner);
	if (!response) {
		if (reply.release)
			reply.release(reply.owner);
		return MHD_NO;
	}
	return queue(connection, &reply, response);
}

enum MHD_Result http_answer(void *cls, struct MHD_Connection *connection, const char *url,
                            const char *method, const char *version, const char *upload_data,
                            size_t *upload_data_size, void **con_cls)
{
	struct http_answerer *answerer = cls;
	struct http_client *client = *con_cls;
	enum MHD_Result answered;

	(void)url;
	(void)upload_data;
	(void)upload_data_size;
	if (!client->headers_read) {
		client->headers_read = true;
		answered = answer_headers(connection, method, version, client);
	} else {
		answered = client->route
			? answer_route(answerer, connection, client)
			: explain(client, connection, MHD_HTTP_NOT_FOUND, "404 Not Found\n");
		connection_table_enter(answerer->table, &client->connection, CONNECTION_REPLYING,
		                       http_answer_now(answerer));
	}
	if (strcmp(method, MHD_HTTP_METHOD_HEAD) == 0)
		client->n_body_bytes = 0;
	return answered;
}

/* A reply that cannot be counted for want of memory is not worth failing for. */
static void count_reply(struct http_answerer *answerer, const char *handler, unsigned code)
{
	struct http_request_count *counts = answerer->counts;

	for (size_t i = 0; i < answerer->n_counts; i++) {
		if (counts[i].handler == handler && counts[i].code == code) {
			counts[i].n++;
			return;
		}
	}
	counts = reallocarray(counts, answerer->n_counts + 1, sizeof(*counts));
	if (!counts)
		return;
	counts[answerer->n_counts++] = (struct http_request_count){ handler, code, 1 };
	answerer->counts = counts;
}

void http_answer_end(void *cls, struct MHD_Connection *connection, void **con_cls,
                     enum MHD_RequestTerminationCode code)
{
	static const char other[] = "other";
	struct http_answerer *answerer = cls;
	struct http_client *client = *con_cls;
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_HTTP_STATUS);

	if (info)
		count_reply(answerer, client->route ? client->route->path : other,
		            info->http_status);
	if (code == MHD_REQUEST_TERMINATED_COMPLETED_OK)
		answerer->n_response_bytes += client->n_body_bytes;
	connection_table_enter(answerer->table, &client->connection, CONNECTION_IDLE,
	                       http_answer_now(answerer));
}
