/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/self_collectors.h"

#include "daemon/clock.h"

const struct metric_table self_info_table = {
	.labels = { "collector", "status", "reason" },
	.families =
		(const struct metric_family[]){
			{ .name = "txpathd_collector_info",
	                  .help = "1; status is starting, ok, failed, unsupported, stalled or disabled, "
	                          "and reason says why it is not ok, or what is missing all the same." },
		},
	.n_families = 1,
};

enum {
	COLLECTOR_UP,
	COLLECTOR_RUNS,
	COLLECTOR_FAILURES,
	COLLECTOR_MISSED_TICKS,
	COLLECTOR_INTERRUPTED_DUMPS,
	COLLECTOR_DURATION,
	COLLECTOR_CPU,
	COLLECTOR_INTERVAL,
	COLLECTOR_LAST_SUCCESS,
	COLLECTOR_SERIES,
	COLLECTOR_DROPPED_SERIES,
	COLLECTOR_OVERFLOWED_GROUPS,
	COLLECTOR_EVICTED_GROUPS,
	COLLECTOR_SANITIZED_LABELS,
	COLLECTOR_SKIPPED_OBJECTS,
};

static const struct metric_family collector_families[] = {
	[COLLECTOR_UP] = { .name = "txpathd_collector_up",
	                   .help = "Whether the collector's last sample succeeded and is fresh "
	                           "enough to be served." },
	[COLLECTOR_RUNS] = { .name = "txpathd_collector_runs_total",
	                     .help = "Samples begun.",
	                     .type = METRIC_COUNTER },
	[COLLECTOR_FAILURES] = { .name = "txpathd_collector_failures_total",
	                         .help = "Samples that failed and were thrown away.",
	                         .type = METRIC_COUNTER },
	[COLLECTOR_MISSED_TICKS] = { .name = "txpathd_collector_missed_ticks_total",
	                             .help = "Ticks of the collector's clock that passed while a "
	                                     "sample still ran.",
	                             .type = METRIC_COUNTER },
	[COLLECTOR_INTERRUPTED_DUMPS] = { .name = "txpathd_collector_interrupted_dumps_total",
	                                  .help = "Netlink dumps begun anew because the kernel's state "
	                                          "changed during them (NLM_F_DUMP_INTR) or replies "
	                                          "were lost (ENOBUFS).",
	                                  .type = METRIC_COUNTER },
	[COLLECTOR_DURATION] = { .name = "txpathd_collector_duration_seconds",
	                         .help = "Wall time of the last successful sample.",
	                         .unit = METRIC_NSEC },
	[COLLECTOR_CPU] = { .name = "txpathd_collector_cpu_seconds_total",
	                    .help = "CPU time of the collector's thread (CLOCK_THREAD_CPUTIME_ID).",
	                    .type = METRIC_COUNTER,
	                    .unit = METRIC_NSEC },
	[COLLECTOR_INTERVAL] = { .name = "txpathd_collector_interval_seconds",
	                         .help = "Effective interval: the configured one, stretched to stay "
	                                 "within the CPU budget.",
	                         .unit = METRIC_NSEC },
	[COLLECTOR_LAST_SUCCESS] = { .name = "txpathd_collector_last_success_timestamp_seconds",
	                             .help = "When the last successful sample was taken, since the "
	                                     "Unix epoch.",
	                             .unit = METRIC_NSEC },
	[COLLECTOR_SERIES] = { .name = "txpathd_collector_series",
	                       .help = "Series in the last successful sample." },
	[COLLECTOR_DROPPED_SERIES] = { .name = "txpathd_collector_dropped_series_total",
	                               .help = "Series left out of samples by limits.max_series.",
	                               .type = METRIC_COUNTER },
	[COLLECTOR_OVERFLOWED_GROUPS] = { .name = "txpathd_collector_overflowed_groups_total",
	                                  .help = "Label values folded into (other) by a bound.",
	                                  .type = METRIC_COUNTER },
	[COLLECTOR_EVICTED_GROUPS] = { .name = "txpathd_collector_evicted_groups_total",
	                               .help = "Label values that nothing was in any more, given up "
	                                       "to make room for others.",
	                               .type = METRIC_COUNTER },
	[COLLECTOR_SANITIZED_LABELS] = { .name = "txpathd_collector_sanitized_labels_total",
	                                 .help = "Label values in samples that were not valid UTF-8 "
	                                         "and had bytes replaced.",
	                                 .type = METRIC_COUNTER },
	[COLLECTOR_SKIPPED_OBJECTS] = { .name = "txpathd_collector_skipped_objects_total",
	                                .help = "Kernel objects left out of samples: malformed, "
	                                        "told twice, or gone while they were listed.",
	                                .type = METRIC_COUNTER },
};

