/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "collectors/latency/latency_metrics.h"

#include <errno.h>
#include <string.h>

#include "collectors/latency/latency_ladder.h"
#include "collectors/namespace.h"
#include "daemon/histogram.h"

#define OTHER_NAME "(other)"

static const uint64_t upper[LATENCY_BOUNDS] = LATENCY_BOUND_TABLE;

static const struct histogram_bounds bounds = {
	.n = LATENCY_BOUNDS,
	.upper = upper,
	.binary = true,
	.first_exponent = LATENCY_FIRST_EXPONENT,
};

const struct metric_table latency_table = {
	.labels = { "segment", "device", "netns" },
	.families =
		(const struct metric_family[]){
			{ .name = "txpath_latency_seconds",
	                  .help = "How long packets that were looked at have spent in a segment of the "
	                          "way out (BPF).",
	                  .type = METRIC_HISTOGRAM,
	                  .unit = METRIC_NSEC,
	                  .bounds = &bounds },
		},
	.n_families = 1,
};

enum { USED, BYPASSED };

const struct metric_table latency_queue_table = {
	.labels = { "device", "netns" },
	.families =
		(const struct metric_family[]){
			[USED] = { .name = "txpath_latency_queue_used_total",
	                           .help = "Packets that were looked at and waited in the device's "
	                                   "qdisc (qdisc_dequeue).",
	                           .type = METRIC_COUNTER },
			[BYPASSED] = { .name = "txpath_latency_queue_bypassed_total",
	                               .help = "Packets that were looked at and went to the driver "
	                                       "past the qdisc, or had none (net_dev_start_xmit).",
	                               .type = METRIC_COUNTER },
		},
	.n_families = 2,
};

const struct metric_table latency_segment_table = {
	.labels = { "segment", "method", "reason" },
	.families =
		(const struct metric_family[]){
			{ .name = "txpath_latency_segment_info",
	                  .help = "1, how the segment is measured on this kernel, and why not at all or "
	                          "not better." },
		},
	.n_families = 1,
};

enum { OBSERVED, DEVICES, PENDING };

const struct metric_table latency_total_table = {
	.families =
		(const struct metric_family[]){
			[OBSERVED] = { .name = "txpath_latency_observed_seconds_total",
	                               .help = "Time during which packets were looked at: all of them, "
	                                       "or one in as many as are configured.",
	                               .type = METRIC_COUNTER,
	                               .unit = METRIC_NSEC },
			[DEVICES] = { .name = "txpath_latency_tracked_devices",
	                              .help = "Devices that are told apart, of at most max_devices." },
			[PENDING] = { .name = "txpath_latency_pending_samples",
	                              .help = "Packets and send() calls that are looked at and have not "
	                                      "come to the end of their segment." },
		},
	.n_families = 3,
};

/* What a slot's device is called. */
struct identity {
	bool wanted;
	size_t leader; /* the first slot that is called the same */
	char device[sizeof(((struct latency_device *)NULL)->name) + 1];
	char netns[NAMESPACE_LABEL_SIZE];
	size_t netns_length;
};

struct latency_metrics {
	struct identity identities[LATENCY_DEVICES];
	struct histogram *histogram; /* room for one */
};

int latency_metrics_new(struct latency_metrics **ret_metrics, struct reason *reason)
{
	struct latency_metrics *metrics cleanup(latency_metrics_free) = calloc(1, sizeof(*metrics));

	if (metrics)
		metrics->histogram = histogram_new(&bounds);
	if (!metrics || !metrics->histogram)
		return reason_set(reason, -ENOMEM, "out of memory");
	*ret_metrics = steal_pointer(metrics);
	return 0;
}

void latency_metrics_free(struct latency_metrics *metrics)
{
	if (!metrics)
		return;
	histogram_free(metrics->histogram);
	free(metrics);
}

static void identify(struct identity *identity, const struct latency_device *device,
                     struct namespace_names *names)
{
	struct label netns;

	*identity = (struct identity){ 0 };
	/* One that has only just been given its slot has no name yet. */
	if (!latency_slot_is_used(device) || !device->name[0] ||
	    !namespace_names_find(names, latency_slot_netns(device), &netns))
		return;
	identity->wanted = true;
	memcpy(identity->device, device->name, sizeof(device->name));
	identity->netns_length = netns.length;
	if (netns.length)
		memcpy(identity->netns, netns.value, netns.length);
}

static bool are_same(const struct identity *a, const struct identity *b)
{
	return strcmp(a->device, b->device) == 0 && a->netns_length == b->netns_length &&
		memcmp(a->netns, b->netns, a->netns_length) == 0;
}

static void identify_all(struct latency_metrics *metrics, const struct latency_devices *devices,
                         struct namespace_names *names)
{
	struct identity *identities = metrics->identities;

