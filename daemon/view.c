/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/view.h"

#include <errno.h>

#include "config/json.h"
#include "daemon/clock.h"
#include "daemon/http_text.h"

#define LAYOUT (JSON_INDENT(2) | JSON_REAL_PRECISION(12))

static int reply_unavailable(const struct collector_ops *ops, struct worker *worker,
                             struct http_reply *reply)
{
	struct worker_status status;
	struct reason reason;

	if (!worker) {
		(void)reason_set(&reason, 0, "collector %s is disabled", ops->name);
		return http_text_reply(reply, 503, &reason);
	}
	worker_status(worker, monotonic_usec(), &status);
	(void)reason_set(&reason, 0, "collector %s has no fresh sample: %s%s%s", ops->name,
	                 worker_state_names[status.state], status.reason.text[0] ? ": " : "",
	                 status.reason.text);
	return http_text_reply(reply, 503, &reason);
}

static int reply_document(const json_t *document, struct http_reply *reply)
{
	char *json cleanup(free) = json_dumps(document, LAYOUT);
	char *text = NULL;
	int n = json ? asprintf(&text, "%s\n", json) : -1;

	if (n < 0)
		return -ENOMEM;
	*reply = (struct http_reply){
		.status = 200,
		.content_type = VIEW_CONTENT_TYPE,
		.no_store = true,
		.body = text,
		.n_body_bytes = (size_t)n,
		.release = free,
		.owner = text,
	};
	return 0;
}

int view_reply(const struct collector_ops *ops, struct worker *worker,
               const struct http_request *request, struct http_reply *reply)
{
	struct snapshot *snapshot cleanup(snapshot_unref) =
		worker ? worker_snapshot(worker, monotonic_usec()) : NULL;
	json_t *document cleanup(json_decref) = NULL;
	struct reason reason = { "" };
	int r;

	if (!snapshot)
		return reply_unavailable(ops, worker, reply);
	r = ops->view->answer(snapshot_batch(snapshot), request->arguments, request->n_arguments,
	                      &document, &reason);
	if (r == -EINVAL)
		return http_text_reply(reply, 400, &reason);
	return r < 0 ? r : reply_document(document, reply);
}
