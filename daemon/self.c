/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads statuses and statistics that others keep; it keeps nothing but its last snapshot. */
#include "daemon/self.h"

#include <errno.h>
#include <stdio.h>

#include "daemon/clock.h"
#include "daemon/process.h"
#include "daemon/revision.h"

#define KEEP_USEC  USEC_PER_SEC
#define MAX_SERIES 100000 /* never reached: collectors and HTTP codes are few */

struct self {
	const struct crew *crew;
	const struct http_server *server;
	const struct self_reload *reload;
	struct snapshot *snapshot;
};

static const struct metric_table build_table = {
	.labels = { "version", "revision" },
	.families =
		(const struct metric_family[]){
			{ .name = "txpathd_build_info",
	                  .help = "1; what was built is in the labels." },
		},
	.n_families = 1,
};

static const struct metric_table info_table = {
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
	[COLLECTOR_SANITIZED_LABELS] = { .name = "txpathd_collector_sanitized_labels_total",
	                                 .help = "Label values in samples that were not valid UTF-8 "
	                                         "and had bytes replaced.",
	                                 .type = METRIC_COUNTER },
	[COLLECTOR_SKIPPED_OBJECTS] = { .name = "txpathd_collector_skipped_objects_total",
	                                .help = "Kernel objects left out of samples: malformed, "
	                                        "told twice, or gone while they were listed.",
	                                .type = METRIC_COUNTER },
};

static const struct metric_table collector_table = {
	.labels = { "collector" },
	.families = collector_families,
	.n_families = ARRAY_SIZE(collector_families),
};

static const struct metric_table requests_table = {
	.labels = { "handler", "code" },
	.families =
		(const struct metric_family[]){
			{ .name = "txpathd_http_requests_total",
	                  .help = "Requests answered, by path and status code.",
	                  .type = METRIC_COUNTER },
		},
	.n_families = 1,
};

static const struct metric_table rejections_table = {
	.labels = { "cause" },
	.families =
		(const struct metric_family[]){
			{ .name = "txpathd_http_rejected_connections_total",
	                  .help = "Connections closed by a bound: too many in all, too many from one "
	                          "address, or too slow.",
	                  .type = METRIC_COUNTER },
		},
	.n_families = 1,
};

enum { HTTP_CONNECTIONS, HTTP_RESPONSE_BYTES };

static const struct metric_table http_table = {
	.families =
		(const struct metric_family[]){
			[HTTP_CONNECTIONS] = { .name = "txpathd_http_connections",
	                                       .help = "Connections open now." },
			[HTTP_RESPONSE_BYTES] = { .name = "txpathd_http_response_bytes_total",
	                                          .help = "Bytes of response bodies sent.",
	                                          .type = METRIC_COUNTER },
		},
	.n_families = 2,
};

enum { CONFIG_SUCCESSFUL, CONFIG_SUCCESS_TIMESTAMP };

static const struct metric_table config_table = {
	.families =
		(const struct metric_family[]){
			[CONFIG_SUCCESSFUL] = { .name = "txpathd_config_last_reload_successful",
	                                        .help = "Whether the last load of the configuration was "
	                                                "taken into use." },
			[CONFIG_SUCCESS_TIMESTAMP] = { .name = "txpathd_config_last_reload_success_timestamp_seconds",
	                                               .help = "When a configuration was last taken into use, since the Unix "
	                                                       "epoch.",
	                                               .unit = METRIC_NSEC },
		},
	.n_families = 2,
};

const struct metric_table *const self_tables[] = {
	&build_table,    &info_table,       &collector_table,
	&requests_table, &rejections_table, &http_table,
	&config_table,   &process_table,    NULL,
};

