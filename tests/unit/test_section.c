/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config/section.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct option no_options[] = { OPTION_END };

static const struct configuration_section sections[] = {
	{ "a.b", "", no_options, 0 }, { "c", "", no_options, 0 },    { "a.b.d", "", no_options, 0 },
	{ "a", "", no_options, 0 },   { "ab.e", "", no_options, 0 }, { "c.b", "", no_options, 0 },
};

static const struct configuration_schema schema = { ARRAY_SIZE(sections), sections };

static struct level level_of(const char *path)
{
	return (struct level){ path, strlen(path) };
}

/* Compares the level's children, with the last word of each in parentheses. */
static void expect_children(const char *path, const char *expected)
{
	char found[128] = "";
	struct level child;
	size_t cursor = 0;

	while (level_next_child(&schema, level_of(path), &cursor, &child)) {
		size_t used = strlen(found), length;
		const char *word = level_word(child, &length);

		(void)snprintf(found + used, sizeof(found) - used, "%.*s(%.*s) ", (int)child.length,
		               child.path, (int)length, word);
	}
	assert_string_equal(found, expected);
	assert_false(level_next_child(&schema, level_of(path), &cursor, &child));
}

static void children_come_once_in_order(void **state)
{
	(void)state;
	expect_children("", "a(a) c(c) ab(ab) ");
	expect_children("a", "a.b(b) ");
	expect_children("a.b", "a.b.d(d) ");
	expect_children("ab", "ab.e(e) ");
	expect_children("c", "c.b(b) ");
	expect_children("a.b.d", "");
	expect_children("x", "");
}

static void children_by_word(void **state)
{
	struct level child = { NULL, 0 };

	(void)state;
	assert_true(level_child(&schema, level_of("c"), "b", &child));
	assert_ptr_equal(section_at(&schema, child), &sections[5]);
	assert_false(level_child(&schema, level_of("c"), "", &child));
	assert_false(level_child(&schema, level_of("c"), "bb", &child));
	assert_false(level_child(&schema, level_of(""), "a.b", &child));
}

static void sections_by_path(void **state)
{
	(void)state;
	assert_ptr_equal(section_find(&schema, "a.b.d"), &sections[2]);
	assert_ptr_equal(section_find(&schema, "a"), &sections[3]);
	assert_null(section_find(&schema, "ab"));
	assert_null(section_find(&schema, ""));
	assert_null(section_option(NULL, "x"));
	assert_null(section_option(&sections[0], "x"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(children_come_once_in_order),
		cmocka_unit_test(children_by_word),
		cmocka_unit_test(sections_by_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
