/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The collector of times: how long packets spend in each segment of the transmit path. BPF programs
 * measure it in the kernel, where each packet passes; what they cost is bounded by letting them do so
 * in bursts, between which they are not there (latency_source.c says which ones are).
 *
 * The programs are loaded once. A state that takes over from another has them from there, with all
 * that was measured, because the capabilities for loading are gone by then.
 */
#include "collectors/latency/latency.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdlib.h>

#include "collectors/latency/latency_devices.h"
#include "collectors/latency/latency_metrics.h"
#include "collectors/latency/latency_plan.h"
#include "collectors/latency/latency_source.h"
#include "collectors/namespace_names.h"
#include "config/option.h"
#include "daemon/clock.h"

/*
 * What is continuous is a burst that is followed by the next one at once: tables are emptied of what
 * never ended, devices are looked at again, and slots given up, all of which is safe between bursts.
 */
#define CONTINUOUS_USEC (60 * USEC_PER_SEC)

enum latency_mode {
	LATENCY_BURST,
	LATENCY_CONTINUOUS,
	LATENCY_OFF,
};

struct latency_options {
	unsigned mode;
	uint64_t burst_usec;
	uint64_t every_usec;
	uint64_t drain_usec;
	uint64_t one_in;
	uint64_t max_devices;
	unsigned methods; /* bits 1 << index of methods */
};

struct latency {
	const struct collector_env *env;
	const struct latency_options *options;
	struct namespace_names *namespaces;
	struct latency_metrics *metrics;
	struct latency_source *source; /* NULL only until it is inherited */
	struct latency_slots *slots;
	struct latency_plan plan;
	uint64_t sampled_nsec; /* when the burst's sampling has begun */
	uint64_t observed_nsec;
	uint64_t burst_cpu_nsec;
	unsigned methods;      /* that the source was opened with, as in the options */
	struct reason trouble; /* why the last burst could not be begun, or is empty */
};

static int read_devices(struct latency *latency, struct reason *reason)
{
	int error = latency_source_get_devices(latency->source, &latency->slots->devices, reason);

	if (!error)
		latency_slots_note(latency->slots, monotonic_usec());
	return error;
}

/* Nothing is attached yet. */
static int recycle(struct latency *latency, struct reason *reason)
{
	int error = read_devices(latency, reason);
	uint64_t given;

	if (error < 0)
		return error;
	given = latency_slots_recycle(latency->slots, latency->options->max_devices,
	                              monotonic_usec());
	for (uint32_t slot = 0; error == 0 && slot < LATENCY_SLOTS; slot++)
		if (given & UINT64_C(1) << slot)
			error = latency_source_clear(latency->source, slot, reason);
	if (given && !error)
		error = latency_source_put_devices(latency->source, &latency->slots->devices,
		                                   reason);
	return error;
}

/* Until a burst has seen devices it is not known whether any is of hardware. */
static bool wants_completions(const struct latency *latency)
{
	return latency->slots->devices.n_used == 0 || latency_slots_have_hardware(latency->slots);
}

static void begin(struct latency *latency)
{
	const struct latency_options *options = latency->options;
	const struct latency_wish wish = {
		.netns = namespace_names_only(latency->namespaces),
		.max_devices = options->max_devices,
		.one_in = options->mode == LATENCY_CONTINUOUS ? options->one_in : 1,
	};
	int error;

	latency->trouble.text[0] = '\0';
	error = recycle(latency, &latency->trouble);
	if (!error)
		error = latency_source_begin(latency->source, &wish, wants_completions(latency),
		                             &latency->trouble);
	latency->sampled_nsec = clock_nsec(CLOCK_MONOTONIC);
	if (error < 0)
		latency_plan_failed(&latency->plan, monotonic_usec());
	else
		latency_plan_begun(&latency->plan, monotonic_usec());
}

/* How long the burst that is on has lasted. */
static uint64_t sampling_nsec(const struct latency *latency)
{
	if (latency->plan.phase != LATENCY_SAMPLING)
		return 0;
	return clock_nsec(CLOCK_MONOTONIC) - latency->sampled_nsec;
}

static void stop(struct latency *latency)
{
	latency->observed_nsec += sampling_nsec(latency);
	latency_source_stop(latency->source);
	latency_plan_stopped(&latency->plan, monotonic_usec());
}

