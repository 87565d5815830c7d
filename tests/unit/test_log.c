/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines as they arrive on standard error, which is a pipe here. */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/log.h"

/* A pipe in the place of standard error. */
struct capture {
	int saved, read_end;
};

static int capture_setup(void **state)
{
	struct capture *capture = malloc(sizeof(*capture));
	int fds[2];

	if (!capture || pipe(fds) < 0)
		return -1;
	capture->saved = dup(STDERR_FILENO);
	capture->read_end = fds[0];
	(void)dup2(fds[1], STDERR_FILENO);
	close(fds[1]);
	(void)unsetenv("JOURNAL_STREAM");
	log_set_level(LOG_INFO);
	*state = capture;
	return 0;
}

static int capture_teardown(void **state)
{
	struct capture *capture = *state;

	(void)dup2(capture->saved, STDERR_FILENO);
	close(capture->saved);
	close(capture->read_end);
	free(capture);
	return 0;
}

/* What has been written since the last call. A marker ends it, so that reading never blocks. */
static const char *captured(const struct capture *capture)
{
	static char text[65536];
	ssize_t n;

	assert_int_equal(write(STDERR_FILENO, "\f", 1), 1);
	n = read(capture->read_end, text, sizeof(text));
	assert_true(n > 0 && text[n - 1] == '\f');
	text[n - 1] = '\0';
	return text;
}

static void lines_have_name_and_level(void **state)
{
	log_error("no %s for %d", "room", 3);
	log_warning("b");
	log_notice("c");
	log_info("d");
	assert_string_equal(captured(*state),
	                    "txpathd: error: no room for 3\n"
	                    "txpathd: warning: b\n"
	                    "txpathd: notice: c\n"
	                    "txpathd: info: d\n");
}

static void level_is_obeyed(void **state)
{
	log_debug("hidden");
	log_set_level(LOG_DEBUG);
	log_debug("shown");
	log_set_level(LOG_ERR);
	log_warning("hidden");
	log_write(LOG_CRIT, "worse than an error");
	assert_string_equal(captured(*state),
	                    "txpathd: debug: shown\n"
	                    "txpathd: error: worse than an error\n");
}

static void levels_are_parsed(void **state)
{
	(void)state;
	assert_int_equal(log_level_parse("error"), LOG_ERR);
	assert_int_equal(log_level_parse("warning"), LOG_WARNING);
	assert_int_equal(log_level_parse("notice"), LOG_NOTICE);
	assert_int_equal(log_level_parse("info"), LOG_INFO);
	assert_int_equal(log_level_parse("debug"), LOG_DEBUG);
	assert_int_equal(log_level_parse("Debug"), -EINVAL);
	assert_int_equal(log_level_parse("crit"), -EINVAL);
	assert_int_equal(log_level_parse(""), -EINVAL);
}

static void journal_gets_priorities(void **state)
{
	struct stat status;
	char stream[64];

	assert_int_equal(fstat(STDERR_FILENO, &status), 0);
	snprintf(stream, sizeof(stream), "%ju:%ju", (uintmax_t)status.st_dev,
	         (uintmax_t)status.st_ino);
	setenv("JOURNAL_STREAM", stream, 1);
	log_error("a");
	log_info("b");
	assert_string_equal(captured(*state), "<3>a\n<6>b\n");
}

static void journal_of_another_stream_does_not_count(void **state)
{
	static const char *const streams[] = { "1:2", "x", "", "1", "-1:-1" };

	for (size_t i = 0; i < sizeof(streams) / sizeof(streams[0]); i++) {
		setenv("JOURNAL_STREAM", streams[i], 1);
		log_error("a");
		assert_string_equal(captured(*state), "txpathd: error: a\n");
	}
}

static void controls_are_blanked(void **state)
{
	log_error("a%sz", "\x1b[2J\n<0>\t\x7f\r");
	assert_string_equal(captured(*state), "txpathd: error: a?[2J?<0>???z\n");
	log_error("%s", "\xc2\x9b\xc2\xa0\xc3\xa9\xc2");
	assert_string_equal(captured(*state), "txpathd: error: ??\xc2\xa0\xc3\xa9\xc2\n");
}

static void long_lines_are_cut(void **state)
{
	char text[5000] = "";
	const char *line;

	memset(text, 'x', sizeof(text) - 1);
	log_error("%s", text);
	line = captured(*state);
	assert_int_equal(strlen(line), 2048);
	assert_string_equal(line + 2046, "x\n");
	log_error("%s", "next");
	assert_string_equal(captured(*state), "txpathd: error: next\n");
}

static void errno_is_kept(void **state)
{
	errno = EXDEV;
	log_error("a");
	assert_int_equal(errno, EXDEV);
	(void)captured(*state);
}

#define THREADS 4
#define LINES   100

static void *log_lines(void *argument)
{
	for (int i = 0; i < LINES; i++)
		log_error("%s", (const char *)argument);
	return NULL;
}

static void lines_of_threads_do_not_mix(void **state)
{
	char texts[THREADS][64];
	pthread_t threads[THREADS];
	const char *line;
	size_t n = 0;

	for (size_t i = 0; i < THREADS; i++) {
		memset(texts[i], 'a' + (int)i, sizeof(texts[i]) - 1);
		texts[i][sizeof(texts[i]) - 1] = '\0';
		assert_int_equal(pthread_create(&threads[i], NULL, log_lines, texts[i]), 0);
	}
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	for (line = captured(*state); *line; line = strchr(line, '\n') + 1, n++)
		assert_int_equal(strspn(line + strlen("txpathd: error: "),
		                        (char[]){ line[strlen("txpathd: error: ")], '\0' }),
		                 sizeof(texts[0]) - 1);
	assert_int_equal(n, THREADS * LINES);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, capture_setup, capture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(lines_have_name_and_level),
		TEST(level_is_obeyed),
		TEST(levels_are_parsed),
		TEST(journal_gets_priorities),
		TEST(journal_of_another_stream_does_not_count),
		TEST(controls_are_blanked),
		TEST(long_lines_are_cut),
		TEST(errno_is_kept),
		TEST(lines_of_threads_do_not_mix),
	};

	return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
