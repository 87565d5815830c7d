/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A collector's section is two structs in a row: what all collectors have, then its own. Its option
 * table is put together here once, with the offsets of its own options moved behind the first.
 */
#include "daemon/settings.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "daemon/clock.h"

#define N_COMMON       2
#define SECTION_PREFIX "collectors."

struct settings_schema {
	atomic_uint n_references;
	struct configuration_schema configuration;
	struct configuration_section *sections;
};

struct settings {
	atomic_uint n_references;
	struct settings_schema *schema;
	struct configuration *configuration;
};

static const struct option limits_table[] = {
	{ .name = "max_series",
	  .help = "Series that one collector may export; what exceeds it is left out and counted.",
	  .type = OPTION_INTEGER,
	  .offset = offsetof(struct limits_options, max_series),
	  .fallback = "20000",
	  .min = 100,
	  .max = 10000000 },
	{ .name = "cpu_percent",
	  .help = "CPU time that one collector may use, in percent of one core; "
	          "its interval is stretched to stay within.",
	  .type = OPTION_INTEGER,
	  .offset = offsetof(struct limits_options, cpu_percent),
	  .fallback = "1",
	  .min = 1,
	  .max = 100 },
	OPTION_END
};

static const struct configuration_section daemon_sections[] = {
	{ "http", "The HTTP endpoint.", http_options_table, sizeof(struct http_options) },
	{ "limits", "Bounds on what the daemon costs.", limits_table,
	  sizeof(struct limits_options) },
};

static char *string_format(const char *before, const char *middle, const char *after)
{
	char *string = NULL;

	if (asprintf(&string, "%s%s%s", before, middle, after) < 0)
		return NULL;
	return string;
}

static size_t options_count(const struct option *options)
{
	size_t n = 0;

	while (options && options[n].name)
		n++;
	return n;
}

/* The collector's option table, in memory that collector_section_clear() frees; NULL out of memory. */
static struct option *collector_table_new(const struct collector_ops *ops)
{
	size_t n = options_count(ops->options);
	char *interval cleanup(free) = string_format("\"", ops->interval, "\"");
	struct option *table = calloc(N_COMMON + n + 1, sizeof(*table));

	if (!table || !interval) {
		free(table);
		return NULL;
	}
	table[0] = (struct option){ .name = "enabled",
		                    .help = "Whether the collector runs.",
		                    .type = OPTION_BOOLEAN,
		                    .offset = offsetof(struct collector_options, enabled),
		                    .fallback = "true" };
	table[1] = (struct option){ .name = "interval",
		                    .help = "Time between two samples.",
		                    .type = OPTION_DURATION,
		                    .offset = offsetof(struct collector_options, interval_usec),
		                    .fallback = steal_pointer(interval),
		                    .min = USEC_PER_SEC / 100,
		                    .max = 3600 * USEC_PER_SEC };
	for (size_t i = 0; i < n; i++) {
		table[N_COMMON + i] = ops->options[i];
		table[N_COMMON + i].offset += sizeof(struct collector_options);
	}
	return table;
}

static void collector_section_clear(struct configuration_section *section)
{
	if (section->options)
		free((void *)(uintptr_t)section->options[1].fallback);
	free((void *)(uintptr_t)section->options);
	free((void *)(uintptr_t)section->path);
}

struct settings_schema *settings_schema_new(const struct collector_ops *const *collectors)
{
	struct settings_schema *schema cleanup(settings_schema_unref) = calloc(1, sizeof(*schema));
	size_t n = ARRAY_SIZE(daemon_sections);

	if (!schema)
		return NULL;
	while (collectors[n - ARRAY_SIZE(daemon_sections)])
		n++;
	atomic_init(&schema->n_references, 1);
	schema->sections = calloc(n, sizeof(*schema->sections));
	if (!schema->sections)
		return NULL;
	memcpy(schema->sections, daemon_sections, sizeof(daemon_sections));
	schema->configuration = (struct configuration_schema){ n, schema->sections };

