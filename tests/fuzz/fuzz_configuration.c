/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any bytes as the text of a main file. What is accepted must print to a text that is accepted and
 * says the same; what is refused must have a fault that is fit to print.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "config/apply.h"
#include "tests/unit/configuration_sample.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The configuration of the text, which has n bytes and then a NUL; NULL if there are faults. */
static struct configuration *read_text(const char *text, size_t n)
{
	struct configuration *configuration = configuration_new(&sample_schema);
	struct configuration_faults faults = { 0 };
	struct report report = { .faults = &faults, .file = "fuzz", .text = text };

	assert(configuration);
	apply_text(configuration, n, &report);
	assert((report.error == 0) == (faults.n == 0));
	for (size_t i = 0; i < faults.n; i++)
		for (const char *c = faults.texts[i]; *c; c++)
			assert((unsigned char)*c >= ' ' && *c != '\x7f');
	configuration_faults_clear(&faults);
	if (report.error == 0)
		return configuration;
	configuration_free(configuration);
	return NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = calloc(1, size + 1), *printed = NULL;
	struct configuration *first, *second = NULL;
	size_t n_printed = 0;
	FILE *file = open_memstream(&printed, &n_printed);

	if (size > 0)
		memcpy(text, data, size);
	first = read_text(text, size);
	if (first) {
		assert(configuration_print(first, file) == 0);
		assert(fflush(file) == 0);
		second = read_text(printed, n_printed);
		assert(second);
		for (size_t i = 0; i < sample_schema.n_sections; i++)
			assert(configuration_section_equal(first, second, sample_sections[i].path));
	}
	configuration_free(first);
	configuration_free(second);
	(void)fclose(file);
	free(printed);
	free(text);
	return 0;
}
