/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/reference.h"

#include <inttypes.h>

#include "config/duration.h"
#include "daemon/self.h"

static const char *const type_names[] = {
	[METRIC_GAUGE] = "gauge",
	[METRIC_COUNTER] = "counter",
	[METRIC_HISTOGRAM] = "histogram",
};

typedef void (*family_visitor)(const struct metric_table *table, const struct metric_family *family,
                               FILE *file);

static void each_family(const struct metric_table *const *tables, family_visitor visit, FILE *file)
{
	for (; *tables; tables++)
		for (size_t i = 0; i < (*tables)->n_families; i++)
			visit(*tables, &(*tables)->families[i], file);
}

static void print_labels(const struct metric_table *table, FILE *file)
{
	for (size_t i = 0; table->labels[i]; i++)
		(void)fprintf(file, "%s%s", i > 0 ? ", " : "", table->labels[i]);
}

static void list_family(const struct metric_table *table, const struct metric_family *family,
                        FILE *file)
{
	(void)fprintf(file, "%s  %s  {", family->name, type_names[family->type]);
	print_labels(table, file);
	(void)fprintf(file, "}  %s\n", family->help);
}

void reference_list_metrics(const struct collector_ops *const *collectors, FILE *file)
{
	for (; *collectors; collectors++)
		each_family((*collectors)->tables, list_family, file);
	each_family(self_tables, list_family, file);
}

void reference_list_collectors(const struct collector_ops *const *collectors, FILE *file)
{
	for (; *collectors; collectors++)
		(void)fprintf(file, "%-12s %-6s %s\n", (*collectors)->name, (*collectors)->interval,
		              (*collectors)->summary);
}

static void print_family(const struct metric_table *table, const struct metric_family *family,
                         FILE *file)
{
	(void)fprintf(file, "| `%s` | %s | ", family->name, type_names[family->type]);
	print_labels(table, file);
	(void)fprintf(file, " | %s |\n", family->help);
}

static void print_families(const struct metric_table *const *tables, FILE *file)
{
	(void)fputs(
		"\n| metric | type | labels | meaning and source |\n| --- | --- | --- | --- |\n",
		file);
	each_family(tables, print_family, file);
}

static void print_choices(const struct option *option, FILE *file)
{
	for (const char *const *choice = option->choices; *choice; choice++)
		(void)fprintf(file, "%s`%s`", choice > option->choices ? ", " : "", *choice);
}

/* What values the option takes, in words. */
static void print_type(const struct option *option, FILE *file)
{
	switch (option->type) {
	case OPTION_BOOLEAN:
		(void)fputs("`true` or `false`", file);
		break;
	case OPTION_INTEGER:
		(void)fprintf(file, "%" PRIu64 " to %" PRIu64, option->min, option->max);
		break;
	case OPTION_DURATION:
		(void)fprintf(file, "%s to %s", duration_format(option->min).text,
		              duration_format(option->max).text);
		break;
	case OPTION_CHOICE:
		print_choices(option, file);
		break;
	case OPTION_CHOICES:
		(void)fputs("list of one or more of ", file);
		print_choices(option, file);
		break;
	case OPTION_STRINGS:
		(void)fprintf(file, "list of at most %" PRIu64 " strings", option->max);
		break;
	case OPTION_CHOICE_OR_STRINGS:
		print_choices(option, file);
		(void)fprintf(file, ", or list of 1 to %" PRIu64 " strings", option->max);
		break;
	case OPTION_NAMED_LISTS:
		(void)fprintf(file, "object of lists, at most %" PRIu64 " strings in all",
		              option->max);
		break;
	}
}

static void print_section(const struct configuration_section *section, FILE *file)
{
	(void)fprintf(file,
	              "\n### %s\n\n%s\n\n| option | value | default | meaning |\n"
	              "| --- | --- | --- | --- |\n",
	              section->path[0] ? section->path : "At the top", section->summary);
	for (const struct option *option = section->options; option->name; option++) {
		(void)fprintf(file, "| `%s` | ", option->name);
		print_type(option, file);
		(void)fprintf(file, " | `%s` | %s |\n", option->fallback, option->help);
	}
}

void reference_print(const struct collector_ops *const *collectors,
                     const struct configuration_schema *schema, FILE *file)
{
	(void)fputs("# Reference\n\nWritten by `txpathd --print-reference` from the tables the "
	            "daemon works by; a test holds this file to them.\n\n## Configuration\n",
	            file);
	for (size_t i = 0; i < schema->n_sections; i++)
		print_section(&schema->sections[i], file);
	(void)fputs("\n## Metrics\n", file);
	for (; *collectors; collectors++) {
		const struct collector_view *view = (*collectors)->view;

		(void)fprintf(file, "\n### Collector `%s`\n\n%s\n", (*collectors)->name,
		              (*collectors)->summary);
		if (view)
			(void)fprintf(file, "\n`%s` answers: %s\n", view->path, view->summary);
		print_families((*collectors)->tables, file);
	}
	(void)fputs("\n### The daemon itself\n\nAlways served; `self` in `collect[]=` and "
	            "`exclude[]=`.\n",
	            file);
	print_families(self_tables, file);
}
