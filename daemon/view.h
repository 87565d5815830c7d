/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Collectors' views over HTTP: JSON (RFC 8259) that is made of the newest snapshot when asked. */
#include "daemon/http.h"
#include "daemon/worker.h"

#define VIEW_CONTENT_TYPE "application/json"

/*
 * The view's answer. Without a fresh snapshot, or a worker (NULL: the collector is disabled), it is
 * a 503, with an argument that is wrong a 400, and the body says why. 0 or −ENOMEM.
 */
int view_reply(const struct collector_ops *ops, struct worker *worker,
               const struct http_request *request, struct http_reply *reply);