const struct metric_table self_collector_table = {
	.labels = { "collector" },
	.families = collector_families,
	.n_families = ARRAY_SIZE(collector_families),
};

enum {
	NAMESPACES_SAMPLED,
	NAMESPACES_UNREACHABLE,
	NAMESPACES_UNTRACKED,
	NAMESPACES_FAILURES,
};

static const struct metric_family namespaces_families[] = {
	[NAMESPACES_SAMPLED] = { .name = "txpathd_collector_namespaces",
	                         .help = "Network namespaces besides the daemon's own that are "
	                                 "sampled, each in its turn." },
	[NAMESPACES_UNREACHABLE] = { .name = "txpathd_collector_unreachable_namespaces",
	                             .help = "Network namespaces that were to be sampled and cannot "
	                                     "be entered (setns(2))." },
	[NAMESPACES_UNTRACKED] = { .name = "txpathd_collector_untracked_namespaces",
	                           .help = "Network namespaces that are not sampled because of "
	                                   "limits.max_namespaces." },
	[NAMESPACES_FAILURES] = { .name = "txpathd_collector_namespace_failures_total",
	                          .help = "Samples of other network namespaces than the daemon's own "
	                                  "that failed and were thrown away.",
	                          .type = METRIC_COUNTER },
};

const struct metric_table self_namespaces_table = {
	.labels = { "collector" },
	.families = namespaces_families,
	.n_families = ARRAY_SIZE(namespaces_families),
};

enum { PROGRAM_ATTACHED, PROGRAM_RUN_SECONDS, PROGRAM_RUNS };

static const struct metric_family programs_families[] = {
	[PROGRAM_ATTACHED] = { .name = "txpathd_bpf_program_attached",
	                       .help = "Whether the program is at a hook of the kernel's now." },
	[PROGRAM_RUN_SECONDS] = { .name = "txpathd_bpf_program_run_seconds_total",
	                          .help = "Time that the program has run for, while the kernel "
	                                  "accounts for it (sysctl kernel.bpf_stats_enabled).",
	                          .type = METRIC_COUNTER,
	                          .unit = METRIC_NSEC },
	[PROGRAM_RUNS] = { .name = "txpathd_bpf_program_runs_total",
	                   .help = "Times that the program has run, while the kernel accounts for it "
	                           "(sysctl kernel.bpf_stats_enabled).",
	                   .type = METRIC_COUNTER },
};

const struct metric_table self_programs_table = {
	.labels = { "collector", "program" },
	.families = programs_families,
	.n_families = ARRAY_SIZE(programs_families),
};

const struct metric_table self_losses_table = {
	.labels = { "collector", "cause" },
	.families =
		(const struct metric_family[]){
			{ .name = "txpathd_bpf_lost_events_total",
	                  .help = "Events in the kernel that programs could not count, or not tell "
	                          "whose they were, by cause.",
	                  .type = METRIC_COUNTER },
		},
	.n_families = 1,
};

static void write_info(struct batch *batch, const char *collector, const char *state,
                       const char *reason)
{
	struct label labels[] = { label_of(collector), label_of(state), label_of(reason) };

	batch_row(batch, &self_info_table, labels, ARRAY_SIZE(labels));
	batch_count(batch, 0, 1);
}

