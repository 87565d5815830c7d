/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a configuration is when it is right: defaults, files over them, and comparison. */
#include "tests/unit/configuration_sample.h"

#include <signal.h>
#include <sys/wait.h>

static void defaults_fill_every_member(void **state)
{
	struct sample *sample = *state;
	const struct sample_document *document;

	sample->configuration = configuration_new(&sample_schema);
	assert_non_null(sample->configuration);
	document = configuration_section(sample->configuration, "");
	assert_int_equal(document->namespaces, 0);
	assert_false(sample_http(sample)->tls);
	assert_int_equal(sample_http(sample)->port, 443);
	assert_int_equal(sample_http(sample)->listen.n, 2);
	assert_string_equal(sample_http(sample)->listen.values[0], "127.0.0.1:10066");
	assert_string_equal(sample_http(sample)->listen.values[1], "[::1]:10066");
	assert_true(sample_socket(sample)->enabled);
	assert_int_equal(sample_socket(sample)->interval_usec, 1000000);
}

static void values_replace_defaults(void **state)
{
	struct sample *sample = *state;
	const struct sample_collector *nic;
	const struct sample_document *document;

	sample_write(sample, "txpathd.json",
	             "{\"namespaces\": \"all\","
	             " \"http\": {\"tls\": true, \"port\": 65535, \"listen\": []},"
	             " \"collectors\": {\"nic\": {\"enabled\": false, \"interval\": \"1h\"}}}");
	assert_int_equal(sample_load(sample), 0);
	assert_int_equal(sample->faults.n, 0);
	document = configuration_section(sample->configuration, "");
	assert_int_equal(document->namespaces, 2);
	assert_true(sample_http(sample)->tls);
	assert_int_equal(sample_http(sample)->port, 65535);
	assert_int_equal(sample_http(sample)->listen.n, 0);
	nic = configuration_section(sample->configuration, "collectors.nic");
	assert_false(nic->enabled);
	assert_int_equal(nic->interval_usec, UINT64_C(3600000000));
	assert_true(sample_socket(sample)->enabled);
}

static void bounds_are_inclusive(void **state)
{
	struct sample *sample = *state;

	sample_write(sample, "txpathd.json",
	             "{\"http\": {\"port\": 1, \"listen\": [\"a:1\", \"b:2\", \"c:3\"]},"
	             " \"collectors\": {\"socket\": {\"interval\": \"10ms\"}}}");
	assert_int_equal(sample_load(sample), 0);
	assert_int_equal(sample_http(sample)->port, 1);
	assert_int_equal(sample_http(sample)->listen.n, 3);
	assert_int_equal(sample_socket(sample)->interval_usec, 10000);
}

static void comments_are_ignored(void **state)
{
	struct sample *sample = *state;

	sample_write(sample, "txpathd.json",
	             "{\"$schema\": 7, \"//\": [1.5, null], \"_comment2\": {\"http\": 1},"
	             " \"http\": {\"//port\": 1, \"_comment\": \"x\", \"port\": 99}}");
	assert_int_equal(sample_load(sample), 0);
	assert_int_equal(sample_http(sample)->port, 99);
}

static void files_are_merged_in_byte_order(void **state)
{
	struct sample *sample = *state;

	sample_write(sample, "txpathd.json",
	             "{\"http\": {\"port\": 1, \"tls\": true, \"listen\": [\"main:1\"]}}");
	sample_write(sample, "conf.d/b.json", "{\"http\": {\"port\": 4}}");
	sample_write(sample, "conf.d/a.json",
	             "{\"http\": {\"port\": 3, \"listen\": [\"a:1\", \"a:2\"]}}");
	sample_write(sample, "conf.d/B.json",
	             "{\"http\": {\"port\": 2, \"listen\": [\"B:1\"], \"tls\": false}}");
	assert_int_equal(sample_load(sample), 0);
	assert_int_equal(sample_http(sample)->port, 4);
	assert_false(sample_http(sample)->tls);
	assert_int_equal(sample_http(sample)->listen.n, 2);
	assert_string_equal(sample_http(sample)->listen.values[0], "a:1");
}

