/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* A network namespace whose qdiscs can be asked for. */
#include "collectors/device.h"
#include "collectors/namespace.h"

struct qdisc_source {
	const struct namespace *namespace; /* NULL: our own */
	struct netlink *netlink;
	struct device_table *devices;
};

/*
 * Opens the zeroed source in the namespace, whose door stays open as long as the source does; NULL
 * is our own. 0 or −errno with the reason of env filled; either way it is to be closed.
 */
int qdisc_source_open(struct qdisc_source *source, const struct collector_env *env,
                      const struct namespace *namespace);

void qdisc_source_close(struct qdisc_source *source);

static inline void qdisc_source_close_p(struct qdisc_source *source)
{
	qdisc_source_close(source);
}
