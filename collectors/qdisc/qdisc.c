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
#include "collectors/qdisc/qdisc_past.h"
#include "collectors/qdisc/qdisc_source.h"
#include "collectors/qdisc/tc_kind.h"
#include "collectors/qdisc/tc_metrics.h"
#include "collectors/qdisc/tc_past.h"
#include "config/option.h"
#include "daemon/clock.h"

struct qdisc_options {
	uint64_t peak_window_usec;
};

struct qdisc_collection {
	const struct collector_env *env;
	struct qdisc_source own;
	struct qdisc_past *own_past;
	struct namespace_tour *tour;

	/* The sample being taken. */
	const struct qdisc_source *source;
	struct qdisc_past *past;
	struct batch *batch;
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

struct taken {
	struct tc_object object;
	uint32_t peak_bytes;
};

/*
 * Whether the message is a whole object of a known device that was not there before; a malformed
 * one is no reason to lose the others. What is left out is counted.
 */
static int take_object(struct qdisc_collection *collection, const struct nlmsghdr *message,
                       struct tc_past *past, struct taken *taken, bool *ret_good)
{
	int error;

	*ret_good = false;
	if (tc_object_parse(message, &taken->object) < 0) {
		collection->env->tally->skipped_objects++;
		return 0;
	}
	error = find_device(collection, taken->object.device_index, ret_good);
	if (error < 0)
		return error;
	if (*ret_good)
		error = tc_past_add(past, &taken->object, ret_good, &taken->peak_bytes);
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
	const struct tc_place place = { &collection->device, collection->source->namespace };
	struct taken qdisc;
	bool good;
	int error;

	error = take_object(collection, message, &collection->past->qdiscs, &qdisc, &good);
	if (error < 0 || !good)
		return error;
	if (tc_write_qdisc(&qdisc.object, qdisc.peak_bytes, &place, collection->batch) < 0)
		collection->env->tally->skipped_objects++;
	if (qdisc.object.how->classes != TC_CLASSES_REAL)
		return 0;
	return remember_classful(collection, qdisc.object.device_index);
}

static int take_class(const struct nlmsghdr *message, void *context)
{
	struct qdisc_collection *collection = context;
	const struct tc_place place = { &collection->device, collection->source->namespace };
	struct taken class;
	bool good;
	int error;

	error = take_object(collection, message, &collection->past->classes, &class, &good);
	if (error < 0 || !good || class.object.how->classes == TC_CLASSES_FLOWS)
		return error;
	if (tc_write_class(&class.object, class.peak_bytes, &place, collection->batch) < 0)
		collection->env->tally->skipped_objects++;
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
	struct qdisc_past *past = collection->past;
	uint64_t now_usec = monotonic_usec();
	int error;

	collection->n_classful = 0;
	collection->device.index = 0;
	collection->unknown_index = 0;

	tc_past_begin(&past->qdiscs, now_usec);
	error = dump_qdiscs(collection, take_qdisc);

	tc_past_begin(&past->classes, now_usec);
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

	tc_past_end(&collection->past->qdiscs);
	tc_past_end(&collection->past->classes);
	error = device_table_refresh(collection->source->devices);
	if (error < 0 || generation == device_table_generation(collection->source->devices))
		return error;
	collection->env->tally->interrupted_dumps++;
	return reason_set(collection->env->reason, -EINTR,
	                  "devices were renamed or removed while their qdiscs were listed");
}

static int sample(struct qdisc_collection *collection, const struct qdisc_source *source,
                  struct qdisc_past *past, struct batch *batch)
{
	collection->source = source;
	collection->past = past;
	collection->batch = batch;
	return netlink_repeat(collection->env->reason, take_sample, collection);
}

static int sample_namespace(void *context, struct namespace *namespace, struct batch *batch)
{
	struct qdisc_collection *collection = context;
	const struct qdisc_options *options = collection->env->options;
	struct qdisc_source source cleanup(qdisc_source_close) = { 0 };
	struct qdisc_past *past = namespace->data;
	int error = qdisc_source_open(&source, collection->env, namespace);

	if (!error && !past)
		past = qdisc_past_new(options->peak_window_usec);
	namespace->data = past;
	if (!error && !past)
		error = reason_set(collection->env->reason, -ENOMEM, "out of memory");
	if (!error)
		error = sample(collection, &source, past, batch);
	if (!error)
		tc_write_namespace(namespace, batch);
	return error;
}

static void forget_namespace(void *data)
{
	qdisc_past_free(data);
}

/* Peaks of another window are worth nothing. */
static void *adopt_namespace(void *context, void *data)
{
	const struct qdisc_collection *collection = context;

	if (qdisc_past_comparable(collection->own_past, data))
		return data;
	qdisc_past_free(data);
	return NULL;
}

static const struct namespace_tour_ops tour_ops = {
	.sample = sample_namespace,
	.forget = forget_namespace,
	.adopt = adopt_namespace,
};

static void qdisc_inherit(void *state, void *former)
{
	struct qdisc_collection *collection = state, *old = former;

	namespace_tour_inherit(collection->tour, old->tour);
	if (!qdisc_past_comparable(collection->own_past, old->own_past))
		return;
	qdisc_past_free(collection->own_past);
	collection->own_past = steal_pointer(old->own_past);
}

static int qdisc_collect(void *state, struct batch *batch)
{
	struct qdisc_collection *collection = state;
	int error = namespace_tour_begin(collection->tour);

	if (!error)
		error = sample(collection, &collection->own, collection->own_past, batch);
	return error ? error : namespace_tour_run(collection->tour, batch);
}

static void qdisc_close(void *state)
{
	struct qdisc_collection *collection = state;

	if (!collection)
		return;
	namespace_tour_close(collection->tour);
	qdisc_source_close(&collection->own);
	qdisc_past_free(collection->own_past);
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
	const struct qdisc_options *options = env->options;
	struct qdisc_collection *collection cleanup(qdisc_close) = calloc(1, sizeof(*collection));
	int error;

	if (!collection)
		return reason_set(env->reason, -ENOMEM, "out of memory");
	collection->env = env;
	collection->own_past = qdisc_past_new(options->peak_window_usec);
	if (!collection->own_past)
		return reason_set(env->reason, -ENOMEM, "out of memory");
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

static const struct option qdisc_option_table[] = {
	{
		.name = "peak_window",
		.help = "How far back txpath_qdisc_backlog_peak_bytes and txpath_class_backlog_peak_bytes look.",
		.type = OPTION_DURATION,
		.offset = offsetof(struct qdisc_options, peak_window_usec),
		.fallback = "\"60s\"",
		.min = USEC_PER_SEC,
		.max = 3600 * USEC_PER_SEC,
	},
	OPTION_END,
};

const struct collector_ops qdisc_collector = {
	.name = "qdisc",
	.summary =
		"queueing disciplines and classes: traffic, drops, backlog, and what each kind tells (rtnetlink)",
	.interval = "1s",
	.tables = tc_tables,
	.options = qdisc_option_table,
	.options_size = sizeof(struct qdisc_options),
	.namespace_capabilities = NAMESPACE_TOUR_CAPABILITIES,
	.open = qdisc_open,
	.collect = qdisc_collect,
	.inherit = qdisc_inherit,
	.close = qdisc_close,
};
