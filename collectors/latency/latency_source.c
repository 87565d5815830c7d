/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who ends what others begin is attached before them, and taken off after them. Programs of the kind
 * fentry stay where they are between bursts, and return at once: to take one off, the kernel changes
 * its own code and waits for every task to be out of it, which is a tenth of a second and more (6.1),
 * where a tracepoint takes a millisecond.
 *
 * What has been begun and what has ended is counted by the programs, so that a burst's end can be
 * waited for; what is not told by the kernel (a packet that is freed in silence) makes that wait as
 * long as it may be, and is written off then.
 */
#include "collectors/latency/latency_source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/bpf_account.h"
#include "collectors/bpf_values.h"
#include "collectors/latency/latency_timestamps.h"

struct latency_source {
	struct bpf_probes *probes;
	struct latency_timestamps *timestamps; /* NULL: none are needed, or had */
	struct reason no_timestamps;           /* why they are not had, or empty */
	int settings_fd, devices_fd, noted_fd;
	struct bpf_percpu *histograms, *cpus;
	struct latency_settings settings;
	struct latency_pending settled; /* when the last burst was over */
	uint64_t n_unfinished;
};

static const uint32_t first;

static int cannot(struct reason *reason, const char *what, int error)
{
	return reason_set(reason, error, "%s of the BPF programs: %s", what, strerror(-error));
}

#define WORDS(type) (sizeof(type) / sizeof(uint64_t))

static int open_maps(struct latency_source *source, struct reason *reason)
{
	const struct bpf_probes *probes = source->probes;
	int error;

	source->settings_fd = bpf_probes_map(probes, ".data.settings");
	source->devices_fd = bpf_probes_map(probes, ".data.devices");
	source->noted_fd = bpf_probes_map(probes, "latency.bss");
	error = bpf_percpu_new(bpf_probes_map(probes, "histograms"), WORDS(struct latency_element),
	                       &source->histograms);
	if (!error)
		error = bpf_percpu_new(bpf_probes_map(probes, "cpus"), WORDS(struct latency_cpu),
		                       &source->cpus);
	return error < 0 ? cannot(reason, "maps", error) : 0;
}

static void detach(struct latency_source *source, enum latency_role role)
{
	struct bpf_probe *probe = &source->probes->probes[role];

	if (probe->method != BPF_METHOD_FENTRY)
		bpf_probe_detach(probe);
}

static void detach_all(struct latency_source *source)
{
	for (size_t i = LATENCY_ROLES; i > 0; i--)
		detach(source, latency_attach_order[i - 1]);
	latency_timestamps_end(source->timestamps);
}

/* For what programs at hooks cannot measure. That they cannot be had is no failure. */
static int open_timestamps(struct latency_source *source, unsigned methods)
{
	static const enum latency_segment segments[] = { LATENCY_SOCKET, LATENCY_STACK,
		                                         LATENCY_ACK };
	struct latency_rungs rungs = { .probes = source->probes };
	struct reason reason;
	unsigned lacking = 0;
	int error;

	for (size_t i = 0; i < ARRAY_SIZE(segments); i++)
		if (latency_ladder(&rungs, segments[i], &reason) == BPF_METHOD_NONE)
			lacking |= 1U << segments[i];
	/* Either side begins what a send() is looked at by: not both. */
	if (!(lacking & 1U << LATENCY_SOCKET))
		return 0;
	if (!(methods & 1U << BPF_METHOD_TIMESTAMP)) {
		(void)reason_set(&source->no_timestamps, 0, "not among the methods");
		return 0;
	}
	error = latency_timestamps_open(&source->probes->maps, lacking, &source->timestamps,
	                                &source->no_timestamps);
	return error == -ENOMEM ? error : 0;
}

static int open_probes(struct latency_source *source, unsigned methods, struct reason *reason)
{
	const unsigned hooks = 1U << BPF_METHOD_FENTRY | 1U << BPF_METHOD_TRACEPOINT;
	const struct bpf_request request = {
		.name = "latency",
		.roles = latency_roles,
		.n_roles = LATENCY_ROLES,
		.methods = methods & hooks,
		.maps_alone = !(methods & hooks), /* those of the timestamps are the same */
		.cgroup_fd = -1,
	};
	int error = bpf_probes_request(&request, &source->probes, reason);

	if (error < 0)
		return error;
	/* That they can be attached is known by now; nobody samples anything before it is told to. */
	detach_all(source);
	error = open_timestamps(source, methods);
	if (error < 0)
		return reason_set(reason, error, "timestamps: %s", source->no_timestamps.text);
	if (!source->probes->probes[LATENCY_ROLE_QUEUE].way && !source->timestamps)
		return reason_set(reason, -EOPNOTSUPP, "packets are not told: %s; timestamps: %s",
		                  source->probes->probes[LATENCY_ROLE_QUEUE].reason.text,
		                  source->no_timestamps.text);
	return 0;
}

