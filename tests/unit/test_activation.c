/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the service manager passes, and that the server then listens on nothing else. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>

#include <cmocka.h>

#include "daemon/activation.h"

/* Puts a listening socket, or another descriptor, where the service manager would. */
static void place_socket(int index, bool listening)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_true(fd >= 0);
	if (listening)
		assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(dup2(fd, SD_LISTEN_FDS_START + index), SD_LISTEN_FDS_START + index);
	if (fd != SD_LISTEN_FDS_START + index)
		close(fd);
}

static void pass(pid_t pid, const char *n_fds, const char *names)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", pid);
	assert_int_equal(setenv("LISTEN_PID", text, 1), 0);
	assert_int_equal(setenv("LISTEN_FDS", n_fds, 1), 0);
	assert_int_equal(names ? setenv("LISTEN_FDNAMES", names, 1) : unsetenv("LISTEN_FDNAMES"),
	                 0);
}

static int clean_environment(void **state)
{
	(void)state;
	return unsetenv("LISTEN_PID") | unsetenv("LISTEN_FDS") | unsetenv("LISTEN_FDNAMES");
}

static struct activation *take(void)
{
	struct activation *activation = NULL;
	struct reason reason = { "" };

	if (activation_take(&reason, &activation) != 0)
		fail_msg("%s", reason.text);
	assert_null(getenv("LISTEN_PID"));
	assert_null(getenv("LISTEN_FDS"));
	assert_null(getenv("LISTEN_FDNAMES"));
	return activation;
}

static void check_refused(int error, const char *expected)
{
	struct activation *activation = NULL;
	struct reason reason = { "" };

	assert_int_equal(activation_take(&reason, &activation), error);
	assert_null(activation);
	assert_string_equal(reason.text, expected);
}

static void nothing_is_passed(void **state)
{
	(void)state;
	assert_null(take());
	pass(getpid() + 1, "1", NULL);
	assert_null(take());
	activation_free(NULL);
}

static void sockets_are_taken_in_order(void **state)
{
	cleanup(activation_free) struct activation *activation = NULL;

	(void)state;
	place_socket(0, true);
	place_socket(1, true);
	pass(getpid(), "2", "one:two");
	activation = take();
	assert_non_null(activation);
	assert_int_equal(activation->n, 2);
	assert_int_equal(activation->listeners[0]->fd, SD_LISTEN_FDS_START);
	assert_string_equal(activation->listeners[0]->text, "one");
	assert_string_equal(activation->listeners[1]->text, "two");
}

static void a_wrong_one_is_named(void **state)
{
	(void)state;
	place_socket(0, true);
	place_socket(1, false);
	pass(getpid(), "2", "one:two");
	check_refused(-EINVAL,
	              "descriptor 4 (\"two\") passed by the service manager: "
	              "not listening (a socket unit needs Accept=no)");
	close(4);
}

static void a_closed_one_is_named(void **state)
{
	(void)state;
	place_socket(0, true);
	close(4);
	pass(getpid(), "2", NULL);
	check_refused(-EBADF, "descriptor 4 passed by the service manager: Bad file descriptor");
	close(3);
}

static void a_protocol_error_is_told(void **state)
{
	(void)state;
	place_socket(0, true);
	pass(getpid(), "1", "one:two");
	check_refused(-EINVAL,
	              "descriptors passed by the service manager ($LISTEN_FDS): "
	              "Invalid argument");
	pass(getpid(), "many", NULL);
	check_refused(-EINVAL,
	              "descriptors passed by the service manager ($LISTEN_FDS): "
	              "Invalid argument");
	close(3);
}

static void there_is_a_bound(void **state)
{
	(void)state;
	for (int i = 0; i < HTTP_LISTENERS_MAX + 1; i++)
		place_socket(i, true);
	pass(getpid(), "33", NULL);
	check_refused(-E2BIG, "33 descriptors passed by the service manager, more than 32");
	pass(getpid(), "32", NULL);
	activation_free(take());
	close(SD_LISTEN_FDS_START + HTTP_LISTENERS_MAX);
}

/* What http.listen says would fail if it were tried. */
static void the_server_keeps_to_them(void **state)
{
	char *listen[] = { strdup("192.0.2.1:1") };
	const struct http_options options = { .listen = { .n = 1, .values = listen },
		                              .max_connections = 1,
		                              .max_connections_per_address = 1 };
	cleanup(activation_free) struct activation *activation = NULL;
	cleanup(http_server_free) struct http_server *server = NULL;
	sd_event *event = NULL;
	struct reason reason;

	(void)state;
	place_socket(0, true);
	pass(getpid(), "1", NULL);
	activation = take();
	assert_true(sd_event_new(&event) >= 0);
	assert_int_equal(http_server_new(event, NULL, 0, NULL, &server), 0);
	sd_event_unref(event);
	assert_int_equal(
		http_server_adopt(server, steal_pointer(activation->listeners[0]), &reason), 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(http_server_apply(server, &options, &reason), 0);
		assert_int_equal(strncmp(http_server_url(server, 0), "http://0.0.0.0:", 15), 0);
		assert_null(http_server_url(server, 1));
	}
	free(listen[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_passed),
		cmocka_unit_test(sockets_are_taken_in_order),
		cmocka_unit_test(a_wrong_one_is_named),
		cmocka_unit_test(a_closed_one_is_named),
		cmocka_unit_test(a_protocol_error_is_told),
		cmocka_unit_test(there_is_a_bound),
		cmocka_unit_test(the_server_keeps_to_them),
	};

	return cmocka_run_group_tests_name("activation", tests, clean_environment, NULL);
}
