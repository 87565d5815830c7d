/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "collectors/qdisc/qdisc_source.h"

int qdisc_source_open(struct qdisc_source *source, const struct collector_env *env,
                      const struct namespace *namespace)
{
	struct namespace_door *door = namespace ? namespace->door : NULL;
	int error;

	source->namespace = namespace;
	error = netlink_open_in(env, door, NETLINK_ROUTE, 0, &source->netlink);
	return error ? error : device_table_open_in(env, door, &source->devices);
}

void qdisc_source_close(struct qdisc_source *source)
{
	device_table_close(source->devices);
	netlink_close(source->netlink);
}
