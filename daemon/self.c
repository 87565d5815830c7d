/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads statuses and statistics that others keep; it keeps nothing but its last snapshot. */
#include "daemon/self.h"

#include <errno.h>
#include <stdio.h>

#include "daemon/clock.h"
#include "daemon/process.h"
#include "daemon/revision.h"
#include "daemon/self_collectors.h"

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
	&build_table,         &self_info_table,   &self_collector_table, &self_namespaces_table,
	&self_programs_table, &self_losses_table, &requests_table,       &rejections_table,
	&http_table,          &config_table,      &process_table,        NULL,
};

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
	self_write_collectors(batch, self->crew, now_usec);
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
