/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config/configuration.h"

#include <assert.h>
#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "config/json.h"
#include "config/quote.h"
#include "config/section.h"
#include "config/value.h"

struct configuration *configuration_new(const struct configuration_schema *schema)
{
	struct configuration *configuration cleanup(configuration_free) =
		calloc(1, sizeof(*configuration));

	if (!configuration)
		return NULL;
	configuration->schema = schema;
	configuration->values = calloc(schema->n_sections + 1, sizeof(*configuration->values));
	if (!configuration->values)
		return NULL;
	for (size_t i = 0; i < schema->n_sections; i++) {
		const struct configuration_section *section = &schema->sections[i];

		configuration->values[i] = calloc(1, section->size ? section->size : 1);
		if (!configuration->values[i])
			return NULL;
		for (size_t j = 0; section->options[j].name; j++)
			if (value_set_fallback(&section->options[j], configuration->values[i]) < 0)
				return NULL;
	}
	return steal_pointer(configuration);
}

static void section_free(const struct configuration_section *section, void *values)
{
	for (size_t i = 0; values && section->options[i].name; i++)
		value_clear(&section->options[i], values);
	free(values);
}

void configuration_free(struct configuration *configuration)
{
	if (!configuration)
		return;
	for (size_t i = 0; configuration->values && i < configuration->schema->n_sections; i++)
		section_free(&configuration->schema->sections[i], configuration->values[i]);
	free(configuration->values);
	free(configuration);
}

/* The schema's section, which must be there: paths are our own. */
static const struct configuration_section *section_get(const struct configuration *configuration,
                                                       const char *path)
{
	const struct configuration_section *section = section_find(configuration->schema, path);

	assert(section);
	return section;
}

const void *configuration_section(const struct configuration *configuration, const char *path)
{
	return section_values(configuration, section_get(configuration, path));
}

bool configuration_section_equal(const struct configuration *a, const struct configuration *b,
                                 const char *path)
{
	const struct configuration_section *section = section_get(a, path);
	const void *one = section_values(a, section), *other = configuration_section(b, path);

	for (const struct option *option = section->options; option->name; option++)
		if (!value_equal(option, one, other))
			return false;
	return true;
}

static int array_new(const char *const *values, size_t n, struct reason *reason, json_t **ret_array)
{
	json_t *array cleanup(json_decref) = json_array();

	if (!array)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		json_t *value;

		errno = 0;
		value = json_string(values[i]);
		if (!value && errno != ENOMEM)
			return reason_set(reason, -EINVAL, "%s is not valid UTF-8",
			                  quote(values[i]).text);
		if (json_array_append_new(array, value) < 0)
			return -ENOMEM;
	}
	*ret_array = steal_pointer(array);
	return 0;
}

int configuration_set_strings(struct configuration *configuration, const char *path,
                              const char *name, const char *const *values, size_t n,
                              struct reason *reason)
{
	const struct configuration_section *section = section_get(configuration, path);
	const struct option *option = section_option(section, name);
	json_t *array cleanup(json_decref) = NULL;
	struct configuration_faults faults = { 0 };
	struct report report = { .faults = &faults };
	int r;

	assert(option && option->type == OPTION_STRINGS);
	r = array_new(values, n, reason, &array);
	if (r < 0)
		return r;
	value_parse(option, array, section_values(configuration, section), &report);
	if (report.error == -EINVAL)
		(void)reason_set(reason, 0, "%s", faults.texts[0]);
	configuration_faults_clear(&faults);
	return report.error;
}
