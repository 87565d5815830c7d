/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The HTTP surface: what each path answers.
 *
 *   /metrics     the exposition, Prometheus text 0.0.4; collect[]= and exclude[]= choose parts
 *   /api/v1/…    views of collectors (daemon/view.h), each at the path that it names
 *   /-/healthy   200 as long as the control thread answers at all
 *   /-/ready     200 once every collector has had its first sample, 503 before
 *   /            a page that names the version and links to the others
 */
#include "daemon/crew.h"
#include "daemon/exposition.h"
#include "daemon/http.h"

struct endpoints;

struct endpoint_routes {
	size_t n;
	const struct http_route *routes;
};

/* The paths of a daemon with these collectors (ended by NULL). NULL: out of memory. */
struct endpoints *endpoints_new(const struct collector_ops *const *collectors);
void endpoints_free(struct endpoints *endpoints);
DEFINE_CLEANUP(struct endpoints, endpoints_free)

/* Routes for http_server_new(), with the endpoints as userdata. */
struct endpoint_routes endpoints_routes(const struct endpoints *endpoints);

/* From here on the workers run; before, all that is theirs is 503. */
void endpoints_start(struct endpoints *endpoints, const struct crew *crew,
                     struct exposition *exposition);
