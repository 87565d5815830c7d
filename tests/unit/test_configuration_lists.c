/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Choices that may be lists, and named lists: values, merging, comparison, and every fault. */
#include "tests/unit/configuration_sample.h"

static void load_watch(struct sample *sample, const char *text)
{
	char document[1024];

	(void)snprintf(document, sizeof(document), "{\"watch\": {%s}}", text);
	sample_write(sample, "txpathd.json", document);
	assert_int_equal(sample_load(sample), 0);
}

static void expect_group(const struct sample *sample, size_t index, const char *name,
                         const char *strings)
{
	const struct named_list *list = &sample_watch(sample)->groups.lists[index];
	char found[256] = "";

	assert_true(index < sample_watch(sample)->groups.n);
	assert_string_equal(list->name, name);
	for (size_t i = 0; i < list->strings.n; i++) {
		strcat(found, list->strings.values[i]);
		strcat(found, " ");
	}
	assert_string_equal(found, strings);
}

static void defaults_are_there(void **state)
{
	struct sample *sample = *state;

	sample->configuration = configuration_new(&sample_schema);
	assert_int_equal(sample_watch(sample)->scope.choice, 0);
	assert_int_equal(sample_watch(sample)->scope.strings.n, 0);
	assert_int_equal(sample_watch(sample)->groups.n, 1);
	expect_group(sample, 0, "web", "web:1 ");
}

static void a_choice_may_be_a_list(void **state)
{
	struct sample *sample = *state;

	load_watch(sample, "\"scope\": [\"a:1\", \"b:2\"]");
	assert_int_equal(sample_watch(sample)->scope.choice, 2);
	assert_int_equal(sample_watch(sample)->scope.strings.n, 2);
	assert_string_equal(sample_watch(sample)->scope.strings.values[1], "b:2");
	load_watch(sample, "\"scope\": \"all\"");
	assert_int_equal(sample_watch(sample)->scope.choice, 1);
}

static void a_choice_is_replaced_whole(void **state)
{
	struct sample *sample = *state;

	sample_write(sample, "conf.d/a.json", "{\"watch\": {\"scope\": [\"c:3\"]}}");
	load_watch(sample, "\"scope\": [\"a:1\", \"b:2\"]");
	assert_int_equal(sample_watch(sample)->scope.strings.n, 1);
	assert_string_equal(sample_watch(sample)->scope.strings.values[0], "c:3");
	sample_write(sample, "conf.d/b.json", "{\"watch\": {\"scope\": \"all\"}}");
	assert_int_equal(sample_load(sample), 0);
	assert_int_equal(sample_watch(sample)->scope.choice, 1);
	assert_int_equal(sample_watch(sample)->scope.strings.n, 0);
}

static void choices_are_chosen_by_a_list(void **state)
{
	struct sample *sample = *state;

	load_watch(sample, "");
	assert_int_equal(sample_watch(sample)->senses, 1 << 0 | 1 << 1);
	load_watch(sample, "\"senses\": [\"nose\", \"eye\"]");
	assert_int_equal(sample_watch(sample)->senses, 1 << 0 | 1 << 2);
	sample_write(sample, "conf.d/a.json", "{\"watch\": {\"senses\": [\"ear\"]}}");
	assert_int_equal(sample_load(sample), 0);
	assert_int_equal(sample_watch(sample)->senses, 1 << 1);
}

static void named_lists_are_merged_by_name(void **state)
{
	struct sample *sample = *state;

	sample_write(
		sample, "conf.d/a.json",
		"{\"watch\": {\"groups\": {\"mail\": [\"m:9\"], \"web\": [\"w:1\", \"w:2\"]}}}");
	sample_write(sample, "conf.d/b.json", "{\"watch\": {\"groups\": {\"mail\": []}}}");
	load_watch(sample, "\"groups\": {\"dns\": [\"d:1\"], \"mail\": [\"m:1\", \"m:2\"]}");
	assert_int_equal(sample_watch(sample)->groups.n, 3);
	expect_group(sample, 0, "web", "w:1 w:2 ");
	expect_group(sample, 1, "dns", "d:1 ");
	expect_group(sample, 2, "mail", "");
}

