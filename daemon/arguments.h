/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The command line, checked.
 */
#include <stdbool.h>
#include <stddef.h>

enum arguments_verb {
	VERB_RUN,
	VERB_ONCE,
	VERB_CHECK_CONFIG,
	VERB_PRINT_CONFIG,
	VERB_PRINT_SCHEMA,
	VERB_PRINT_REFERENCE,
	VERB_LIST_COLLECTORS,
	VERB_LIST_METRICS,
	VERB_VERSION,
	VERB_HELP,
};

#define ARGUMENTS_LISTEN_MAX 64

struct arguments {
	enum arguments_verb verb;
	const char *config_path; /* NULL: read no file */
	bool config_may_be_absent;
	const char *listen[ARGUMENTS_LISTEN_MAX];
	size_t n_listen;
	int log_priority;
};

extern const char arguments_help[];

/* 0 and what was asked for, with strings of argv; or −EINVAL after a line on standard error. */
int arguments_parse(int argc, char **argv, struct arguments *ret_arguments);
