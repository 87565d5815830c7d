/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config/configuration.h"

#include <errno.h>
#include <string.h>

#include "config/apply.h"
#include "config/file.h"

#define DIRECTORY "conf.d/"

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

static char *path_join(const char *directory, int n_directory, const char *name)
{
	char *path = NULL;

	if (asprintf(&path, "%.*s%s", n_directory, directory, name) < 0)
		return NULL;
	return path;
}

/* Applies the files of the directory that the path, which ends in a slash, names. */
static void load_directory(struct configuration *configuration, struct report *report,
			   const char *directory)
{
	struct file_list list cleanup(file_list_clear) = { 0 };

	report->file = directory;
	list = file_list(report);
	for (size_t i = 0; i < list.n; i++) {
		char *path cleanup(free) =
			path_join(directory, (int)strlen(directory), list.names[i]);

		if (!path) {
			report_out_of_memory(report);
			return;
		}
		report->file = path;
		load_file(configuration, report, false);
	}
}

int configuration_load(const struct configuration_schema *schema, const char *path,
		       bool may_be_absent, struct configuration_faults *faults,
		       struct configuration **ret_configuration)
{
	const char *slash = strrchr(path, '/');
	char *directory cleanup(free) =
		path_join(path, slash ? (int)(slash + 1 - path) : 0, DIRECTORY);
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