static void write_figures(struct batch *batch, const struct worker_status *status)
{
	batch_count(batch, COLLECTOR_UP, status->state == WORKER_OK);
	batch_count(batch, COLLECTOR_RUNS, status->n_runs);
	batch_count(batch, COLLECTOR_FAILURES, status->n_failures);
	batch_count(batch, COLLECTOR_MISSED_TICKS, status->n_missed_ticks);
	batch_count(batch, COLLECTOR_INTERRUPTED_DUMPS, status->tally.interrupted_dumps);
	batch_count(batch, COLLECTOR_CPU, status->cpu_nsec);
	batch_count(batch, COLLECTOR_INTERVAL, status->interval_usec * NSEC_PER_USEC);
	batch_count(batch, COLLECTOR_DROPPED_SERIES, status->n_dropped_series);
	batch_count(batch, COLLECTOR_OVERFLOWED_GROUPS, status->tally.overflowed_groups);
	batch_count(batch, COLLECTOR_EVICTED_GROUPS, status->tally.evicted_groups);
	batch_count(batch, COLLECTOR_SANITIZED_LABELS, status->n_sanitized_labels);
	batch_count(batch, COLLECTOR_SKIPPED_OBJECTS, status->tally.skipped_objects);
	if (!status->has_run)
		return;
	batch_count(batch, COLLECTOR_DURATION, status->duration_usec * NSEC_PER_USEC);
	batch_count(batch, COLLECTOR_LAST_SUCCESS, status->last_success_usec * NSEC_PER_USEC);
	batch_count(batch, COLLECTOR_SERIES, status->n_series);
}

static void write_namespaces(struct batch *batch, const struct collector_tally *tally)
{
	batch_count(batch, NAMESPACES_SAMPLED, tally->n_namespaces);
	batch_count(batch, NAMESPACES_UNREACHABLE, tally->n_unreachable_namespaces);
	batch_count(batch, NAMESPACES_UNTRACKED, tally->n_untracked_namespaces);
	batch_count(batch, NAMESPACES_FAILURES, tally->namespace_failures);
}

static void write_programs(struct batch *batch, const char *collector,
                           const struct collector_tally *tally)
{
	for (size_t i = 0; i < tally->n_programs; i++) {
		const struct collector_program *program = &tally->programs[i];
		struct label labels[] = { label_of(collector), label_of(program->name) };

		batch_row(batch, &self_programs_table, labels, ARRAY_SIZE(labels));
		batch_count(batch, PROGRAM_ATTACHED, program->attached);
		if (!program->accounted)
			continue;
		batch_count(batch, PROGRAM_RUN_SECONDS, program->run_nsec);
		batch_count(batch, PROGRAM_RUNS, program->n_runs);
	}
	for (size_t i = 0; i < tally->n_losses; i++) {
		struct label labels[] = { label_of(collector), label_of(tally->losses[i].cause) };

		batch_row(batch, &self_losses_table, labels, ARRAY_SIZE(labels));
		batch_count(batch, 0, tally->losses[i].n_events);
	}
}

void self_write_collectors(struct batch *batch, const struct crew *crew, uint64_t now_usec)
{
	for (size_t i = 0; i < crew_size(crew); i++) {
		const char *name = crew_collector(crew, i)->name;
		struct worker *worker = crew_worker(crew, i);
		struct worker_status status;
		struct label label = label_of(name);

		if (!worker) {
			write_info(batch, name, "disabled", "");
			continue;
		}
		worker_status(worker, now_usec, &status);
		write_info(batch, name, worker_state_names[status.state], status.reason.text);
		batch_row(batch, &self_collector_table, &label, 1);
		write_figures(batch, &status);
		write_programs(batch, name, &status.tally);
		if (crew_collector(crew, i)->namespace_capabilities == 0)
			continue;
		batch_row(batch, &self_namespaces_table, &label, 1);
		write_namespaces(batch, &status.tally);
	}
}