	for (size_t slot = 0; slot < LATENCY_SLOTS; slot++)
		identify(&identities[slot], &devices->slots[slot], names);
	identities[LATENCY_OTHER] = (struct identity){ .wanted = true, .device = OTHER_NAME };
	for (size_t slot = 0; slot < LATENCY_DEVICES; slot++) {
		size_t leader = 0;

		while (leader < slot &&
		       !(identities[leader].wanted &&
		         are_same(&identities[leader], &identities[slot])))
			leader++;
		identities[slot].leader = leader;
	}
}

/* Whether the slot's device is told with the leader's. */
static bool is_of(const struct latency_metrics *metrics, size_t slot, size_t leader)
{
	return metrics->identities[slot].wanted && metrics->identities[slot].leader == leader;
}

static int add_up(const struct latency_metrics *metrics, struct latency_source *source,
                  enum latency_segment segment, size_t leader, struct latency_sums *sums,
                  struct reason *reason)
{
	int error = 0;

	*sums = (struct latency_sums){ 0 };
	for (size_t slot = leader; error == 0 && slot < LATENCY_DEVICES; slot++)
		if (is_of(metrics, slot, leader))
			error = latency_source_add(source, segment, (uint32_t)slot, sums, reason);
	return error;
}

static uint64_t write_segment(struct latency_metrics *metrics, enum latency_segment segment,
                              size_t leader, const struct latency_sums *sums, struct batch *batch)
{
	const struct identity *identity = &metrics->identities[leader];
	const struct label labels[] = { label_of(latency_segment_names[segment]),
		                        label_of(identity->device),
		                        { identity->netns, identity->netns_length } };
	uint64_t n = 0;

	for (size_t i = 0; i < LATENCY_BUCKETS; i++) {
		metrics->histogram->counts[i] = sums->buckets[i];
		n += sums->buckets[i];
	}
	metrics->histogram->sum = sums->sum_nsec;
	if (n == 0)
		return 0;
	batch_row(batch, &latency_table, labels, ARRAY_SIZE(labels));
	batch_histogram(batch, 0, metrics->histogram);
	return n;
}

static int write_device(struct latency_metrics *metrics, struct latency_source *source,
                        size_t leader, const struct latency_counts *counts, struct batch *batch,
                        struct reason *reason)
{
	const struct identity *identity = &metrics->identities[leader];
	const struct label labels[] = { label_of(identity->device),
		                        { identity->netns, identity->netns_length } };
	uint64_t n_bypassed = 0, n_used = 0;

	for (unsigned segment = 0; segment < LATENCY_SEGMENTS; segment++) {
		struct latency_sums sums;
		int error = add_up(metrics, source, segment, leader, &sums, reason);
		uint64_t n;

		if (error < 0)
			return error;
		n = write_segment(metrics, segment, leader, &sums, batch);
		n_used += segment == LATENCY_QDISC ? n : 0;
	}
	for (size_t slot = leader; slot < LATENCY_DEVICES; slot++)
		n_bypassed += is_of(metrics, slot, leader) ? counts->bypassed[slot] : 0;
	if (leader == LATENCY_OTHER && n_used + n_bypassed == 0)
		return 0;
	batch_row(batch, &latency_queue_table, labels, ARRAY_SIZE(labels));
	batch_count(batch, USED, n_used);
	batch_count(batch, BYPASSED, n_bypassed);
	return 0;
}

int latency_metrics_write(struct latency_metrics *metrics, struct latency_source *source,
                          const struct latency_devices *devices,
                          const struct latency_counts *counts, struct namespace_names *names,
                          struct batch *batch, struct reason *reason)
{
	int error = 0;

	identify_all(metrics, devices, names);
	for (size_t slot = 0; error == 0 && slot < LATENCY_DEVICES; slot++)
		if (is_of(metrics, slot, slot))
			error = write_device(metrics, source, slot, counts, batch, reason);
	return error;
}

void latency_metrics_write_ladder(const struct latency_rungs *rungs, bool off, struct batch *batch)
{
	for (unsigned segment = 0; segment < LATENCY_SEGMENTS; segment++) {
		struct reason reason = { "mode is off" };
		enum bpf_method method = off ? BPF_METHOD_NONE
					     : latency_ladder(rungs, segment, &reason);
		const struct label labels[] = { label_of(latency_segment_names[segment]),
			                        label_of(bpf_method_names[method]),
			                        label_of(reason.text) };

		batch_row(batch, &latency_segment_table, labels, ARRAY_SIZE(labels));
		batch_count(batch, 0, 1);
	}
}

void latency_metrics_write_totals(uint64_t observed_nsec, uint64_t n_devices, uint64_t n_pending,
                                  struct batch *batch)
{
	batch_row(batch, &latency_total_table, NULL, 0);
	batch_count(batch, OBSERVED, observed_nsec);
	batch_count(batch, DEVICES, n_devices);
	batch_count(batch, PENDING, n_pending);
}
