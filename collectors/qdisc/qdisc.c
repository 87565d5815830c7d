/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The collector of what waits in the queueing disciplines, between the network layer and the
 * driver (rtnetlink(7), tc(8)).
 *
 * RTM_GETQDISC lists the qdiscs of all devices whatever index it is given, so one dump is enough;
 * RTM_GETTCLASS lists one device, and is asked only where a qdisc has classes. Neither is marked
 * when it is interrupted. What could be told falsely is seen otherwise: objects that come twice are
 * dropped, and a sample during which a device lost its name or went away is taken anew.
 *
 * The sockets of our own namespace stay open; those of another one live as long as its turn.
 */
#include "collectors/qdisc/qdisc.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/rtnetlink.h>

#include "collectors/namespace_tour.h"
#include "collectors/qdisc/qdisc_source.h"
#include "collectors/qdisc/tc_metrics.h"
#include "collectors/qdisc/tc_seen.h"
#include "config/option.h"

struct qdisc_collection {
	const struct collector_env *env;
	struct qdisc_source own;
	struct namespace_tour *tour;

	/* The sample being taken. */
	const struct qdisc_source *source;
	struct batch *batch;
	struct tc_seen seen;
	struct device device; /* of the object before: they come by device */
	int unknown_index;    /* the last one that is no device even after a refresh, or 0 */

	int *classful; /* indexes of devices to ask for classes */
	size_t n_classful;
	size_t n_allocated;
};

/* Whether the device is known; it is in collection->device then. */
static int find_device(struct qdisc_collection *collection, int index, bool *ret_known)
{
	const struct device *device;

	*ret_known = index == collection->device.index;
	if (*ret_known || index == collection->unknown_index)
		return 0;

	device = device_find(collection->source->devices, index);
	if (!device) {
		/* Younger than the sample, or gone before it. */
		int error = device_table_refresh(collection->source->devices);

		if (error < 0)
			return error;
		device = device_find(collection->source->devices, index);
	}
	if (!device) {
		collection->unknown_index = index;
		return 0;
	}
	collection->device = *device;
	*ret_known = true;
	return 0;
}

/*
 * Whether the message is a whole object of a known device that was not there before; a malformed
 * one is no reason to lose the others. What is left out is counted.
 */
static int take_object(struct qdisc_collection *collection, const struct nlmsghdr *message,
                       struct tc_object *object, bool *ret_good)
{
	int error;

	*ret_good = false;
	if (tc_object_parse(message, object) < 0) {
		collection->env->tally->skipped_objects++;
		return 0;
	}
	error = find_device(collection, object->device_index, ret_good);
	if (error < 0)
		return error;
	if (*ret_good)
		error = tc_seen_add(&collection->seen, object->device_index, object->handle,
		                    object->parent, ret_good);
	if (error < 0)
		return reason_set(collection->env->reason, error, "too many qdiscs or classes");
	collection->env->tally->skipped_objects += !*ret_good;
	return 0;
}

static int remember_classful(struct qdisc_collection *collection, int index)
{
	size_t n = collection->n_classful;

	if (n && collection->classful[n - 1] == index)
		return 0;
	if (n == collection->n_allocated) {
		size_t n_allocated = n ? 2 * n : 16;
		int *classful = reallocarray(collection->classful, n_allocated, sizeof(*classful));

		if (!classful)
			return reason_set(collection->env->reason, -ENOMEM, "out of memory");
		collection->classful = classful;
		collection->n_allocated = n_allocated;
	}
	collection->classful[collection->n_classful++] = index;
	return 0;
}

static int take_qdisc(const struct nlmsghdr *message, void *context)
{
	struct qdisc_collection *collection = context;
	struct tc_object qdisc;
	bool good;
	int error;

	error = take_object(collection, message, &qdisc, &good);
	if (error < 0 || !good)
		return error;
	tc_write_qdisc(&qdisc, &collection->device, collection->source->namespace,
	               collection->batch);
	if (tc_kind_classes(qdisc.kind) != TC_CLASSES_REAL)
		return 0;
	return remember_classful(collection, qdisc.device_index);
}

static int take_class(const struct nlmsghdr *message, void *context)
{
	struct qdisc_collection *collection = context;
	struct tc_object class;
	bool good;
	int error;

	error = take_object(collection, message, &class, &good);
	if (error < 0 || !good)
		return error;
	if (tc_kind_classes(class.kind) != TC_CLASSES_FLOWS)
		tc_write_class(&class, &collection->device, collection->source->namespace,
		               collection->batch);
	return 0;
}

