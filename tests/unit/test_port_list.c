/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "collectors/socket/port_list.h"
#include "daemon/cleanup.h"

static void test_accepted(void **state)
{
	static const char *const texts[] = { "0",       "443",       "65535", "1-1",
		                             "0-65535", "8000-8999", "00080" };
	struct reason reason = { "" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		assert_int_equal(port_range_check(texts[i], &reason), 0);
	assert_string_equal(reason.text, "");
}

static void test_refused(void **state)
{
	static const struct {
		const char *text, *reason;
	} cases[] = {
		{ "", "expected a port" },       { "http", "expected a port" },
		{ "-", "expected a port" },      { "-1", "expected a port" },
		{ "1-", "expected a port" },     { "1-2-3", "expected a port" },
		{ " 1", "expected a port" },     { "1 ", "expected a port" },
		{ "+1", "expected a port" },     { "1,2", "expected a port" },
		{ "65536", "expected a port" },  { "1-65536", "expected a port" },
		{ "000080", "expected a port" }, { "4294967376", "expected a port" },
		{ "2-1", "ends before" },        { "65535-0", "ends before" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct reason reason = { "" };

		assert_int_equal(port_range_check(cases[i].text, &reason), -EINVAL);
		assert_non_null(strstr(reason.text, cases[i].reason));
	}
}

static void test_first_that_holds(void **state)
{
	char https[] = "443", high[] = "8000-8999", within[] = "8080", all[] = "1000-65535";
	char *values[] = { https, within, high, all };
	const struct string_list texts = { ARRAY_SIZE(values), values };
	struct port_list list;

	(void)state;
	assert_int_equal(port_list_init(&list, &texts), 0);
	assert_int_equal(list.n, 4);
	assert_int_equal(port_list_find(&list, 443), 0);
	assert_int_equal(port_list_find(&list, 8080), 1);
	assert_int_equal(port_list_find(&list, 8000), 2);
	assert_int_equal(port_list_find(&list, 8999), 2);
	assert_int_equal(port_list_find(&list, 7999), 3);
	assert_int_equal(port_list_find(&list, 9000), 3);
	assert_int_equal(port_list_find(&list, 65535), 3);
	assert_int_equal(port_list_find(&list, 442), 4);
	assert_int_equal(port_list_find(&list, 0), 4);
	port_list_clear(&list);
	port_list_clear(&list);
}

static void test_empty(void **state)
{
	const struct string_list texts = { 0, NULL };
	struct port_list list;

	(void)state;
	assert_int_equal(port_list_init(&list, &texts), 0);
	assert_int_equal(port_list_find(&list, 80), 0);
	assert_int_equal(list.n, 0);
	port_list_clear(&list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accepted),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_first_that_holds),
		cmocka_unit_test(test_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
