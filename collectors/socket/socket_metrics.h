/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What is exported of a census. */
#include "collectors/namespace.h"
#include "collectors/socket/socket_census.h"

/* Of one network namespace; NULL is the daemon's own. */
void socket_metrics_write(const struct socket_census *census, const struct namespace *namespace,
                          struct batch *batch);

/* Of all together. */
void socket_metrics_write_bound(const struct socket_bound *bound, struct batch *batch);
