/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a configuration is when it is right: defaults, files over them, comparison, and printing. */
#include "tests/unit/configuration_sample.h"

#include <jansson.h>
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

/* What print writes; to be freed. */
static char *printed(int (*print)(const void *object, FILE *file), const void *object)
{
	char *text = NULL;
	size_t size = 0;
	FILE *file = open_memstream(&text, &size);

	assert_int_equal(print(object, file), 0);
	assert_int_equal(fclose(file), 0);
	return text;
}

static int print(const void *object, FILE *file)
{
	return configuration_print(object, file);
}

static int print_schema(const void *object, FILE *file)
{
	return configuration_print_schema(object, file);
}

static void defaults_are_printed(void **state)
{
	struct configuration *defaults cleanup(configuration_free) =
		configuration_new(&sample_schema);
	char *text cleanup(free) = printed(print, defaults);

	(void)state;
	assert_string_equal(text,
	                    "{\n"
	                    "  \"namespaces\": \"own\",\n"
	                    "  \"collectors\": {\n"
	                    "    \"socket\": {\n"
	                    "      \"enabled\": true,\n"
	                    "      \"interval\": \"1s\"\n"
	                    "    },\n"
	                    "    \"nic\": {\n"
	                    "      \"enabled\": true,\n"
	                    "      \"interval\": \"1s\"\n"
	                    "    }\n"
	                    "  },\n"
	                    "  \"http\": {\n"
	                    "    \"tls\": false,\n"
	                    "    \"listen\": [\n"
	                    "      \"127.0.0.1:10066\",\n"
	                    "      \"[::1]:10066\"\n"
	                    "    ],\n"
	                    "    \"port\": 443\n"
	                    "  }\n"
	                    "}\n");
}

static void what_is_printed_reads_back(void **state)
{
	static const char *const values[] = { "\":\\\x1b\u00fc\u2028" };
	struct sample *sample = *state;
	struct configuration *first cleanup(configuration_free) = NULL;
	char *text cleanup(free) = NULL;
	struct reason reason;

	sample_write(sample, "txpathd.json",
	             "{\"namespaces\": \"named\", \"http\": {\"tls\": true, \"port\": 7},"
	             " \"collectors\": {\"nic\": {\"interval\": \"1500ms\", \"enabled\": false},"
	             " \"socket\": {\"interval\": \"120s\"}}}");
	assert_int_equal(sample_load(sample), 0);
	first = steal_pointer(sample->configuration);
	assert_int_equal(configuration_set_strings(first, "http", "listen", values, 1, &reason), 0);
	text = printed(print, first);
	assert_non_null(strstr(text, "\"1500ms\""));
	assert_non_null(strstr(text, "\"2min\""));

	sample_write(sample, "txpathd.json", text);
	assert_int_equal(sample_load(sample), 0);
	for (size_t i = 0; i < ARRAY_SIZE(sample_sections); i++)
		assert_true(configuration_section_equal(first, sample->configuration,
		                                        sample_sections[i].path));
	assert_string_equal(sample_http(sample)->listen.values[0], values[0]);
}

static void failed_writes_are_told(void **state)
{
	struct configuration *defaults cleanup(configuration_free) =
		configuration_new(&sample_schema);
	FILE *file = fopen("/dev/full", "we");

	(void)state;
	setbuf(file, NULL);
	assert_int_equal(configuration_print(defaults, file), -ENOSPC);
	assert_int_equal(configuration_print_schema(&sample_schema, file), -ENOSPC);
	(void)fclose(file);
}

static const json_t *at(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	assert_non_null(value);
	return value;
}

static void expect_object(const json_t *object)
{
	assert_string_equal(json_string_value(at(object, "type")), "object");
	assert_true(json_is_false(at(object, "additionalProperties")));
	assert_true(json_is_true(at(at(object, "patternProperties"), "^(//|_comment)")));
}

static void expect_json(const json_t *value, const char *text)
{
	char *found cleanup(free) = json_dumps(value, JSON_ENCODE_ANY);

	assert_string_equal(found, text);
}

static void schema_describes_every_option(void **state)
{
	char *text cleanup(free) = printed(print_schema, &sample_schema);
	json_t *schema = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	const json_t *properties, *http, *collectors;

	(void)state;
	assert_non_null(schema);
	expect_object(schema);
	expect_json(at(schema, "$schema"), "\"https://json-schema.org/draft/2020-12/schema\"");
	expect_json(at(schema, "title"), "\"txpathd configuration\"");
	expect_json(at(schema, "description"), "\"What is watched.\"");
	properties = at(schema, "properties");
	assert_int_equal(json_object_size(properties), 4);
	expect_json(at(properties, "$schema"), "{\"type\": \"string\"}");
	expect_json(at(properties, "namespaces"),
	            "{\"enum\": [\"own\", \"named\", \"all\"], "
	            "\"description\": \"Which network namespaces are watched.\", "
	            "\"default\": \"own\"}");
	expect_object(at(properties, "http"));
	http = at(at(properties, "http"), "properties");
	assert_int_equal(json_object_size(http), 3);
	expect_json(at(http, "tls"),
	            "{\"type\": \"boolean\", \"description\": \"Whether TLS is spoken.\", "
	            "\"default\": false}");
	expect_json(at(http, "port"),
	            "{\"type\": \"integer\", \"minimum\": 1, \"maximum\": 65535, "
	            "\"description\": \"A port.\", \"default\": 443}");
	expect_json(at(http, "listen"),
	            "{\"type\": \"array\", \"items\": {\"type\": \"string\"}, \"maxItems\": 3, "
	            "\"description\": \"Addresses to listen on.\", "
	            "\"default\": [\"127.0.0.1:10066\", \"[::1]:10066\"]}");
	collectors = at(properties, "collectors");
	expect_object(collectors);
	assert_null(json_object_get(collectors, "description"));
	assert_int_equal(json_object_size(at(collectors, "properties")), 2);
	expect_object(at(at(collectors, "properties"), "nic"));
	expect_json(at(at(at(at(collectors, "properties"), "nic"), "properties"), "interval"),
	            "{\"type\": \"string\", \"pattern\": \"^[0-9]+(us|ms|s|min|h)$\", "
	            "\"description\": \"Time between two samples. From 10ms to 1h.\", "
	            "\"default\": \"1s\"}");
	json_decref(schema);
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
		{ "tru", "1", "\"true\"" },      { "0", "65536", "1.0" },
		{ "\"5\"", "\"9ms\"", "5" },     { "\"\"", "\"al\"", "0" },
		{ "[\"a\"]", "[1]", "\"a:1\"" },
	};
	const struct option *const options[] = {
		&sample_http_options[0],     &sample_http_options[2], &sample_collector_options[1],
		&sample_document_options[0], &sample_http_options[1],
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
		cmocka_unit_test(defaults_are_printed),
		cmocka_unit_test_setup_teardown(what_is_printed_reads_back, sample_setup,
		                                sample_teardown),
		cmocka_unit_test(failed_writes_are_told),
		cmocka_unit_test(schema_describes_every_option),
		cmocka_unit_test(fallbacks_must_be_right),
		cmocka_unit_test(nothing_is_freed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
