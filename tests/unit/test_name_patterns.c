/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/failing_allocation.h"
#include "tests/unit/fixture.h"

#include "collectors/nic/name_patterns.c"

static int init(struct name_patterns *patterns, char *texts[], size_t n, struct reason *reason)
{
	const struct string_list list = { n, texts };

	return name_patterns_init(patterns, &list, reason);
}

static void test_match(void **state)
{
	static char veth[] = "^veth", end[] = "0$", *texts[] = { veth, end };
	struct name_patterns patterns = { 0 };
	struct reason reason = { 0 };

	(void)state;
	assert_false(name_patterns_match(&patterns, ""));
	assert_int_equal(init(&patterns, texts, 0, &reason), 0);
	assert_false(name_patterns_match(&patterns, "veth1"));
	assert_int_equal(init(&patterns, texts, 2, &reason), 0);
	assert_true(name_patterns_match(&patterns, "veth1"));
	assert_true(name_patterns_match(&patterns, "eth0"));
	assert_false(name_patterns_match(&patterns, "eth1"));
	assert_false(name_patterns_match(&patterns, "\xff"));
	name_patterns_clear(&patterns);
	name_patterns_clear(&patterns);
}

static void test_faults(void **state)
{
	static char good[] = "a", bad[] = "a(", *texts[] = { good, bad };
	struct name_patterns patterns = { 0 };
	struct reason reason = { 0 };

	(void)state;
	assert_int_equal(name_pattern_check(good, &reason), 0);
	assert_int_equal(name_pattern_check(bad, &reason), -EINVAL);
	assert_int_equal(strncmp(reason.text, "no regular expression: ", 23), 0);
	reason.text[0] = '\0';
	assert_int_equal(init(&patterns, texts, 2, &reason), -EINVAL);
	assert_int_equal(strncmp(reason.text, "no regular expression: ", 23), 0);
	name_patterns_clear(&patterns);
	allocations_left = 0;
	assert_int_equal(init(&patterns, texts, 1, &reason), -ENOMEM);
	assert_string_equal(reason.text, "out of memory");
	name_patterns_clear(&patterns);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_match),
		cmocka_unit_test(test_faults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