static void comments_are_no_names(void **state)
{
	struct sample *sample = *state;

	load_watch(sample, "\"groups\": {\"//\": 7, \"_comment\": [1], \"web\": [], \"/\": []}");
	assert_int_equal(sample_watch(sample)->groups.n, 2);
	expect_group(sample, 1, "/", "");
}

static void bounds_are_inclusive(void **state)
{
	struct sample *sample = *state;

	load_watch(
		sample,
		"\"groups\": {\"0123456789012345678901234567890123456789012345678901234567890123\":"
		" [\"a:1\", \"b:1\", \"c:1\"]}");
	assert_int_equal(strlen(sample_watch(sample)->groups.lists[1].name), 64);
	load_watch(sample,
	           "\"groups\": {\"web\": [\"a:1\", \"b:1\"], \"a)(\": [\"a:1\", \"b:1\"]}");
	expect_group(sample, 1, "a)(", "a:1 b:1 ");
}

static void lists_compare(void **state)
{
	static const char *const texts[] = {
		"\"scope\": \"all\"",
		"\"scope\": [\"a:1\"]",
		"\"scope\": [\"a:2\"]",
		"\"groups\": {\"web\": []}",
		"\"groups\": {\"dns\": []}",
		"\"groups\": {\"mail\": []}",
		"\"groups\": {\"mail\": [], \"dns\": []}",
		"\"groups\": {\"web\": [\"web:2\"]}",
		"\"senses\": [\"ear\"]",
		"",
	};
	struct sample *sample = *state;

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct configuration *one cleanup(configuration_free) = NULL;

		load_watch(sample, texts[i]);
		one = steal_pointer(sample->configuration);
		for (size_t j = 0; j < ARRAY_SIZE(texts); j++) {
			load_watch(sample, texts[j]);
			assert_int_equal(
				configuration_section_equal(one, sample->configuration, "watch"),
				i == j);
		}
	}
}

static void faults_of_choices(void **state)
{
	static const char *const cases[][2] = {
		{ "\"scope\": 1",
		  "21: \"scope\": expected one of \"own\", \"all\" or a list of "
		  "strings, got a number" },
		{ "\"scope\": {}",
		  "21: \"scope\": expected one of \"own\", \"all\" or a list of "
		  "strings, got an object" },
		{ "\"scope\": \"al\"",
		  "21: \"scope\": \"al\" is none of \"own\", \"all\", "
		  "did you mean \"all\"?" },
		{ "\"scope\": \"a:1\"", "21: \"scope\": \"a:1\" is none of \"own\", \"all\"" },
		{ "\"scope\": []", "21: \"scope\": an empty list, at least 1 entry is needed" },
		{ "\"scope\": [\"a:1\", \"b\"]", "29: \"scope\": \"b\": there is no port in it" },
		{ "\"scope\": [\"a:1\", 2]",
		  "29: \"scope\": expected only strings in the list, got a number" },
		{ "\"scope\": [\"a:1\", \"b:1\", \"c:1\"]",
		  "21: \"scope\": 3 entries, at most 2 are allowed" },
		{ "\"senses\": []", "22: \"senses\": an empty list, at least 1 entry is needed" },
		{ "\"senses\": \"eye\"",
		  "22: \"senses\": expected one of \"eye\", \"ear\", \"nose\", in a list, "
		  "got a string" },
		{ "\"senses\": [\"eye\", \"ears\"]",
		  "30: \"senses\": \"ears\" is none of \"eye\", \"ear\", \"nose\", "
		  "did you mean \"ear\"?" },
		{ "\"senses\": [\"eye\", \"ear\", \"eye\"]",
		  "37: \"senses\": \"eye\" is there twice" },
		{ "\"senses\": [7]",
		  "23: \"senses\": expected one of \"eye\", \"ear\", \"nose\", got a number" },
	};
	struct sample *sample = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char text[512], fault[512];

		(void)snprintf(text, sizeof(text), "{\"watch\": {%s}}", cases[i][0]);
		(void)snprintf(fault, sizeof(fault), "txpathd.json:1:%s", cases[i][1]);
		sample_write(sample, "txpathd.json", text);
		sample_expect_faults(sample, fault);
	}
}

