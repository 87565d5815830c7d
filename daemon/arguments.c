/* SPDX-License-Identifier: GPL-2.0-or-later */
/* getopt_long(3), whose struct option is not that of config/. Options that name a verb exclude each other. */
#include "daemon/arguments.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>

#include "daemon/log.h"

const char arguments_help[] =
	"txpathd [OPTION]...\n"
	"Watches the transmit path of this machine and serves it to Prometheus.\n"
	"\n"
	"      --config FILE      read FILE and conf.d/*.json beside it\n"
	"                         (default " TXPATHD_CONFIG_PATH ", if it exists)\n"
	"      --no-config        read no file: built-in defaults\n"
	"      --listen ADDRESS   serve on HOST:PORT, :PORT or unix:PATH instead of http.listen;\n"
	"                         may be repeated\n"
	"      --log-level LEVEL  error, warning, notice, info (default) or debug\n"
	"\n"
	"Instead of running:\n"
	"      --once             write one exposition to standard output\n"
	"      --check-config     check the configuration; its faults go to standard error\n"
	"      --print-config     write the configuration in force, as JSON\n"
	"      --print-schema     write the JSON Schema of configuration files\n"
	"      --print-reference  write the reference of options and metrics, as Markdown\n"
	"      --list-collectors  list the collectors\n"
	"      --list-metrics     list every metric with type, labels and help\n"
	"      --version          write version, revision and libraries\n"
	"      --help             write this\n";

enum {
	OPTION_LETTER_CONFIG = 256,
	OPTION_LETTER_NO_CONFIG,
	OPTION_LETTER_LISTEN,
	OPTION_LETTER_LOG_LEVEL,
	OPTION_LETTER_VERB, /* plus the verb */
};

static const struct option long_options[] = {
	{ "config", required_argument, NULL, OPTION_LETTER_CONFIG },
	{ "no-config", no_argument, NULL, OPTION_LETTER_NO_CONFIG },
	{ "listen", required_argument, NULL, OPTION_LETTER_LISTEN },
	{ "log-level", required_argument, NULL, OPTION_LETTER_LOG_LEVEL },
	{ "once", no_argument, NULL, OPTION_LETTER_VERB + VERB_ONCE },
	{ "check-config", no_argument, NULL, OPTION_LETTER_VERB + VERB_CHECK_CONFIG },
	{ "print-config", no_argument, NULL, OPTION_LETTER_VERB + VERB_PRINT_CONFIG },
	{ "print-schema", no_argument, NULL, OPTION_LETTER_VERB + VERB_PRINT_SCHEMA },
	{ "print-reference", no_argument, NULL, OPTION_LETTER_VERB + VERB_PRINT_REFERENCE },
	{ "list-collectors", no_argument, NULL, OPTION_LETTER_VERB + VERB_LIST_COLLECTORS },
	{ "list-metrics", no_argument, NULL, OPTION_LETTER_VERB + VERB_LIST_METRICS },
	{ "version", no_argument, NULL, OPTION_LETTER_VERB + VERB_VERSION },
	{ "help", no_argument, NULL, OPTION_LETTER_VERB + VERB_HELP },
	{ 0 },
};

__attribute__((format(printf, 1, 2))) static int refuse(const char *format, ...)
{
	va_list arguments;

	(void)fputs("txpathd: ", stderr);
	va_start(arguments, format);
	(void)vfprintf(stderr, format, arguments);
	va_end(arguments);
	(void)fputs("\nTry 'txpathd --help'.\n", stderr);
	return -EINVAL;
}

static int take_value(struct arguments *arguments, int letter, const char *value)
{
	switch (letter) {
	case OPTION_LETTER_CONFIG:
		arguments->config_path = value;
		arguments->config_may_be_absent = false;
		return 0;
	case OPTION_LETTER_NO_CONFIG:
		arguments->config_path = NULL;
		return 0;
	case OPTION_LETTER_LISTEN:
		if (arguments->n_listen == ARGUMENTS_LISTEN_MAX)
			return refuse("more than %d times --listen", ARGUMENTS_LISTEN_MAX);
		arguments->listen[arguments->n_listen++] = value;
		return 0;
	case OPTION_LETTER_LOG_LEVEL:
		arguments->log_priority = log_level_parse(value);
		if (arguments->log_priority < 0)
			return refuse(
				"--log-level \"%s\": not error, warning, notice, info or debug",
				value);
		return 0;
	default:
		return -EINVAL; /* getopt has said why */
	}
}

static int take_verb(struct arguments *arguments, enum arguments_verb verb)
{
	if (arguments->verb != VERB_RUN && arguments->verb != verb)
		return refuse(
			"--%s cannot be combined with another such option",
			long_options[OPTION_LETTER_VERB - OPTION_LETTER_CONFIG + verb - 1].name);
	arguments->verb = verb;
	return 0;
}

int arguments_parse(int argc, char **argv, struct arguments *ret_arguments)
{
	int letter, r;

	*ret_arguments = (struct arguments){
		.config_path = TXPATHD_CONFIG_PATH,
		.config_may_be_absent = true,
		.log_priority = LOG_INFO,
	};

	while ((letter = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		if (letter > OPTION_LETTER_VERB)
			r = take_verb(ret_arguments,
			              (enum arguments_verb)(letter - OPTION_LETTER_VERB));
		else
			r = take_value(ret_arguments, letter, optarg);
		if (r < 0)
			return r;
	}
	if (optind < argc)
		return refuse("unexpected argument \"%s\"", argv[optind]);
	return 0;
}
