/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the command line to what was asked for. Exit status: 0, 1 when it could not be done, 2 when
 * the command line, the configuration or what the service manager has passed is wrong.
 */
#include <errno.h>
#include <malloc.h>
#include <stdio.h>

#include "daemon/activation.h"
#include "daemon/arguments.h"
#include "daemon/control.h"
#include "daemon/log.h"
#include "daemon/once.h"
#include "daemon/reference.h"
#include "daemon/registry.h"
#include "daemon/version.h"

#define EXIT_WRONG 2

/* Serves until it is told to end. */
static int serve(struct control_setup *setup)
{
	struct activation *activation cleanup(activation_free) = NULL;
	struct reason reason;
	int r = activation_take(&reason, &activation);

	if (r < 0) {
		log_error("cannot start: %s", reason.text);
		return r == -ENOMEM ? EXIT_FAILURE : EXIT_WRONG;
	}
	setup->activation = activation;
	return control_run(setup) < 0;
}

static int with_settings(const struct arguments *arguments, struct settings_schema *schema)
{
	struct settings_source source = {
		.path = arguments->config_path,
		.may_be_absent = arguments->config_may_be_absent,
		.listen = arguments->listen,
		.n_listen = arguments->n_listen,
	};
	struct settings *settings cleanup(settings_unref) = NULL;

	if (control_load(schema, &source, &settings) < 0)
		return EXIT_WRONG;
	if (arguments->verb == VERB_PRINT_CONFIG)
		return configuration_print(settings_configuration(settings), stdout) < 0;
	if (arguments->verb == VERB_ONCE)
		return once_run(registry, settings) < 0;
	if (arguments->verb == VERB_RUN)
		return serve(&(struct control_setup){ .collectors = registry,
		                                      .schema = schema,
		                                      .source = &source,
		                                      .settings = settings });
	return EXIT_SUCCESS; /* VERB_CHECK_CONFIG */
}

static int run(const struct arguments *arguments)
{
	struct settings_schema *schema cleanup(settings_schema_unref) =
		settings_schema_new(registry);

	if (!schema) {
		log_error("%s", strerror(ENOMEM));
		return EXIT_FAILURE;
	}
	switch (arguments->verb) {
	case VERB_PRINT_SCHEMA:
		return configuration_print_schema(settings_schema_configuration(schema), stdout) <
			0;
	case VERB_PRINT_REFERENCE:
		reference_print(registry, settings_schema_configuration(schema), stdout);
		return EXIT_SUCCESS;
	case VERB_LIST_COLLECTORS:
		reference_list_collectors(registry, stdout);
		return EXIT_SUCCESS;
	case VERB_LIST_METRICS:
		reference_list_metrics(registry, stdout);
		return EXIT_SUCCESS;
	case VERB_VERSION:
		version_print(stdout);
		return EXIT_SUCCESS;
	case VERB_HELP:
		(void)fputs(arguments_help, stdout);
		return EXIT_SUCCESS;
	case VERB_RUN:
	case VERB_ONCE:
	case VERB_CHECK_CONFIG:
	case VERB_PRINT_CONFIG:
		break;
	}
	return with_settings(arguments, schema);
}

/* What could not be written, to a full disk say, was not done. */
static int check_output(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	log_error("standard output: %s", strerror(errno));
	return EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	struct arguments arguments;

	/* Threads hand each other memory but never compete for it: one heap is enough, and smaller. */
	(void)mallopt(M_ARENA_MAX, 1);
	if (arguments_parse(argc, argv, &arguments) < 0)
		return EXIT_WRONG;
	log_set_level(arguments.log_priority);
	return check_output(run(&arguments));
}
