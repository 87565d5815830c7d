/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The HTTP surface: what each path answers.
 *
 *   /metrics     the exposition, Prometheus text 0.0.4; collect[]= and exclude[]= choose parts
 *   /-/healthy   200 as long as the control thread answers at all
 *   /-/ready     200 once every collector has had its first sample, 503 before
 *   /            a page that names the version and links to the others
 */
#include "daemon/crew.h"
#include "daemon/exposition.h"
#include "daemon/http.h"

struct endpoints {
	const struct crew *crew; /* NULL until the workers run: not ready */
	struct exposition *exposition;
};

/* Routes for http_server_new(), with a struct endpoints as userdata. */
extern const struct http_route endpoint_routes[];
extern const size_t n_endpoint_routes;