static void write_info(struct batch *batch, const char *collector, const char *state,
                       const char *reason)
{
	struct label labels[] = { label_of(collector), label_of(state), label_of(reason) };

	batch_row(batch, &info_table, labels, ARRAY_SIZE(labels));
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
	batch_count(batch, COLLECTOR_SANITIZED_LABELS, status->n_sanitized_labels);
	batch_count(batch, COLLECTOR_SKIPPED_OBJECTS, status->tally.skipped_objects);
	if (!status->has_run)
		return;
	batch_count(batch, COLLECTOR_DURATION, status->duration_usec * NSEC_PER_USEC);
	batch_count(batch, COLLECTOR_LAST_SUCCESS, status->last_success_usec * NSEC_PER_USEC);
	batch_count(batch, COLLECTOR_SERIES, status->n_series);
}

static void write_collectors(struct batch *batch, const struct crew *crew, uint64_t now_usec)
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
		batch_row(batch, &collector_table, &label, 1);
		write_figures(batch, &status);
	}
}

static void write_http(struct batch *batch, const struct http_server *server)
{
	struct http_statistics statistics;

	http_server_statistics(server, &statistics);
	for (size_t i = 0; i < statistics.n_requests; i++) {
		const struct http_request_count *count = &statistics.requests[i];
		char code[16];
		int n = snprintf(code, sizeof(code), "%u", count->code);
		struct label labels[] = { label_of(count->handler), { code, (size_t)n } };

		batch_row(batch, &requests_table, labels, ARRAY_SIZE(labels));
		batch_count(batch, 0, count->n);
	}
	for (size_t i = 0; i < HTTP_REJECTIONS; i++) {
		struct label label = label_of(http_rejection_names[i]);

		batch_row(batch, &rejections_table, &label, 1);
		batch_count(batch, 0, statistics.n_rejected[i]);
	}
	batch_row(batch, &http_table, NULL, 0);
	batch_count(batch, HTTP_CONNECTIONS, statistics.n_connections);
	batch_count(batch, HTTP_RESPONSE_BYTES, statistics.n_response_bytes);
}

static void self_write(const struct self *self, struct batch *batch, uint64_t now_usec)
{
	struct label build[] = { label_of(TXPATHD_VERSION), label_of(TXPATHD_REVISION) };

	batch_row(batch, &build_table, build, ARRAY_SIZE(build));
	batch_count(batch, 0, 1);
	write_collectors(batch, self->crew, now_usec);
	if (self->server)
		write_http(batch, self->server);
	batch_row(batch, &config_table, NULL, 0);
	batch_count(batch, CONFIG_SUCCESSFUL, self->reload->successful);
	batch_count(batch, CONFIG_SUCCESS_TIMESTAMP, self->reload->success_usec * NSEC_PER_USEC);
	process_write(batch);
}

int self_new(const struct crew *crew, const struct http_server *server,
             const struct self_reload *reload, struct self **ret_self)
{
	struct self *self = calloc(1, sizeof(*self));

	if (!self)
		return -ENOMEM;
	self->crew = crew;
	self->server = server;
	self->reload = reload;
	*ret_self = self;
	return 0;
}

void self_free(struct self *self)
{
	if (!self)
		return;
	snapshot_unref(self->snapshot);
	free(self);
}

void self_invalidate(struct self *self)
{
	snapshot_unref(steal_pointer(self->snapshot));
}

struct snapshot *self_snapshot(struct self *self, uint64_t now_usec)
{
	struct batch *batch cleanup(batch_free) = NULL;

	if (self->snapshot && now_usec < snapshot_taken_usec(self->snapshot) + KEEP_USEC)
		return snapshot_ref(self->snapshot);

	batch = batch_new(MAX_SERIES);
	if (!batch)
		return NULL;
	self_write(self, batch, now_usec);
	self_invalidate(self);
	if (batch_error(batch) == 0)
		self->snapshot = snapshot_new(batch, now_usec);
	if (!self->snapshot)
		return NULL;
	(void)steal_pointer(batch);
	return snapshot_ref(self->snapshot);
}
