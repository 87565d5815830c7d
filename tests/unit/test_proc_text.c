/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of every size read whole, and what is and is not a line, a word, a number. */
#include "tests/unit/proc_tree.h"

#include "collectors/stack/proc_text.h"

static struct proc_span span_of(const char *text)
{
	return (struct proc_span){ text, text + strlen(text) };
}

static int parse(const char *text, uint64_t *ret_value)
{
	return proc_number_parse(span_of(text), ret_value);
}

static void test_numbers(void **state)
{
	uint64_t value = 7;

	(void)state;
	assert_int_equal(parse("0", &value), 0);
	assert_int_equal(value, 0);
	assert_int_equal(parse("18446744073709551615", &value), 0);
	assert_true(value == UINT64_MAX);
	assert_int_equal(parse("0042", &value), 0);
	assert_int_equal(value, 42);
	assert_int_equal(parse("-1", &value), -ERANGE);
	assert_int_equal(value, 42);
}

static void test_what_is_no_number(void **state)
{
	static const char *const words[] = {
		"",
		"-",
		"--1",
		"+1",
		"1.5",
		"0x10",
		"1a",
		"a1",
		"1-",
		"18446744073709551616",
		"18446744073709551620",
		"99999999999999999999",
		"-99999999999999999999",
		"1 ",
	};
	uint64_t value = 7;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		assert_int_equal(parse(words[i], &value), -EBADMSG);
	assert_int_equal(value, 7);
}

static void test_lines_and_words(void **state)
{
	struct proc_span rest = span_of(" a\tbc  \n\nd"), line, word;
	bool whole;

	(void)state;
	assert_true(proc_line_next(&rest, &line, &whole));
	assert_true(whole);
	assert_true(proc_word_next(&line, &word) && proc_span_is(word, "a", 1));
	assert_true(proc_word_next(&line, &word) && proc_span_is(word, "bc", 2));
	assert_false(proc_word_next(&line, &word));
	assert_true(proc_line_next(&rest, &line, &whole));
	assert_true(whole);
	assert_false(proc_word_next(&line, &word));
	assert_true(proc_line_next(&rest, &line, &whole));
	assert_false(whole);
	assert_true(proc_word_next(&line, &word) && proc_span_is(word, "d", 1));
	assert_false(proc_line_next(&rest, &line, &whole));
}

static void expect_read(const struct proc_tree *tree, struct proc_text *text, size_t length)
{
	char *bytes = malloc(length + 1);
	int fd;

	assert_non_null(bytes);
	memset(bytes, 'x', length);
	proc_tree_write(tree, "file", bytes, length);
	fd = openat(tree->fd, "file", O_RDONLY | O_CLOEXEC);
	assert_int_equal(proc_text_read(text, fd), length < PROC_TEXT_MAX ? 0 : -EFBIG);
	assert_int_equal(text->length, length < PROC_TEXT_MAX ? length : 0);
	if (text->length)
		assert_memory_equal(text->bytes, bytes, length);
	close(fd);
	free(bytes);
}

static void test_files_of_every_size(void **state)
{
	static const size_t lengths[] = { 0,
		                          1,
		                          16383,
		                          16384,
		                          16385,
		                          40000,
		                          65536,
		                          PROC_TEXT_MAX - 1,
		                          5,
		                          PROC_TEXT_MAX,
		                          PROC_TEXT_MAX + 1,
		                          6 };
	struct proc_text text = { 0 };
	struct proc_tree tree;

	(void)state;
	proc_tree_begin(&tree);
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++)
		expect_read(&tree, &text, lengths[i]);
	assert_true(text.capacity <= PROC_TEXT_MAX);
	assert_int_equal(proc_text_read(&text, -1), -EBADF);
	proc_text_release(&text);
	proc_text_release(&text);
	proc_tree_end(&tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_what_is_no_number),
		cmocka_unit_test(test_lines_and_words),
		cmocka_unit_test(test_files_of_every_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
