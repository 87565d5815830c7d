/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The collector of drivers and devices, where a packet leaves the kernel: what waits in their rings,
 * what they have sent, dropped and stopped, and how they are set (rtnetlink(7), ethtool(8), sysfs).
 *
 * What moves is read every time; what is set only when the kernel says that it has changed, and
 * otherwise seldom. Of other network namespaces nothing is open between two samples, so nothing is
 * noticed there before it is due; and their byte queue limits are nowhere to be seen, as sysfs
 * shows the namespace in which it was mounted.
 *
 * All calls may wait for a driver. A device that hangs stalls this collector, and no other.
 */
#include "collectors/nic/nic.h"

#include <errno.h>

#include "collectors/namespace_tour.h"
#include "collectors/nic/nic_families.h"
#include "collectors/nic/nic_metrics.h"
#include "collectors/nic/nic_sample.h"

struct nic_collection {
	struct nic_setup setup;
	struct nic_source own;
	struct nic_table *table;
	struct namespace_tour *tour; /* of other network namespaces, whose data is a table each */
};

static int sample_namespace(void *context, struct namespace *namespace, struct batch *batch)
{
	struct nic_collection *collection = context;
	struct nic_source source cleanup(nic_source_close) = NIC_SOURCE_CLOSED;
	struct nic_table *table = namespace->data;
	int error = nic_source_open(&source, &collection->setup, namespace);

	if (!error && !table)
		table = nic_table_new(&collection->setup);
	namespace->data = table;
	if (!error && !table)
		error = reason_set(collection->setup.env->reason, -ENOMEM, "out of memory");
	if (!error)
		error = nic_sample_take(&source, table);
	if (!error)
		nic_metrics_write(table, namespace, batch);
	return error;
}

static void forget_namespace(void *data)
{
	nic_table_free(data);
}

/* Nothing of it is worth keeping when the options have changed. */
static void *adopt_namespace(void *context, void *data)
{
	(void)context;
	nic_table_free(data);
	return NULL;
}

static const struct namespace_tour_ops tour_ops = {
	.sample = sample_namespace,
	.forget = forget_namespace,
	.adopt = adopt_namespace,
};

static int nic_collect(void *state, struct batch *batch)
{
	struct nic_collection *collection = state;
	int error = namespace_tour_begin(collection->tour);

	if (!error)
		error = nic_sample_take(&collection->own, collection->table);
	if (error)
		return error;
	nic_metrics_write(collection->table, NULL, batch);
	nic_metrics_write_bound(&collection->setup, batch);
	return namespace_tour_run(collection->tour, batch);
}

static void nic_close(void *state)
{
	struct nic_collection *collection = state;

	if (!collection)
		return;
	namespace_tour_close(collection->tour);
	nic_table_free(collection->table);
	nic_source_close(&collection->own);
	nic_setup_clear(&collection->setup);
	free(collection);
}
DEFINE_CLEANUP(struct nic_collection, nic_close)

static int open_all(struct nic_collection *collection, const struct collector_env *env)
{
	int error = nic_setup_init(&collection->setup, env);

	if (!error)
		error = nic_source_open(&collection->own, &collection->setup, NULL);
	if (error)
		return error;
	collection->table = nic_table_new(&collection->setup);
	if (!collection->table)
		return reason_set(env->reason, -ENOMEM, "out of memory");
	return namespace_tour_open(env, &tour_ops, collection, &collection->tour);
}

static int nic_open(const struct collector_env *env, void **ret_state)
{
	struct nic_collection *collection cleanup(nic_close) = calloc(1, sizeof(*collection));
	int error;

	if (!collection)
		return reason_set(env->reason, -ENOMEM, "out of memory");
	collection->own = NIC_SOURCE_CLOSED;
	error = open_all(collection, env);
	if (error < 0)
		return error;
	*ret_state = steal_pointer(collection);
	return 0;
}

const struct collector_ops nic_collector = {
	.name = "nic",
	.summary =
		"network devices: what they send, their queues and settings (rtnetlink, ethtool, sysfs)",
	.interval = "1s",
	.tables = nic_metric_tables,
	.options = nic_option_table,
	.options_size = sizeof(struct nic_options),
	.namespace_capabilities = NAMESPACE_TOUR_CAPABILITIES,
	.open = nic_open,
	.collect = nic_collect,
	.close = nic_close,
};