int latency_source_open(unsigned methods, struct latency_source **ret_source, struct reason *reason)
{
	struct latency_source *source cleanup(latency_source_close) = calloc(1, sizeof(*source));
	int error;

	if (!source)
		return reason_set(reason, -ENOMEM, "out of memory");
	error = open_probes(source, methods, reason);
	if (!error)
		error = open_maps(source, reason);
	if (error < 0)
		return error;
	*ret_source = steal_pointer(source);
	return 0;
}

void latency_source_close(struct latency_source *source)
{
	if (!source)
		return;
	if (source->settings.sampling)
		latency_source_stop(source); /* sockets are not to be left as they are */
	bpf_percpu_free(source->histograms);
	bpf_percpu_free(source->cpus);
	latency_timestamps_close(source->timestamps);
	bpf_probes_close(source->probes);
	free(source);
}

struct latency_rungs latency_source_rungs(const struct latency_source *source)
{
	return (struct latency_rungs){
		.probes = source->probes,
		.timestamps = source->timestamps,
		.no_timestamps = source->no_timestamps.text,
	};
}

static int put_settings(struct latency_source *source, struct reason *reason)
{
	int error = bpf_values_put(source->settings_fd, &first, &source->settings);

	return error < 0 ? cannot(reason, "settings", error) : 0;
}

/* What is left of an earlier burst would be taken for this one's. Nobody counts meanwhile. */
static int empty_tables(struct latency_source *source)
{
	static struct latency_noted nothing; /* a constant would be 384 KiB of the daemon's file */
	size_t n_cpus, n_kept = WORDS(struct latency_counts), n_words = WORDS(struct latency_cpu);
	uint64_t *values;
	int error = bpf_values_put(source->noted_fd, &first, &nothing);

	if (!error)
		error = bpf_percpu_get(source->cpus, first, &values, &n_cpus);
	if (error)
		return error;
	for (size_t cpu = 0; cpu < n_cpus; cpu++)
		memset(values + cpu * n_words + n_kept, 0, (n_words - n_kept) * sizeof(*values));
	return bpf_percpu_put(source->cpus, first);
}

static int attach_all(struct latency_source *source, struct reason *reason)
{
	for (size_t i = 0; i < LATENCY_ROLES; i++) {
		const enum latency_role role = latency_attach_order[i];
		struct bpf_probe *probe = &source->probes->probes[role];
		int error;

		if (!probe->way ||
		    !latency_role_is_wanted(source->probes, role, source->settings.completions))
			continue;
		error = bpf_probe_attach(probe);
		if (error < 0)
			return reason_set(reason, error, "attaching the BPF program %s: %s",
			                  probe->way, strerror(-error));
	}
	return 0;
}

int latency_source_begin(struct latency_source *source, const struct latency_wish *wish,
                         bool completions, struct reason *reason)
{
	int error = empty_tables(source);

	source->settings = (struct latency_settings){
		.netns = (uint32_t)wish->netns,
		.max_devices = (uint32_t)wish->max_devices,
		.one_in = (uint32_t)wish->one_in,
		.completions = completions &&
			source->probes->probes[LATENCY_ROLE_COMPLETE].way != NULL,
		.generation = source->settings.generation + 1,
		.sampling = true,
	};
	error = error < 0 ? cannot(reason, "tables", error) : attach_all(source, reason);
	/* Who begins something may be attached already, but begins nothing before all others are. */
	if (!error)
		error = put_settings(source, reason);
	/* Sockets are marked only while it samples. */
	if (!error)
		error = latency_timestamps_begin(source->timestamps, reason);
	if (error < 0) {
		latency_source_stop(source);
		detach_all(source);
	}
	return error;
}

void latency_source_stop(struct latency_source *source)
{
	static const enum latency_role beginners[] = {
		LATENCY_ROLE_SEND,         LATENCY_ROLE_DATAGRAM_IPV4, LATENCY_ROLE_DATAGRAM_IPV6,
		LATENCY_ROLE_FILTER_BEGIN, LATENCY_ROLE_FILTER_END,    LATENCY_ROLE_STARTED,
	};
	struct reason unused;

	source->settings.sampling = false;
	(void)put_settings(source, &unused); /* cannot fail: it could when the burst was begun */
	for (size_t i = 0; i < ARRAY_SIZE(beginners); i++)
		detach(source, beginners[i]);
	latency_timestamps_stop(source->timestamps);
}

