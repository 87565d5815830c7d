/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration in force and its JSON Schema, as they are written. */
#include "tests/unit/configuration_sample.h"

#include <jansson.h>

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
	                    "  },\n"
	                    "  \"watch\": {\n"
	                    "    \"scope\": \"own\",\n"
	                    "    \"groups\": {\n"
	                    "      \"web\": [\n"
	                    "        \"web:1\"\n"
	                    "      ]\n"
	                    "    },\n"
	                    "    \"senses\": [\n"
	                    "      \"eye\",\n"
	                    "      \"ear\"\n"
	                    "    ]\n"
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
	             " \"socket\": {\"interval\": \"120s\"}}, \"watch\": {\"scope\": [\"a:1\"],"
	             " \"senses\": [\"nose\", \"eye\"],"
	             " \"groups\": {\"b\": [], \"a\": [\":1\", \":2\"], \"web\": []}}}");
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

static void expect_lists(const json_t *watch)
{
	expect_json(at(watch, "scope"),
	            "{\"anyOf\": [{\"enum\": [\"own\", \"all\"]}, "
	            "{\"type\": \"array\", \"items\": {\"type\": \"string\"}, \"maxItems\": 2, "
	            "\"minItems\": 1}], \"description\": \"What is watched.\", "
	            "\"default\": \"own\"}");
	expect_json(at(watch, "groups"),
	            "{\"type\": \"object\", \"patternProperties\": {\"^(//|_comment)\": true}, "
	            "\"propertyNames\": {\"pattern\": \"^[^(]\"}, \"additionalProperties\": "
	            "{\"type\": \"array\", \"items\": {\"type\": \"string\"}, \"maxItems\": 4}, "
	            "\"description\": \"What is counted as one.\", "
	            "\"default\": {\"web\": [\"web:1\"]}}");
	expect_json(at(watch, "senses"),
	            "{\"type\": \"array\", \"items\": {\"enum\": [\"eye\", \"ear\", \"nose\"]}, "
	            "\"minItems\": 1, \"uniqueItems\": true, \"description\": \"By what.\", "
	            "\"default\": [\"eye\", \"ear\"]}");
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
	assert_int_equal(json_object_size(properties), 5);
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
	expect_lists(at(at(properties, "watch"), "properties"));
	json_decref(schema);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_are_printed),
		cmocka_unit_test_setup_teardown(what_is_printed_reads_back, sample_setup,
		                                sample_teardown),
		cmocka_unit_test(failed_writes_are_told),
		cmocka_unit_test(schema_describes_every_option),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