static int dump_qdiscs(struct qdisc_collection *collection, netlink_message_fn take)
{
	const struct tcmsg body = { .tcm_family = AF_UNSPEC };
	const struct netlink_request request = { "RTM_GETQDISC dump", RTM_GETQDISC, &body,
		                                 sizeof(body) };

	return netlink_dump(collection->source->netlink, &request, take, collection);
}

static int dump_classes(struct qdisc_collection *collection, int device_index)
{
	const struct tcmsg body = { .tcm_family = AF_UNSPEC, .tcm_ifindex = device_index };
	const struct netlink_request request = { "RTM_GETTCLASS dump", RTM_GETTCLASS, &body,
		                                 sizeof(body) };
	int error = netlink_dump(collection->source->netlink, &request, take_class, collection);

	return error == -ENODEV ? 0 : error; /* gone meanwhile; most kernels list nothing then */
}

static int take_objects(struct qdisc_collection *collection)
{
	int error;

	collection->n_classful = 0;
	collection->device.index = 0;
	collection->unknown_index = 0;

	tc_seen_begin(&collection->seen);
	error = dump_qdiscs(collection, take_qdisc);

	tc_seen_begin(&collection->seen);
	for (size_t i = 0; i < collection->n_classful && !error; i++)
		error = dump_classes(collection, collection->classful[i]);
	return error;
}

static int take_sample(void *context)
{
	struct qdisc_collection *collection = context;
	uint64_t generation;
	int error;

	batch_reset(collection->batch, collection->batch->max_series);
	error = device_table_refresh(collection->source->devices);
	if (error < 0)
		return error;
	generation = device_table_generation(collection->source->devices);

	error = take_objects(collection);
	if (error < 0)
		return error;

	error = device_table_refresh(collection->source->devices);
	if (error < 0 || generation == device_table_generation(collection->source->devices))
		return error;
	collection->env->tally->interrupted_dumps++;
	return reason_set(collection->env->reason, -EINTR,
	                  "devices were renamed or removed while their qdiscs were listed");
}

static int sample(struct qdisc_collection *collection, const struct qdisc_source *source,
                  struct batch *batch)
{
	collection->source = source;
	collection->batch = batch;
	return netlink_repeat(take_sample, collection);
}

static int sample_namespace(void *context, struct namespace *namespace, struct batch *batch)
{
	struct qdisc_collection *collection = context;
	struct qdisc_source source cleanup(qdisc_source_close) = { 0 };
	int error = qdisc_source_open(&source, collection->env, namespace);

	if (!error)
		error = sample(collection, &source, batch);
	if (!error)
		tc_write_namespace(namespace, batch);
	return error;
}

static const struct namespace_tour_ops tour_ops = { .sample = sample_namespace };

static int qdisc_collect(void *state, struct batch *batch)
{
	struct qdisc_collection *collection = state;
	int error = namespace_tour_begin(collection->tour);

	if (!error)
		error = sample(collection, &collection->own, batch);
	return error ? error : namespace_tour_run(collection->tour, batch);
}

static void qdisc_close(void *state)
{
	struct qdisc_collection *collection = state;

	if (!collection)
		return;
	namespace_tour_close(collection->tour);
	qdisc_source_close(&collection->own);
	tc_seen_clear(&collection->seen);
	free(collection->classful);
	free(collection);
}
DEFINE_CLEANUP(struct qdisc_collection, qdisc_close)

static int ignore_message(const struct nlmsghdr *message, void *context)
{
	(void)message;
	(void)context;
	return 0;
}

static int qdisc_open(const struct collector_env *env, void **ret_state)
{
	struct qdisc_collection *collection cleanup(qdisc_close) = calloc(1, sizeof(*collection));
	int error;

	if (!collection)
		return reason_set(env->reason, -ENOMEM, "out of memory");
	collection->env = env;
	error = qdisc_source_open(&collection->own, env, NULL);
	if (error < 0)
		return error;
	collection->source = &collection->own;
	/* EOPNOTSUPP: a kernel without traffic control (CONFIG_NET_SCHED). */
	error = dump_qdiscs(collection, ignore_message);
	if (error < 0)
		return error;
	error = namespace_tour_open(env, &tour_ops, collection, &collection->tour);
	if (error < 0)
		return error;
	*ret_state = steal_pointer(collection);
	return 0;
}

static const struct option qdisc_option_table[] = { OPTION_END };

const struct collector_ops qdisc_collector = {
	.name = "qdisc",
	.summary = "queueing disciplines and classes: traffic, drops, backlog (rtnetlink)",
	.interval = "1s",
	.tables = tc_tables,
	.options = qdisc_option_table,
	.namespace_capabilities = NAMESPACE_TOUR_CAPABILITIES,
	.open = qdisc_open,
	.collect = qdisc_collect,
	.close = qdisc_close,
};