uint64_t latency_source_drain(struct latency_source *source)
{
	struct latency_counts counts = { 0 };
	struct latency_pending pending;
	struct reason reason;

	if (latency_source_count(source, &counts, &reason) < 0)
		return 0;
	pending = latency_source_pending(source, &counts);
	for (size_t i = LATENCY_ROLES; i > 0; i--)
		if (!latency_role_is_waited_for(&pending, latency_attach_order[i - 1]))
			detach(source, latency_attach_order[i - 1]);
	if (!pending.n_sends)
		latency_timestamps_end(source->timestamps);
	return latency_pending_sum(pending);
}

void latency_source_end(struct latency_source *source)
{
	struct latency_counts counts = { 0 };
	struct reason reason;

	detach_all(source);
	if (latency_source_count(source, &counts, &reason) < 0)
		return;
	source->n_unfinished += latency_pending_sum(latency_source_pending(source, &counts));
	source->settled = latency_counts_balance(&counts);
}

void latency_source_rest(struct latency_source *source)
{
	for (size_t i = 0; i < LATENCY_ROLES; i++)
		bpf_probe_detach(&source->probes->probes[i]);
}

int latency_source_get_devices(const struct latency_source *source,
                               struct latency_devices *ret_devices, struct reason *reason)
{
	int error = bpf_values_get(source->devices_fd, &first, ret_devices);

	return error < 0 ? cannot(reason, "devices", error) : 0;
}

int latency_source_put_devices(struct latency_source *source, const struct latency_devices *devices,
                               struct reason *reason)
{
	int error = bpf_values_put(source->devices_fd, &first, devices);

	return error < 0 ? cannot(reason, "devices", error) : 0;
}

int latency_source_clear(struct latency_source *source, uint32_t slot, struct reason *reason)
{
	uint64_t *values;
	size_t n_cpus;
	int error = 0;

	for (uint32_t segment = 0; !error && segment <= LATENCY_NIC_FREED; segment++)
		error = bpf_percpu_clear(source->histograms, segment * LATENCY_DEVICES + slot);
	if (!error)
		error = bpf_percpu_get(source->cpus, first, &values, &n_cpus);
	if (!error) {
		for (size_t cpu = 0; cpu < n_cpus; cpu++)
			values[cpu * WORDS(struct latency_cpu) + LATENCY_COUNTS + slot] = 0;
		error = bpf_percpu_put(source->cpus, first);
	}
	return error < 0 ? cannot(reason, "histograms", error) : 0;
}

uint32_t latency_source_generation(const struct latency_source *source)
{
	return source->settings.generation;
}

/* A histogram that is being read. */
struct reading {
	struct latency_source *source;
	uint32_t index;
};

static int read_element(void *context, const struct latency_element **ret_elements,
                        size_t *ret_n_cpus)
{
	const struct reading *reading = context;
	uint64_t *values;
	int error =
		bpf_percpu_get(reading->source->histograms, reading->index, &values, ret_n_cpus);

	*ret_elements = (const void *)values;
	return error;
}

int latency_source_add(struct latency_source *source, enum latency_segment segment, uint32_t slot,
                       struct latency_sums *sums, struct reason *reason)
{
	struct reading reading = { source, (uint32_t)segment * LATENCY_DEVICES + slot };
	int error = latency_element_add(read_element, &reading, sums);

	if (!error && segment == LATENCY_NIC) {
		reading.index = LATENCY_NIC_FREED * LATENCY_DEVICES + slot;
		error = latency_element_add(read_element, &reading, sums);
	}
	return error < 0 ? cannot(reason, "histograms", error) : 0;
}

int latency_source_count(struct latency_source *source, struct latency_counts *ret_counts,
                         struct reason *reason)
{
	uint64_t words[WORDS(struct latency_cpu)];
	int error = bpf_percpu_read(source->cpus, first, 1, words);

	if (error < 0)
		return cannot(reason, "counts", error);
	memcpy(ret_counts, words, sizeof(*ret_counts));
	return 0;
}

struct latency_pending latency_source_pending(const struct latency_source *source,
                                              const struct latency_counts *counts)
{
	return latency_counts_pending(counts, &source->settled);
}

void latency_source_account(const struct latency_source *source,
                            const struct latency_counts *counts, struct collector_tally *tally)
{
	bpf_account_programs(source->probes, tally);
	if (source->timestamps)
		bpf_account_more_programs(latency_timestamps_probes(source->timestamps), tally);
	latency_counts_account(counts, source->n_unfinished, tally);
}