static void faults_of_named_lists(void **state)
{
	static const char *const cases[][2] = {
		{ "[]", "1:22: \"groups\": expected an object of lists, got a list" },
		{ "{\"\": []}", "1:23: \"groups\": an empty name" },
		{ "{\"(other)\": []}",
		  "1:23: \"groups\": the name \"(other)\" begins with a parenthesis" },
		{ "{\"01234567890123456789012345678901234567890123456789012345678901234\": []}",
		  "1:23: \"groups\": the name "
		  "\"012345678901234567890123456789012345678901234567\u2026\" is longer than 64 bytes" },
		{ "{\"a\": \"a:1\"}", "1:28: \"a\": expected a list of strings, got a string" },
		{ "{\"//\": [\"x\"], \"a\":\n[\"a:1\",\n  \"b\"]}",
		  "3:3: \"a\": \"b\": there is no port in it" },
		{ "{\"a\": [\"a:1\", null]}",
		  "1:36: \"a\": expected only strings in the list, got null" },
		{ "{\"a\": [\"1:1\", \"2:1\", \"3:1\", \"4:1\", \"5:1\"]}",
		  "1:28: \"a\": 5 entries, at most 4 are allowed" },
		{ "{\"a\": [\"1:1\", \"2:1\"], \"b\": [\"3:1\", \"4:1\"]}",
		  "1:22: \"groups\": 5 strings in all, at most 4 are allowed" },
		{ "{\"a\": [], \"a\": []}", "1:32: duplicate key \"a\"" },
	};
	struct sample *sample = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char text[512], fault[512];

		(void)snprintf(text, sizeof(text), "{\"watch\": {\"groups\": %s}}", cases[i][0]);
		(void)snprintf(fault, sizeof(fault), "txpathd.json:%s", cases[i][1]);
		sample_write(sample, "txpathd.json", text);
		sample_expect_faults(sample, fault);
	}
}

static void every_fault_is_reported(void **state)
{
	struct sample *sample = *state;

	sample_write(sample, "txpathd.json",
	             "{\"watch\": {\"groups\": {\"web\": [\"a:1\", \"b:1\"]}}}");
	sample_write(sample, "conf.d/a.json",
	             "{\"watch\": {\"groups\": {\n"
	             "  \"//\": {},\n"
	             "  \"web\": [\"a\", \"b:1\", 5],\n"
	             "  \"(a\": [\"c\"],\n"
	             "  \"c\": {}\n"
	             "}, \"scope\": [1, \"d\"]}}\n");
	sample_write(sample, "conf.d/b.json",
	             "{\"watch\": {\"groups\": {\"a\": [\"1:1\", \"2:1\", \"3:1\"]}}}");
	sample_expect_faults(
		sample,
		"conf.d/a.json:3:11: \"web\": \"a\": there is no port in it\n"
		"conf.d/a.json:3:23: \"web\": expected only strings in the list, got a number\n"
		"conf.d/a.json:4:3: \"groups\": the name \"(a\" begins with a parenthesis\n"
		"conf.d/a.json:5:8: \"c\": expected a list of strings, got an object\n"
		"conf.d/a.json:6:14: \"scope\": expected only strings in the list, got a number\n"
		"conf.d/a.json:6:17: \"scope\": \"d\": there is no port in it\n"
		"conf.d/b.json:1:22: \"groups\": 5 strings in all, at most 4 are allowed");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, sample_setup, sample_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(defaults_are_there),
		TEST(a_choice_may_be_a_list),
		TEST(a_choice_is_replaced_whole),
		TEST(choices_are_chosen_by_a_list),
		TEST(named_lists_are_merged_by_name),
		TEST(comments_are_no_names),
		TEST(bounds_are_inclusive),
		TEST(lists_compare),
		TEST(faults_of_choices),
		TEST(faults_of_named_lists),
		TEST(every_fault_is_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