	for (size_t i = ARRAY_SIZE(daemon_sections); i < n; i++) {
		const struct collector_ops *ops = collectors[i - ARRAY_SIZE(daemon_sections)];

		schema->sections[i] = (struct configuration_section){
			.path = string_format(SECTION_PREFIX, ops->name, ""),
			.summary = ops->summary,
			.options = collector_table_new(ops),
			.size = sizeof(struct collector_options) + ops->options_size,
		};
		if (!schema->sections[i].path || !schema->sections[i].options)
			return NULL;
	}
	return steal_pointer(schema);
}

void settings_schema_unref(struct settings_schema *schema)
{
	if (!schema ||
	    atomic_fetch_sub_explicit(&schema->n_references, 1, memory_order_acq_rel) != 1)
		return;
	for (size_t i = ARRAY_SIZE(daemon_sections); i < schema->configuration.n_sections; i++)
		collector_section_clear(&schema->sections[i]);
	free(schema->sections);
	free(schema);
}

const struct configuration_schema *
settings_schema_configuration(const struct settings_schema *schema)
{
	return &schema->configuration;
}

static int source_load(const struct settings_schema *schema, const struct settings_source *source,
                       struct configuration_faults *faults,
                       struct configuration **ret_configuration)
{
	if (source->path)
		return configuration_load(&schema->configuration, source->path,
		                          source->may_be_absent, faults, ret_configuration);
	*ret_configuration = configuration_new(&schema->configuration);
	return *ret_configuration ? 0 : -ENOMEM;
}

int settings_load(struct settings_schema *schema, const struct settings_source *source,
                  struct configuration_faults *faults, struct settings **ret_settings)
{
	struct settings *settings cleanup(settings_unref) = calloc(1, sizeof(*settings));
	struct reason reason = { "" };
	int r;

	if (!settings)
		return -ENOMEM;
	atomic_init(&settings->n_references, 1);
	atomic_fetch_add_explicit(&schema->n_references, 1, memory_order_relaxed);
	settings->schema = schema;
	r = source_load(schema, source, faults, &settings->configuration);
	if (r < 0)
		return r;
	if (source->n_listen > 0) {
		r = configuration_set_strings(settings->configuration, "http", "listen",
		                              source->listen, source->n_listen, &reason);
		if (r < 0)
			return configuration_faults_add(faults, r, "command line: %s", reason.text);
	}
	*ret_settings = steal_pointer(settings);
	return 0;
}

struct settings *settings_ref(struct settings *settings)
{
	atomic_fetch_add_explicit(&settings->n_references, 1, memory_order_relaxed);
	return settings;
}

void settings_unref(struct settings *settings)
{
	if (!settings ||
	    atomic_fetch_sub_explicit(&settings->n_references, 1, memory_order_acq_rel) != 1)
		return;
	configuration_free(settings->configuration);
	settings_schema_unref(settings->schema);
	free(settings);
}

const struct configuration *settings_configuration(const struct settings *settings)
{
	return settings->configuration;
}

const struct http_options *settings_http(const struct settings *settings)
{
	return configuration_section(settings->configuration, "http");
}

const struct limits_options *settings_limits(const struct settings *settings)
{
	return configuration_section(settings->configuration, "limits");
}

static void section_path(const struct collector_ops *ops, char path[static 128])
{
	int n = snprintf(path, 128, "%s%s", SECTION_PREFIX, ops->name);

	assert(n < 128);
	(void)n;
}

const struct collector_options *settings_collector(const struct settings *settings,
                                                   const struct collector_ops *ops)
{
	char path[128];

	section_path(ops, path);
	return configuration_section(settings->configuration, path);
}

const void *settings_collector_own(const struct settings *settings, const struct collector_ops *ops)
{
	return settings_collector(settings, ops) + 1;
}

bool settings_collector_equal(const struct settings *a, const struct settings *b,
                              const struct collector_ops *ops)
{
	char path[128];

	section_path(ops, path);
	return configuration_section_equal(a->configuration, b->configuration, path);
}

uint64_t settings_needed_capabilities(const struct settings *settings,
                                      const struct collector_ops *const *collectors)
{
	uint64_t needed = 0;

	for (size_t i = 0; collectors[i]; i++) {
		const struct collector_ops *ops = collectors[i];

		if (!settings_collector(settings, ops)->enabled)
			continue;
		needed |= ops->capabilities;
		if (ops->option_capabilities)
			needed |= ops->option_capabilities(settings_collector_own(settings, ops));
	}
	return needed;
}
