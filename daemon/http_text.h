/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Replies in words, for people. */
#include "daemon/http.h"

#define HTTP_TEXT_PLAIN "text/plain; charset=utf-8"

/* The reason as a line of plain text: 0 or −ENOMEM. */
int http_text_reply(struct http_reply *reply, unsigned status, const struct reason *reason);

/* A text that stays where it is. */
int http_text_reply_constant(struct http_reply *reply, unsigned status, const char *content_type,
                             const char *text);
