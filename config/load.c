/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config/configuration.h"

#include <errno.h>
#include <string.h>

#include "config/apply.h"
#include "config/file.h"

#define DIRECTORY "conf.d"

/* Applies the report's file. */
static void load_file(struct configuration *configuration, struct report *report,
                      bool may_be_absent)
{
	struct file_text text cleanup(file_text_clear) = file_read(report, may_be_absent);

	if (!text.bytes)
		return;
	report->text = text.bytes;
	apply_text(configuration, text.n_bytes, report);
	report->text = NULL;
}

/* conf.d beside the path; NULL: out of memory. */
static char *directory_path(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *directory = NULL;

	if (asprintf(&directory, "%.*s%s", slash ? (int)(slash + 1 - path) : 0, path, DIRECTORY) <
	    0)
		return NULL;
	return directory;
}

static void load_entry(struct configuration *configuration, struct report *report,
                       const char *directory, const char *name)
{
	char *path = NULL;

	if (asprintf(&path, "%s/%s", directory, name) < 0) {
		report_out_of_memory(report);
		return;
	}
	report->file = path;
	load_file(configuration, report, false);
	free(path);
}

static void load_directory(struct configuration *configuration, struct report *report,
                           const char *directory)
{
	struct file_list list cleanup(file_list_clear) = { 0 };

	report->file = directory;
	list = file_list(report);
	for (size_t i = 0; i < list.n; i++)
		load_entry(configuration, report, directory, list.names[i]);
}

int configuration_load(const struct configuration_schema *schema, const char *path,
                       bool may_be_absent, struct configuration_faults *faults,
                       struct configuration **ret_configuration)
{
	char *directory cleanup(free) = directory_path(path);
	struct configuration *configuration cleanup(configuration_free) = configuration_new(schema);
	struct report report = { .faults = faults, .file = path };

	if (!directory || !configuration)
		return -ENOMEM;
	load_file(configuration, &report, may_be_absent);
	load_directory(configuration, &report, directory);
	if (report.error < 0)
		return report.error;
	*ret_configuration = steal_pointer(configuration);
	return 0;
}