static void drain(struct latency *latency)
{
	uint64_t n_pending = latency_source_drain(latency->source);

	if (latency_plan_waits(&latency->plan, n_pending, monotonic_usec()))
		return;
	latency_source_end(latency->source);
	latency_plan_ended(&latency->plan, latency->burst_cpu_nsec, latency->env->cpu_percent,
	                   monotonic_usec());
	latency->burst_cpu_nsec = 0;
}

static uint64_t latency_tend(void *state, uint64_t now_usec)
{
	static void (*const steps[])(struct latency * latency) = {
		[LATENCY_IDLE] = begin,
		[LATENCY_SAMPLING] = stop,
		[LATENCY_DRAINING] = drain,
	};
	struct latency *latency = state;
	uint64_t cpu_nsec;

	while (latency_plan_is_due(&latency->plan, now_usec)) {
		cpu_nsec = clock_nsec(CLOCK_THREAD_CPUTIME_ID);
		steps[latency->plan.phase](latency);
		latency->burst_cpu_nsec += clock_nsec(CLOCK_THREAD_CPUTIME_ID) - cpu_nsec;
		now_usec = monotonic_usec();
	}
	return latency->plan.next_usec;
}

static int latency_collect(void *state, struct batch *batch)
{
	struct latency *latency = state;
	const struct collector_env *env = latency->env;
	struct latency_counts counts;
	struct latency_pending pending;
	struct latency_rungs rungs;
	int error = read_devices(latency, env->reason);

	if (!error)
		error = latency_source_count(latency->source, &counts, env->reason);
	if (!error)
		error = latency_metrics_write(latency->metrics, latency->source,
		                              &latency->slots->devices, &counts,
		                              latency->namespaces, batch, env->reason);
	if (error < 0)
		return error;
	pending = latency_source_pending(latency->source, &counts);
	rungs = latency_source_rungs(latency->source);
	latency_metrics_write_ladder(&rungs, latency->options->mode == LATENCY_OFF, batch);
	latency_metrics_write_totals(latency->observed_nsec + sampling_nsec(latency),
	                             latency->slots->devices.n_used, latency_pending_sum(pending),
	                             batch);
	latency_source_account(latency->source, &counts, env->tally);
	*env->reason = latency->trouble;
	/* Nothing can be loaded any more. */
	if (latency->methods != latency->options->methods)
		reason_add(env->reason, "methods take effect at the next start");
	reason_add(env->reason, namespace_names_lack(latency->namespaces));
	return 0;
}

/* The burst that is on ends, and the first one of the new state is due. */
static void latency_inherit(void *state, void *former)
{
	struct latency *latency = state, *old = former;
	struct latency_slots *slots = latency->slots;

	latency->observed_nsec = old->observed_nsec + sampling_nsec(old);
	latency_source_stop(old->source);
	latency_source_end(old->source);
	if (latency->plan.never)
		latency_source_rest(old->source);
	latency->source = steal_pointer(old->source);
	latency->methods = old->methods;
	latency->slots = old->slots;
	old->slots = slots;
}

static void latency_close(void *state)
{
	struct latency *latency = state;

	if (!latency)
		return;
	latency_source_close(latency->source);
	latency_metrics_free(latency->metrics);
	namespace_names_close(latency->namespaces);
	free(latency->slots);
	free(latency);
}
DEFINE_CLEANUP(struct latency, latency_close)

static void plan(struct latency *latency)
{
	const struct latency_options *options = latency->options;
	bool continuous = options->mode == LATENCY_CONTINUOUS;

	latency->plan = (struct latency_plan){
		.burst_usec = continuous ? CONTINUOUS_USEC : options->burst_usec,
		.every_usec = continuous ? 0 : options->every_usec,
		.drain_usec = options->drain_usec,
		.never = options->mode == LATENCY_OFF,
	};
	latency_plan_start(&latency->plan, monotonic_usec());
}

/* As bits 1 << BPF_METHOD_…. */
static unsigned methods_of(const struct latency_options *options)
{
	return options->methods << BPF_METHOD_FENTRY;
}

