/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A collector's section is two structs in a row: what all collectors have, then its own. Its option
 * table is put together here once, with the offsets of its own options moved behind the first.
 */
#include "daemon/settings_schema.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "daemon/clock.h"
#include "daemon/http.h"

#define N_COMMON           2
#define NAMESPACES_MAX     1000 /* names in a list */
#define NAMESPACE_NAME_MAX 255  /* NAME_MAX: they are files */

struct settings_schema {
	atomic_uint n_references;
	struct configuration_schema configuration;
	struct configuration_section *sections;
};

static const char *const namespaces_choices[] = {
	[COLLECTOR_NAMESPACES_OWN] = "own",
	[COLLECTOR_NAMESPACES_ALL] = "all",
	[COLLECTOR_NAMESPACES_NAMED] = NULL,
};

static int namespace_name_check(const char *name, struct reason *reason)
{
	if (name[0] == '\0')
		return reason_set(reason, -EINVAL, "a name is not empty");
	if (strlen(name) > NAMESPACE_NAME_MAX)
		return reason_set(reason, -EINVAL, "longer than %d bytes", NAMESPACE_NAME_MAX);
	if (strchr(name, '/'))
		return reason_set(reason, -EINVAL,
		                  "a name has no slash: it is that of a file in "
		                  "/run/netns");
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return reason_set(reason, -EINVAL, "that is no name");
	return 0;
}

static const struct option document_table[] = {
	{ .name = "namespaces",
	  .help = "Network namespaces that are watched: \"own\" is the daemon's, \"all\" adds those "
	          "with a name in /run/netns or with a process, and a list adds those of these "
	          "names in /run/netns. Others need capabilities, which a daemon that starts with "
	          "\"own\" gives up.",
	  .type = OPTION_CHOICE_OR_STRINGS,
	  .offset = offsetof(struct document_options, namespaces),
	  .fallback = "\"own\"",
	  .max = NAMESPACES_MAX,
	  .choices = namespaces_choices,
	  .check = namespace_name_check },
	OPTION_END
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
	{ .name = "max_groups",
	  .help = "Label values of a kind, such as owners or peers, that one collector tells apart; "
	          "the rest is summed up in (other).",
	  .type = OPTION_INTEGER,
	  .offset = offsetof(struct limits_options, max_groups),
	  .fallback = "200",
	  .min = 1,
	  .max = 10000 },
	{ .name = "max_namespaces",
	  .help = "Network namespaces besides its own that one collector samples.",
	  .type = OPTION_INTEGER,
	  .offset = offsetof(struct limits_options, max_namespaces),
	  .fallback = "64",
	  .min = 1,
	  .max = 4096 },
	OPTION_END
};

static const struct configuration_section daemon_sections[] = {
	{ "", "What is watched, by all collectors alike.", document_table,
	  sizeof(struct document_options) },
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
			.path = string_format(SETTINGS_COLLECTOR_PREFIX, ops->name, ""),
			.summary = ops->summary,
			.options = collector_table_new(ops),
			.size = sizeof(struct collector_options) + ops->options_size,
		};
		if (!schema->sections[i].path || !schema->sections[i].options)
			return NULL;
	}
	return steal_pointer(schema);
}

struct settings_schema *settings_schema_ref(struct settings_schema *schema)
{
	atomic_fetch_add_explicit(&schema->n_references, 1, memory_order_relaxed);
	return schema;
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
