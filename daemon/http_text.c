/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/http_text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int http_text_reply(struct http_reply *reply, unsigned status, const struct reason *reason)
{
	char *text = NULL;
	int n = asprintf(&text, "%s\n", reason->text);

	if (n < 0)
		return -ENOMEM;
	*reply = (struct http_reply){
		.status = status,
		.content_type = HTTP_TEXT_PLAIN,
		.body = text,
		.n_body_bytes = (size_t)n,
		.release = free,
		.owner = text,
	};
	return 0;
}

int http_text_reply_constant(struct http_reply *reply, unsigned status, const char *content_type,
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
