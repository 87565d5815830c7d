/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ways into other network namespaces, where only setns() is scripted. */
#define setns scripted_setns

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "collectors/namespace_door.c"

static struct {
	int errors[16]; /* what setns() answers, one after the other */
	unsigned n_calls;
	int entered_fd;
	unsigned n_called;
	int call_error;
	struct reason reason;
} script;

int setns(int fd, int type)
{
	assert_int_equal(type, CLONE_NEWNET);
	assert_true(script.n_calls < ARRAY_SIZE(script.errors));
	errno = script.errors[script.n_calls++];
	script.entered_fd = errno ? script.entered_fd : fd;
	return errno ? -1 : 0;
}

static int call(void *context)
{
	const struct namespace_door *door = context;

	script.n_called++;
	assert_int_equal(script.entered_fd, door->fd);
	return script.call_error;
}

static uint64_t own_inode(void)
{
	struct stat status;

	assert_int_equal(stat(HOME, &status), 0);
	return status.st_ino;
}

static struct namespace_door open_door(void)
{
	struct namespace_door door = NAMESPACE_DOOR_CLOSED;

	assert_int_equal(namespace_door_open(HOME, own_inode(), &door, &script.reason), 0);
	return door;
}

static int begin(void **state)
{
	(void)state;
	memset(&script, 0, sizeof(script));
	is_away = false;
	return 0;
}

static void test_visit(void **state)
{
	struct namespace_door door = open_door();

	(void)state;
	assert_int_equal(namespace_door_visit(&door, call, &door, &script.reason), 0);
	assert_int_equal(script.n_called, 1);
	assert_int_equal(script.n_calls, 2);
	assert_int_equal(script.entered_fd, door.home_fd);
	assert_false(door.refused);
	script.call_error = -EIO;
	assert_int_equal(namespace_door_visit(&door, call, &door, &script.reason), -EIO);
	assert_int_equal(script.entered_fd, door.home_fd);
	namespace_door_close(&door);
	assert_int_equal(door.fd, -1);
	namespace_door_close(&door);
}

static void test_refused(void **state)
{
	struct namespace_door door = open_door();

	(void)state;
	script.errors[0] = EPERM;
	assert_int_equal(namespace_door_visit(&door, call, &door, &script.reason), -EPERM);
	assert_true(door.refused);
	assert_int_equal(script.n_called, 0);
	assert_int_equal(script.n_calls, 1);
	assert_int_equal(namespace_door_check_home(&script.reason), 0);
	assert_int_equal(script.n_calls, 1);
	namespace_door_close(&door);
}

/* The way home is tried again, and nothing goes on before it is found. */
static void test_no_way_home(void **state)
{
	struct namespace_door door = open_door();
	int fd = -1;

	(void)state;
	for (size_t i = 1; i < 1 + 2 * RETURNS_MAX - 2; i++)
		script.errors[i] = ENOMEM;
	assert_int_equal(namespace_door_visit(&door, call, &door, &script.reason), -ENOMEM);
	assert_string_equal(script.reason.text,
	                    "cannot return to the own network namespace: Cannot allocate memory");
	assert_false(door.refused);
	script.n_calls = 1;
	assert_int_equal(namespace_door_open_file(NULL, "/dev/null", &fd, &script.reason), -ENOMEM);
	assert_int_equal(fd, -1);
	script.n_calls = 2 * RETURNS_MAX - 3;
	assert_int_equal(namespace_door_check_home(&script.reason), 0);
	assert_int_equal(namespace_door_open_file(NULL, "/dev/null", &fd, &script.reason), 0);
	close(fd);
	namespace_door_close(&door);
}

static void test_another_namespace_is_none(void **state)
{
	struct namespace_door door = NAMESPACE_DOOR_CLOSED;

	(void)state;
	assert_int_equal(namespace_door_open(HOME, own_inode() + 1, &door, &script.reason),
	                 -ENOENT);
	assert_int_equal(namespace_door_open("/proc/0/ns/net", 1, &door, &script.reason), -ENOENT);
	assert_int_equal(namespace_door_open("/dev/null/x", 1, &door, &script.reason), -ENOENT);
	assert_int_equal(door.fd, -1);
}

static void test_file(void **state)
{
	struct namespace_door door = open_door();
	int fd = -1;

	(void)state;
	assert_int_equal(namespace_door_open_file(&door, "/proc/thread-self/net/sockstat", &fd,
	                                          &script.reason),
	                 0);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(script.n_calls, 2);
	assert_int_equal(namespace_door_open_file(&door, "/nowhere", &fd, &script.reason), -ENOENT);
	assert_string_equal(script.reason.text, "/nowhere: No such file or directory");
	script.errors[4] = EPERM;
	assert_int_equal(namespace_door_open_file(&door, "/dev/null", &fd, &script.reason), -EPERM);
	assert_string_equal(script.reason.text, "Operation not permitted");
	namespace_door_close(&door);
}

#define TEST(function) cmocka_unit_test_setup(function, begin)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_visit),       TEST(test_refused),
		TEST(test_no_way_home), TEST(test_another_namespace_is_none),
		TEST(test_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
