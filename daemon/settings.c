/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/settings.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>

#include "config/value.h"

struct settings {
	atomic_uint n_references;
	struct settings_schema *schema;
	struct configuration *configuration;
};

static int source_load(const struct settings_schema *schema, const struct settings_source *source,
                       struct configuration_faults *faults,
                       struct configuration **ret_configuration)
{
	const struct configuration_schema *sections = settings_schema_configuration(schema);

	if (source->path)
		return configuration_load(sections, source->path, source->may_be_absent, faults,
		                          ret_configuration);
	*ret_configuration = configuration_new(sections);
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
	settings->schema = settings_schema_ref(schema);
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
	int n = snprintf(path, 128, "%s%s", SETTINGS_COLLECTOR_PREFIX, ops->name);

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

struct collector_scope settings_scope(const struct settings *settings)
{
	const struct document_options *document =
		configuration_section(settings->configuration, "");
	const struct limits_options *limits = settings_limits(settings);

	return (struct collector_scope){
		.namespaces = &document->namespaces,
		.max_namespaces = limits->max_namespaces,
		.max_groups = limits->max_groups,
	};
}

static bool scope_equal(const struct settings *a, const struct settings *b)
{
	struct collector_scope one = settings_scope(a), other = settings_scope(b);

	return one.max_namespaces == other.max_namespaces && one.max_groups == other.max_groups &&
		configuration_section_equal(a->configuration, b->configuration, "");
}

bool settings_collector_equal(const struct settings *a, const struct settings *b,
                              const struct collector_ops *ops)
{
	const void *one = settings_collector_own(a, ops), *other = settings_collector_own(b, ops);

	for (const struct option *option = ops->options; option && option->name; option++)
		if (!value_equal(option, one, other))
			return false;
	return scope_equal(a, b);
}

uint64_t settings_opening_capabilities(const struct settings *settings,
                                       const struct collector_ops *const *collectors)
{
	uint64_t needed = 0;

	for (; *collectors; collectors++)
		if (settings_collector(settings, *collectors)->enabled)
			needed |= (*collectors)->opening_capabilities;
	return needed;
}

uint64_t settings_needed_capabilities(const struct settings *settings,
                                      const struct collector_ops *const *collectors)
{
	bool others = settings_scope(settings).namespaces->choice != COLLECTOR_NAMESPACES_OWN;
	uint64_t needed = 0;

	for (; *collectors; collectors++) {
		const struct collector_ops *ops = *collectors;

		if (!settings_collector(settings, ops)->enabled)
			continue;
		needed |= ops->capabilities | (others ? ops->namespace_capabilities : 0);
		if (ops->option_capabilities)
			needed |= ops->option_capabilities(settings_collector_own(settings, ops));
	}
	return needed;
}
