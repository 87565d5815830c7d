/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* A small schema with every type of option, and files in a directory of the test's own. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "config/configuration.h"

struct sample_document {
	unsigned namespaces;
};

struct sample_http {
	bool tls;
	struct string_list listen;
	uint64_t port;
};

struct sample_watch {
	unsigned senses;
	struct choice_or_strings scope;
	struct named_lists groups;
};

struct sample_collector {
	bool enabled;
	uint64_t interval_usec;
};

static inline int sample_check(const char *value, struct reason *reason)
{
	if (strchr(value, ':'))
		return 0;
	return reason_set(reason, -EINVAL, "there is no port in it");
}

static const char *const sample_namespaces[] = { "own", "named", "all", NULL };

static const struct option sample_document_options[] = {
	{ .name = "namespaces",
	  .help = "Which network namespaces are watched.",
	  .type = OPTION_CHOICE,
	  .offset = offsetof(struct sample_document, namespaces),
	  .fallback = "\"own\"",
	  .choices = sample_namespaces },
	OPTION_END
};

static const struct option sample_http_options[] = {
	{ .name = "tls",
	  .help = "Whether TLS is spoken.",
	  .type = OPTION_BOOLEAN,
	  .offset = offsetof(struct sample_http, tls),
	  .fallback = "false" },
	{ .name = "listen",
	  .help = "Addresses to listen on.",
	  .type = OPTION_STRINGS,
	  .offset = offsetof(struct sample_http, listen),
	  .fallback = "[\"127.0.0.1:10066\", \"[::1]:10066\"]",
	  .max = 3,
	  .check = sample_check },
	{ .name = "port",
	  .help = "A port.",
	  .type = OPTION_INTEGER,
	  .offset = offsetof(struct sample_http, port),
	  .fallback = "443",
	  .min = 1,
	  .max = 65535 },
	OPTION_END
};

static const char *const sample_scopes[] = { "own", "all", NULL };

static const char *const sample_senses[] = { "eye", "ear", "nose", NULL };

static const struct option sample_watch_options[] = {
	{ .name = "scope",
	  .help = "What is watched.",
	  .type = OPTION_CHOICE_OR_STRINGS,
	  .offset = offsetof(struct sample_watch, scope),
	  .fallback = "\"own\"",
	  .max = 2,
	  .choices = sample_scopes,
	  .check = sample_check },
	{ .name = "groups",
	  .help = "What is counted as one.",
	  .type = OPTION_NAMED_LISTS,
	  .offset = offsetof(struct sample_watch, groups),
	  .fallback = "{\"web\": [\"web:1\"]}",
	  .max = 4,
	  .check = sample_check },
	{ .name = "senses",
	  .help = "By what.",
	  .type = OPTION_CHOICES,
	  .offset = offsetof(struct sample_watch, senses),
	  .fallback = "[\"eye\", \"ear\"]",
	  .choices = sample_senses },
	OPTION_END
};

static const struct option sample_collector_options[] = {
	{ .name = "enabled",
	  .help = "Whether the collector runs.",
	  .type = OPTION_BOOLEAN,
	  .offset = offsetof(struct sample_collector, enabled),
	  .fallback = "true" },
	{ .name = "interval",
	  .help = "Time between two samples.",
	  .type = OPTION_DURATION,
	  .offset = offsetof(struct sample_collector, interval_usec),
	  .fallback = "\"1s\"",
	  .min = 10000,
	  .max = UINT64_C(3600000000) },
	OPTION_END
};

static const struct configuration_section sample_sections[] = {
	{ "", "What is watched.", sample_document_options, sizeof(struct sample_document) },
	{ "collectors.socket", "Sockets.", sample_collector_options,
	  sizeof(struct sample_collector) },
	{ "http", "The HTTP endpoint.", sample_http_options, sizeof(struct sample_http) },
	{ "collectors.nic", "Network cards.", sample_collector_options,
	  sizeof(struct sample_collector) },
	{ "watch", "What is told apart.", sample_watch_options, sizeof(struct sample_watch) },
};

static const struct configuration_schema sample_schema = { ARRAY_SIZE(sample_sections),
	                                                   sample_sections };

/* The directory and the path of the main file in it. */
struct sample {
	char directory[64];
	char path[128];
	struct configuration_faults faults;
	struct configuration *configuration;
};

static inline int sample_setup(void **state)
{
	struct sample *sample = calloc(1, sizeof(*sample));

	strcpy(sample->directory, "/tmp/txpathd-test-XXXXXX");
	assert_non_null(mkdtemp(sample->directory));
	(void)snprintf(sample->path, sizeof(sample->path), "%s/txpathd.json", sample->directory);
	*state = sample;
	return 0;
}

static inline void sample_reset(struct sample *sample)
{
	configuration_faults_clear(&sample->faults);
	configuration_free(sample->configuration);
	sample->configuration = NULL;
}

static inline int sample_teardown(void **state)
{
	struct sample *sample = *state;
	char command[128];

	sample_reset(sample);
	(void)snprintf(command, sizeof(command), "rm -rf %s", sample->directory);
	assert_int_equal(system(command), 0);
	free(sample);
	return 0;
}

/* Writes n bytes to a file of the directory; its conf.d is made when the name needs it. */
static inline void sample_write_bytes(const struct sample *sample, const char *name,
                                      const void *bytes, size_t n)
{
	char path[PATH_MAX];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/conf.d", sample->directory);
	if (strncmp(name, "conf.d/", strlen("conf.d/")) == 0)
		(void)mkdir(path, 0755);
	(void)snprintf(path, sizeof(path), "%s/%s", sample->directory, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, n), n);
	assert_int_equal(close(fd), 0);
}

static inline void sample_write(const struct sample *sample, const char *name, const char *text)
{
	sample_write_bytes(sample, name, text, strlen(text));
}

/* Loads the main file and what lies beside it, in place of what was loaded before. */
static inline int sample_load(struct sample *sample)
{
	sample_reset(sample);
	return configuration_load(&sample_schema, sample->path, false, &sample->faults,
	                          &sample->configuration);
}

/* Loads, and compares all faults, without the directory, a line each. */
static inline void sample_expect_faults(struct sample *sample, const char *expected)
{
	size_t n_directory = strlen(sample->directory) + 1;
	char text[65536] = "";
	size_t used = 0;

	assert_int_equal(sample_load(sample), -EINVAL);
	assert_null(sample->configuration);
	for (size_t i = 0; i < sample->faults.n; i++) {
		const char *fault = sample->faults.texts[i];

		if (strncmp(fault, sample->directory, n_directory - 1) == 0)
			fault += n_directory;
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s", i ? "\n" : "",
		                         fault);
	}
	assert_string_equal(text, expected);
}

static inline const struct sample_http *sample_http(const struct sample *sample)
{
	return configuration_section(sample->configuration, "http");
}

static inline const struct sample_watch *sample_watch(const struct sample *sample)
{
	return configuration_section(sample->configuration, "watch");
}

static inline const struct sample_collector *sample_socket(const struct sample *sample)
{
	return configuration_section(sample->configuration, "collectors.socket");
}
