/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Listeners that are opened, and the life of a socket file. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cmocka.h>

#include "daemon/listener.h"

struct place {
	char directory[64];
	char path[96];
	char text[128];
};

static int place_setup(void **state)
{
	struct place *place = calloc(1, sizeof(*place));

	strcpy(place->directory, "/tmp/test_listener.XXXXXX");
	if (!mkdtemp(place->directory))
		return -1;
	snprintf(place->path, sizeof(place->path), "%s/socket", place->directory);
	snprintf(place->text, sizeof(place->text), "unix:%s", place->path);
	*state = place;
	return 0;
}

/* A test that leaves a file behind fails here. */
static int place_teardown(void **state)
{
	struct place *place = *state;
	int r = rmdir(place->directory);

	free(place);
	return r;
}

static void used_port_is_an_error(void **state)
{
	cleanup(listener_close) struct listener *first = NULL;
	struct listener *second = NULL;
	struct reason reason;
	char expected[128];

	(void)state;
	assert_int_equal(listener_open("127.0.0.1:0", &reason, &first), 0);
	assert_int_equal(strncmp(first->url, "http://127.0.0.1:", 17), 0);
	assert_string_equal(first->text, "127.0.0.1:0");
	assert_int_equal(listener_open(first->url + strlen("http://"), &reason, &second),
	                 -EADDRINUSE);
	assert_null(second);
	snprintf(expected, sizeof(expected), "listen \"%s\": Address already in use",
	         first->url + strlen("http://"));
	assert_string_equal(reason.text, expected);
}

static void foreign_address_is_an_error(void **state)
{
	struct listener *listener = NULL;
	struct reason reason;

	(void)state;
	assert_int_equal(listener_open("192.0.2.1:0", &reason, &listener), -EADDRNOTAVAIL);
	assert_string_equal(reason.text, "listen \"192.0.2.1:0\": Cannot assign requested address");
}

static void descriptor_is_safe(void **state)
{
	cleanup(listener_close) struct listener *listener = NULL;
	struct reason reason;

	(void)state;
	assert_int_equal(listener_open("127.0.0.1:0", &reason, &listener), 0);
	assert_true(fcntl(listener->fd, F_GETFL) & O_NONBLOCK);
	assert_true(fcntl(listener->fd, F_GETFD) & FD_CLOEXEC);
}

/* The explicit wildcard of IPv6 leaves IPv4 to others; the bare port takes both. */
static void families_are_apart_unless_none_is_given(void **state)
{
	cleanup(listener_close) struct listener *ipv6 = NULL;
	cleanup(listener_close) struct listener *ipv4 = NULL;
	struct listener *both = NULL;
	struct reason reason;
	char text[64];

	(void)state;
	assert_int_equal(listener_open("[::]:0", &reason, &ipv6), 0);
	snprintf(text, sizeof(text), "0.0.0.0%s", strrchr(ipv6->url, ':'));
	assert_int_equal(listener_open(text, &reason, &ipv4), 0);
	assert_int_equal(listener_open(strrchr(ipv6->url, ':'), &reason, &both), -EADDRINUSE);
}

static void socket_file_comes_and_goes(void **state)
{
	const struct place *place = *state;
	struct listener *listener = NULL;
	struct reason reason;
	struct stat status;

	assert_int_equal(listener_open(place->text, &reason, &listener), 0);
	assert_string_equal(listener->url, place->text);
	assert_int_equal(lstat(place->path, &status), 0);
	assert_true(S_ISSOCK(status.st_mode));
	assert_int_equal(status.st_mode & 07777, 0660);
	listener_close(listener);
	assert_int_equal(lstat(place->path, &status), -1);
}

static void live_socket_file_is_in_use(void **state)
{
	const struct place *place = *state;
	cleanup(listener_close) struct listener *first = NULL;
	struct listener *second = NULL;
	struct reason reason;

	assert_int_equal(listener_open(place->text, &reason, &first), 0);
	assert_int_equal(listener_open(place->text, &reason, &second), -EADDRINUSE);
	assert_non_null(strstr(reason.text, "socket\": Address already in use"));
	assert_int_equal(access(place->path, F_OK), 0);
}

static void stale_socket_file_is_replaced(void **state)
{
	const struct place *place = *state;
	cleanup(listener_close) struct listener *listener = NULL;
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	struct reason reason;

	strcpy(address.sun_path, place->path);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	close(fd);
	assert_int_equal(listener_open(place->text, &reason, &listener), 0);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	close(fd);
}

static void other_files_are_left_alone(void **state)
{
	const struct place *place = *state;
	struct listener *listener = NULL;
	struct reason reason;

	close(open(place->path, O_CREAT | O_WRONLY, 0600));
	assert_int_equal(listener_open(place->text, &reason, &listener), -EADDRINUSE);
	assert_int_equal(unlink(place->path), 0);
	assert_int_equal(symlink("/tmp/elsewhere", place->path), 0);
	assert_int_equal(listener_open(place->text, &reason, &listener), -EADDRINUSE);
	assert_int_equal(unlink(place->path), 0);
}

static void file_of_a_successor_stays(void **state)
{
	const struct place *place = *state;
	struct listener *first = NULL, *second = NULL;
	struct reason reason;

	assert_int_equal(listener_open(place->text, &reason, &first), 0);
	assert_int_equal(unlink(place->path), 0);
	assert_int_equal(listener_open(place->text, &reason, &second), 0);
	listener_close(first);
	assert_int_equal(access(place->path, F_OK), 0);
	listener_close(second);
	listener_close(NULL);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, place_setup, place_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(used_port_is_an_error),
		cmocka_unit_test(foreign_address_is_an_error),
		cmocka_unit_test(descriptor_is_safe),
		cmocka_unit_test(families_are_apart_unless_none_is_given),
		TEST(socket_file_comes_and_goes),
		TEST(live_socket_file_is_in_use),
		TEST(stale_socket_file_is_replaced),
		TEST(other_files_are_left_alone),
		TEST(file_of_a_successor_stays),
	};

	return cmocka_run_group_tests_name("listener", tests, NULL, NULL);
}