static int latency_open(const struct collector_env *env, void **ret_state)
{
	struct latency *latency cleanup(latency_close) = calloc(1, sizeof(*latency));
	int error = 0;

	if (latency)
		latency->slots = calloc(1, sizeof(*latency->slots));
	if (!latency || !latency->slots)
		return reason_set(env->reason, -ENOMEM, "out of memory");
	latency->env = env;
	latency->options = env->options;
	latency->methods = latency->options->methods;
	if (!env->former)
		error = latency_source_open(methods_of(latency->options), &latency->source,
		                            env->reason);
	if (!error)
		error = namespace_names_open(env, &latency->namespaces);
	if (!error)
		error = latency_metrics_new(&latency->metrics, env->reason);
	if (error < 0)
		return error;
	plan(latency);
	if (latency->plan.never && latency->source)
		latency_source_rest(latency->source);
	*ret_state = steal_pointer(latency);
	return 0;
}

static const char *const modes[] = { "burst", "continuous", "off", NULL };

/* In the order of enum bpf_method. */
static const char *const methods[] = { "fentry", "tracepoint", "timestamp", NULL };

static const struct option latency_option_table[] = {
	{
		.name = "mode",
		.help = "When packets are looked at: all of them in bursts, one in so many all the time, or never.",
		.type = OPTION_CHOICE,
		.offset = offsetof(struct latency_options, mode),
		.fallback = "\"burst\"",
		.choices = modes,
	},
	{
		.name = "burst",
		.help = "How long a burst is.",
		.type = OPTION_DURATION,
		.offset = offsetof(struct latency_options, burst_usec),
		.fallback = "\"100ms\"",
		.min = 10000,
		.max = 60 * USEC_PER_SEC,
	},
	{
		.name = "every",
		.help = "The time from one burst to the next. It is longer when that would take more CPU time than limits.cpu_percent.",
		.type = OPTION_DURATION,
		.offset = offsetof(struct latency_options, every_usec),
		.fallback = "\"10s\"",
		.min = 100000,
		.max = 3600 * USEC_PER_SEC,
	},
	{
		.name = "drain",
		.help = "How long packets that a burst has met are followed after it, so that long waits are not missed.",
		.type = OPTION_DURATION,
		.offset = offsetof(struct latency_options, drain_usec),
		.fallback = "\"1s\"",
		.max = 60 * USEC_PER_SEC,
	},
	{
		.name = "one_in",
		.help = "In mode continuous, of how many packets one is looked at, by chance.",
		.type = OPTION_INTEGER,
		.offset = offsetof(struct latency_options, one_in),
		.fallback = "64",
		.min = 1,
		.max = 1000000,
	},
	{
		.name = "max_devices",
		.help = "Devices that are told apart; all others are \"(other)\".",
		.type = OPTION_INTEGER,
		.offset = offsetof(struct latency_options, max_devices),
		.fallback = "16",
		.min = 1,
		.max = LATENCY_SLOTS - 2,
	},
	{
		.name = "methods",
		.help = "What may be used to measure, each for what the ones before it cannot: programs at the entry of kernel functions, for which the kernel changes its code; at tracepoints; or TCP's timestamps by a program at the topmost cgroup (Linux 6.15), which takes CAP_NET_ADMIN.",
		.type = OPTION_CHOICES,
		.offset = offsetof(struct latency_options, methods),
		.fallback = "[\"fentry\", \"tracepoint\", \"timestamp\"]",
		.choices = methods,
	},
	OPTION_END,
};

static const struct metric_table *const latency_tables[] = {
	&latency_table, &latency_queue_table, &latency_segment_table, &latency_total_table, NULL,
};

const struct collector_ops latency_collector = {
	.name = "latency",
	.summary = "how long packets spend in each segment of the transmit path (BPF)",
	.interval = "5s",
	.tables = latency_tables,
	.options = latency_option_table,
	.options_size = sizeof(struct latency_options),
	.opening_capabilities = UINT64_C(1) << CAP_BPF | UINT64_C(1) << CAP_PERFMON |
		UINT64_C(1) << CAP_NET_ADMIN, /* of use for timestamps alone */
	.namespace_capabilities = NAMESPACE_NAMES_CAPABILITIES,
	.open = latency_open,
	.collect = latency_collect,
	.tend = latency_tend,
	.inherit = latency_inherit,
	.close = latency_close,
};
