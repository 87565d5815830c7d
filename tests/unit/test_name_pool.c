/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "collectors/name_pool.h"

static void test_shared(void **state)
{
	struct name_pool pool = { 0 };
	struct name *a = name_pool_get(&pool, "abc", 3), *b = name_pool_get(&pool, "abcd", 3);
	struct name *other = name_pool_get(&pool, "abcd", 4);

	(void)state;
	assert_ptr_equal(a, b);
	assert_string_equal(a->text, "abc");
	assert_ptr_not_equal(a, other);
	name_pool_put(&pool, a);
	assert_ptr_equal(name_pool_get(&pool, "abc", 3), b);
	name_pool_put(&pool, b);
	name_pool_put(&pool, b);
	name_pool_put(&pool, other);
	name_pool_put(&pool, NULL);
}

/* Chains of many, taken apart in another order. */
static void test_many(void **state)
{
	static struct name *names[5 * NAME_POOL_CHAINS];
	const size_t n = sizeof(names) / sizeof(names[0]);
	struct name_pool pool = { 0 };
	char text[16];

	(void)state;
	for (size_t i = 0; i < n; i++) {
		int length = snprintf(text, sizeof(text), "%zu", i);

		names[i] = name_pool_get(&pool, text, (size_t)length);
	}
	for (size_t i = 0; i < n; i++) {
		(void)snprintf(text, sizeof(text), "%zu", i);
		assert_string_equal(names[i]->text, text);
	}
	for (size_t i = 0; i < n; i++)
		name_pool_put(&pool, names[i * 7 % n]);
	for (size_t i = 0; i < NAME_POOL_CHAINS; i++)
		assert_null(pool.chains[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shared),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
