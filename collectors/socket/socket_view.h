/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* /api/v1/sockets: the sockets that stand out, one by one. */
#include "collectors/namespace.h"
#include "collectors/socket/socket_census.h"
#include "daemon/collector.h"

/* Leaves the details of a census' last sample in the batch; NULL is our own network namespace. */
void socket_view_leave(const struct socket_census *census, const struct namespace *namespace,
                       struct batch *batch);

extern const struct collector_view socket_view;