static void sections_compare(void **state)
{
	static const char *const texts[] = {
		"{\"http\": {\"tls\": true}}",
		"{\"http\": {\"port\": 444}}",
		"{\"http\": {\"listen\": [\"127.0.0.1:10066\", \"[::1]:10067\"]}}",
		"{\"http\": {\"listen\": [\"127.0.0.1:10066\"]}}",
	};
	struct configuration *defaults cleanup(configuration_free) =
		configuration_new(&sample_schema);
	struct sample *sample = *state;

	sample_write(sample, "txpathd.json", "{\"namespaces\": \"own\"}");
	assert_int_equal(sample_load(sample), 0);
	assert_true(configuration_section_equal(defaults, sample->configuration, ""));
	assert_true(configuration_section_equal(defaults, sample->configuration, "http"));
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		sample_write(sample, "txpathd.json", texts[i]);
		assert_int_equal(sample_load(sample), 0);
		assert_false(configuration_section_equal(defaults, sample->configuration, "http"));
		assert_true(configuration_section_equal(defaults, sample->configuration,
		                                        "collectors.nic"));
	}
	sample_write(
		sample, "txpathd.json",
		"{\"namespaces\": \"named\", \"collectors\": {\"nic\": {\"interval\": \"2s\"}}}");
	assert_int_equal(sample_load(sample), 0);
	assert_false(configuration_section_equal(defaults, sample->configuration, ""));
	assert_false(
		configuration_section_equal(defaults, sample->configuration, "collectors.nic"));
	assert_true(
		configuration_section_equal(defaults, sample->configuration, "collectors.socket"));
}

static void strings_are_set(void **state)
{
	static const char *const good[] = { "x:1" }, *const bad[] = { "x:1", "y" };
	static const char *const many[] = { "a:1", "b:1", "c:1", "d:1" },
				 *const binary[] = { ":\xff" };
	struct sample *sample = *state;
	struct reason reason = { "" };

	sample->configuration = configuration_new(&sample_schema);
	assert_int_equal(configuration_set_strings(sample->configuration, "http", "listen", good, 1,
	                                           &reason),
	                 0);
	assert_int_equal(
		configuration_set_strings(sample->configuration, "http", "listen", bad, 2, &reason),
		-EINVAL);
	assert_string_equal(reason.text, "\"listen\": \"y\": there is no port in it");
	assert_int_equal(configuration_set_strings(sample->configuration, "http", "listen", many, 4,
	                                           &reason),
	                 -EINVAL);
	assert_string_equal(reason.text, "\"listen\": 4 entries, at most 3 are allowed");
	assert_int_equal(configuration_set_strings(sample->configuration, "http", "listen", binary,
	                                           1, &reason),
	                 -EINVAL);
	assert_string_equal(reason.text, "\":?\" is not valid UTF-8");
	assert_int_equal(sample_http(sample)->listen.n, 1);
	assert_string_equal(sample_http(sample)->listen.values[0], "x:1");
}

/* Whether configuration_new() aborts for an option with the fallback. */
static bool is_refused(struct option option, const char *fallback)
{
	const struct option options[] = { { .name = "option",
		                            .type = option.type,
		                            .fallback = fallback,
		                            .min = option.min,
		                            .max = option.max,
		                            .choices = option.choices,
		                            .check = option.check },
		                          OPTION_END };
	const struct configuration_section section = { "section", "", options, 64 };
	const struct configuration_schema schema = { 1, &section };
	int status = 0;
	pid_t child = fork();

	if (child == 0) {
		(void)signal(SIGABRT, SIG_DFL);
		(void)close(STDERR_FILENO);
		configuration_free(configuration_new(&schema));
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void fallbacks_must_be_right(void **state)
{
	static const char *const bad[][3] = {
		{ "tru", "1", "\"true\"" },
		{ "0", "65536", "1.0" },
		{ "\"5\"", "\"9ms\"", "5" },
		{ "\"\"", "\"al\"", "0" },
		{ "[\"a\"]", "[1]", "\"a:1\"" },
		{ "\"al\"", "[]", "[\"a\"]" },
		{ "[\"a:1\"]", "{\"(a\": []}", "{\"a\": [\"a\"]}" },
	};
	const struct option *const options[] = {
		&sample_http_options[0],     &sample_http_options[2], &sample_collector_options[1],
		&sample_document_options[0], &sample_http_options[1], &sample_watch_options[0],
		&sample_watch_options[1],
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		assert_false(is_refused(*options[i], options[i]->fallback));
		for (size_t j = 0; j < ARRAY_SIZE(bad[i]); j++)
			assert_true(is_refused(*options[i], bad[i][j]));
	}
}

static void nothing_is_freed(void **state)
{
	(void)state;
	configuration_free(NULL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(defaults_fill_every_member, sample_setup,
		                                sample_teardown),
		cmocka_unit_test_setup_teardown(values_replace_defaults, sample_setup,
		                                sample_teardown),
		cmocka_unit_test_setup_teardown(bounds_are_inclusive, sample_setup,
		                                sample_teardown),
		cmocka_unit_test_setup_teardown(comments_are_ignored, sample_setup,
		                                sample_teardown),
		cmocka_unit_test_setup_teardown(files_are_merged_in_byte_order, sample_setup,
		                                sample_teardown),
		cmocka_unit_test_setup_teardown(sections_compare, sample_setup, sample_teardown),
		cmocka_unit_test_setup_teardown(strings_are_set, sample_setup, sample_teardown),
		cmocka_unit_test(fallbacks_must_be_right),
		cmocka_unit_test(nothing_is_freed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
