/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config/position.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/cleanup.h"

static const char sample[] =
	"\n"
	" { \"a\" : 1,\"b{\\\"\":{\"c\":[ [ ] ,\"],\\\\\", {\"d\":-1e3} , true]},\n"
	"\t\"\\u0065\":\n"
	"null }\n";

/* Each ordinal is one step down. */
static void expect(size_t key, size_t value, size_t n, const size_t *ordinals)
{
	struct place places[4] = { { 0 } };

	for (size_t i = 0; i < n; i++)
		places[i] = (struct place){ i ? &places[i - 1] : NULL, ordinals[i] };
	assert_int_equal(position_find_key(sample, &places[n - 1]), key);
	assert_int_equal(position_find_value(sample, &places[n - 1]), value);
}

static size_t offset_of(const char *part)
{
	const char *found = strstr(sample, part);

	assert_non_null(found);
	return (size_t)(found - sample);
}

static void places(void **state)
{
	(void)state;
	assert_int_equal(position_find_value(sample, NULL), offset_of("{"));
	expect(offset_of("\"a\""), offset_of("1,"), 1, (const size_t[]){ 0 });
	expect(offset_of("\"b{"), offset_of("{\"c\""), 1, (const size_t[]){ 1 });
	expect(offset_of("\"c\""), offset_of("[ ["), 2, (const size_t[]){ 1, 0 });
	expect(offset_of("[ ]"), offset_of("[ ]"), 3, (const size_t[]){ 1, 0, 0 });
	expect(offset_of("\"],"), offset_of("\"],"), 3, (const size_t[]){ 1, 0, 1 });
	expect(offset_of("{\"d\""), offset_of("{\"d\""), 3, (const size_t[]){ 1, 0, 2 });
	expect(offset_of("\"d\""), offset_of("-1e3"), 4, (const size_t[]){ 1, 0, 2, 0 });
	expect(offset_of("true"), offset_of("true"), 3, (const size_t[]){ 1, 0, 3 });
	expect(offset_of("\"\\u0065\""), offset_of("null"), 1, (const size_t[]){ 2 });
}

static void lines_and_columns(void **state)
{
	static const char text[] = "ab\n\n\u00e4\u20ac\tx\r\ny";
	static const struct {
		size_t offset, line, column;
	} cases[] = {
		{ 0, 1, 1 }, { 1, 1, 2 }, { 2, 1, 3 },  { 3, 2, 1 },  { 4, 3, 1 },
		{ 6, 3, 2 }, { 9, 3, 3 }, { 10, 3, 4 }, { 13, 4, 1 }, { 14, 4, 2 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct position position = position_of(text, cases[i].offset);

		assert_int_equal(position.line, cases[i].line);
		assert_int_equal(position.column, cases[i].column);
	}
}

static void last_tokens(void **state)
{
	static const struct {
		const char *text;
		size_t end, last, previous;
	} cases[] = {
		{ "", 0, 0, 0 },
		{ "  ", 2, 2, 2 },
		{ "  ", 99, 2, 2 },
		{ " {", 2, 1, 1 },
		{ "{\"a\": tru }", 9, 6, 4 },
		{ "{\"a\": tru }", 7, 6, 4 },
		{ "{\"a\": tru }", 99, 10, 6 },
		{ "{\"a\\", 99, 1, 0 },
		{ "{\"a\\\n1", 99, 5, 1 },
		{ "\"", 1, 0, 0 },
		{ "x\"y\"z", 5, 4, 1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct position_tokens tokens = position_find_tokens(cases[i].text, cases[i].end);

		assert_int_equal(tokens.last, cases[i].last);
		assert_int_equal(tokens.previous, cases[i].previous);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(places),
		cmocka_unit_test(lines_and_columns),
		cmocka_unit_test(last_tokens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
