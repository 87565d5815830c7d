/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "collectors/owner_pattern.h"
#include "daemon/cleanup.h"

static char nginx[] = "^nginx\\.service$", apache[] = "^apache2", service[] = "service$";
static char fine[] = "^fine$", unmatched[] = "(", web_name[] = "web", rest_name[] = "rest";
static char *web[] = { nginx, apache }, *rest[] = { service }, *broken[] = { fine, unmatched };

static void test_first_match(void **state)
{
	struct named_list lists[] = { { web_name, { ARRAY_SIZE(web), web } },
		                      { fine, { 0 } },
		                      { rest_name, { ARRAY_SIZE(rest), rest } } };
	const struct named_lists groups = { ARRAY_SIZE(lists), lists };
	struct owner_patterns patterns;
	struct reason reason = { 0 };

	(void)state;
	assert_int_equal(owner_patterns_init(&patterns, &groups, &reason), 0);
	assert_string_equal(owner_patterns_match(&patterns, "nginx.service"), "web");
	assert_string_equal(owner_patterns_match(&patterns, "apache2@a.service"), "web");
	assert_string_equal(owner_patterns_match(&patterns, "nginx-x.service"), "rest");
	assert_null(owner_patterns_match(&patterns, "init.scope"));
	assert_null(owner_patterns_match(&patterns, "\xff\n"));
	owner_patterns_clear(&patterns);
	assert_null(owner_patterns_match(&patterns, "nginx.service"));
}

static void test_none(void **state)
{
	const struct named_lists groups = { 0 };
	struct owner_patterns patterns;
	struct reason reason = { 0 };

	(void)state;
	assert_int_equal(owner_patterns_init(&patterns, NULL, &reason), 0);
	assert_null(owner_patterns_match(&patterns, "a.service"));
	owner_patterns_clear(&patterns);
	assert_int_equal(owner_patterns_init(&patterns, &groups, &reason), 0);
	assert_null(owner_patterns_match(&patterns, "a.service"));
	owner_patterns_clear(&patterns);
}

static void test_broken(void **state)
{
	struct named_list list = { web_name, { ARRAY_SIZE(broken), broken } };
	const struct named_lists groups = { 1, &list };
	struct owner_patterns patterns;
	struct reason reason = { 0 };

	(void)state;
	assert_int_equal(owner_pattern_check("^(a|b)+\\.service$", &reason), 0);
	assert_string_equal(reason.text, "");
	assert_int_equal(owner_pattern_check("a[", &reason), -EINVAL);
	assert_true(strlen(reason.text) > 0);
	assert_int_equal(owner_patterns_init(&patterns, &groups, &reason), -EINVAL);
	assert_int_equal(patterns.n, 1);
	owner_patterns_clear(&patterns);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_match),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_broken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
