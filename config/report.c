/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config/report.h"

#include <errno.h>
#include <string.h>

#include "config/quote.h"

#define FAULTS_MAX 100

/* Takes ownership of the text, which is NULL when there was no memory for it. */
static int faults_take(struct configuration_faults *faults, int error, char *text)
{
	char **texts;

	if (!text)
		return -ENOMEM;
	texts = reallocarray(faults->texts, faults->n + 1, sizeof(*texts));
	if (!texts) {
		free(text);
		return -ENOMEM;
	}
	quote_harmless(text);
	faults->texts = texts;
	faults->texts[faults->n++] = text;
	return error;
}

__attribute__((format(printf, 1, 0))) static char *format_text(const char *format,
                                                               va_list arguments)
{
	char *text = NULL;

	if (vasprintf(&text, format, arguments) < 0)
		return NULL;
	return text;
}

int configuration_faults_add(struct configuration_faults *faults, int error, const char *format,
                             ...)
{
	va_list arguments;

	if (faults->n > FAULTS_MAX)
		return error;
	if (faults->n == FAULTS_MAX)
		return faults_take(faults, error, strdup("more faults are not shown"));
	va_start(arguments, format);
	error = faults_take(faults, error, format_text(format, arguments));
	va_end(arguments);
	return error;
}

void configuration_faults_clear(struct configuration_faults *faults)
{
	for (size_t i = 0; i < faults->n; i++)
		free(faults->texts[i]);
	free(faults->texts);
	*faults = (struct configuration_faults){ 0 };
}

void report_out_of_memory(struct report *report)
{
	report->error = -ENOMEM;
}

/* Looking up a position costs a walk through the text: not for a fault that is not kept. */
static bool has_position(const struct report *report)
{
	return report->text && report->faults->n < FAULTS_MAX;
}

static void report_text(struct report *report, const size_t *offset, const char *text)
{
	int error = -ENOMEM;

	if (text && offset && has_position(report)) {
		struct position position = position_of(report->text, *offset);

		error = configuration_faults_add(report->faults, -EINVAL, "%s:%zu:%zu: %s",
		                                 report->file, position.line, position.column,
		                                 text);
	} else if (text) {
		error = configuration_faults_add(report->faults, -EINVAL, "%s%s%s",
		                                 report->file ? report->file : "",
		                                 report->file ? ": " : "", text);
	}
	if (report->error != -ENOMEM)
		report->error = error;
}

void report_key(struct report *report, const char *format, ...)
{
	size_t offset = has_position(report) ? position_find_key(report->text, report->place) : 0;
	char *text cleanup(free) = NULL;
	va_list arguments;

	va_start(arguments, format);
	text = format_text(format, arguments);
	va_end(arguments);
	report_text(report, &offset, text);
}

void report_value(struct report *report, const char *format, ...)
{
	size_t offset = has_position(report) ? position_find_value(report->text, report->place) : 0;
	char *text cleanup(free) = NULL;
	va_list arguments;

	va_start(arguments, format);
	text = format_text(format, arguments);
	va_end(arguments);
	report_text(report, &offset, text);
}

void report_type(struct report *report, const char *name, const char *expected, const json_t *json)
{
	static const char *const types[] = {
		[JSON_OBJECT] = "an object", [JSON_ARRAY] = "a list",  [JSON_STRING] = "a string",
		[JSON_INTEGER] = "a number", [JSON_REAL] = "a number", [JSON_TRUE] = "true",
		[JSON_FALSE] = "false",      [JSON_NULL] = "null",
	};

	report_value(report, "\"%s\": expected %s, got %s", name, expected,
	             types[json_typeof(json)]);
}

void report_at(struct report *report, size_t offset, const char *format, ...)
{
	char *text cleanup(free) = NULL;
	va_list arguments;

	va_start(arguments, format);
	text = format_text(format, arguments);
	va_end(arguments);
	report_text(report, &offset, text);
}

void report_file(struct report *report, const char *format, ...)
{
	char *text cleanup(free) = NULL;
	va_list arguments;

	va_start(arguments, format);
	text = format_text(format, arguments);
	va_end(arguments);
	report_text(report, NULL, text);
}
