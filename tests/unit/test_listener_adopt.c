/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sockets as a service manager passes them: which become listeners, and which are refused. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cmocka.h>
#include <linux/vm_sockets.h>

#include "daemon/listener.h"

static int socket_of(int family, int type)
{
	int fd = socket(family, type, 0);

	assert_true(fd >= 0);
	return fd;
}

static int listening_ip(int family)
{
	int fd = socket_of(family, SOCK_STREAM);

	assert_int_equal(listen(fd, 1), 0); /* which binds it to a port of all addresses */
	return fd;
}

static int listening_unix(const char *name, size_t n)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket_of(AF_UNIX, SOCK_STREAM);

	memcpy(address.sun_path, name, n);
	assert_int_equal(bind(fd, (struct sockaddr *)&address,
	                      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n)),
	                 0);
	assert_int_equal(listen(fd, 1), 0);
	return fd;
}

/* Adopts the descriptor, and closes it with the listener. */
static void check_adopted(int fd, const char *url)
{
	struct listener *listener = NULL;
	struct reason reason = { "" };

	if (listener_adopt(fd, "name", &reason, &listener) != 0)
		fail_msg("%s", reason.text);
	assert_int_equal(listener->fd, fd);
	assert_string_equal(listener->text, "name");
	assert_int_equal(strncmp(listener->url, url, strlen(url)), 0);
	assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	listener_close(listener);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
}

static void ip_sockets_are_adopted(void **state)
{
	(void)state;
	check_adopted(listening_ip(AF_INET), "http://0.0.0.0:");
	check_adopted(listening_ip(AF_INET6), "http://[::]:");
}

static void adopted_socket_file_stays(void **state)
{
	char path[64], url[80];

	(void)state;
	snprintf(path, sizeof(path), "/tmp/test_listener_adopt.%d", getpid());
	snprintf(url, sizeof(url), "unix:%s", path);
	check_adopted(listening_unix(path, strlen(path)), url);
	assert_int_equal(unlink(path), 0);
}

static void abstract_socket_is_adopted(void **state)
{
	char name[64] = "", url[80];

	(void)state;
	snprintf(name + 1, sizeof(name) - 1, "test_listener_adopt.%d", getpid());
	snprintf(url, sizeof(url), "unix:@%s", name + 1);
	check_adopted(listening_unix(name, 1 + strlen(name + 1)), url);
}

/* Refuses the descriptor, which stays the caller's. */
static void check_refused(int fd, int error, const char *why)
{
	struct listener *listener = NULL;
	struct reason reason = { "" };
	char expected[160];

	assert_int_equal(listener_adopt(fd, "x.socket", &reason, &listener), error);
	assert_null(listener);
	snprintf(expected, sizeof(expected),
	         "descriptor %d (\"x.socket\") passed by the service manager: %s", fd, why);
	assert_string_equal(reason.text, expected);
}

static void what_does_not_listen_is_refused(void **state)
{
	const char *const idle = "not listening (a socket unit needs Accept=no)";
	int pair[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	check_refused(pair[0], -EINVAL, idle);
	close(pair[0]);
	close(pair[1]);
	pair[0] = socket_of(AF_INET, SOCK_STREAM);
	check_refused(pair[0], -EINVAL, idle);
	assert_int_equal(close(pair[0]), 0);
}

static void what_is_no_stream_is_refused(void **state)
{
	static const struct {
		int family, type;
	} cases[] = {
		{ AF_INET, SOCK_DGRAM },
		{ AF_UNIX, SOCK_DGRAM },
		{ AF_UNIX, SOCK_SEQPACKET },
		{ AF_NETLINK, SOCK_RAW },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int fd = socket_of(cases[i].family, cases[i].type);

		check_refused(fd, -EINVAL, "not a stream socket");
		assert_int_equal(close(fd), 0);
	}
}

static void what_is_no_socket_is_refused(void **state)
{
	int fd = open("/dev/null", O_RDONLY);

	(void)state;
	check_refused(fd, -EINVAL, "not a socket");
	assert_int_equal(close(fd), 0);
	check_refused(fd, -EBADF, "Bad file descriptor");
}

/* AF_VSOCK is not in every kernel. */
static void other_families_are_refused(void **state)
{
	const struct sockaddr_vm address = { .svm_family = AF_VSOCK,
		                             .svm_cid = VMADDR_CID_ANY,
		                             .svm_port = VMADDR_PORT_ANY };
	int fd = socket(AF_VSOCK, SOCK_STREAM, 0);

	(void)state;
	if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(fd, 1) < 0)
		skip();
	check_refused(fd, -EINVAL, "neither an IP nor a Unix socket");
	assert_int_equal(close(fd), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ip_sockets_are_adopted),
		cmocka_unit_test(adopted_socket_file_stays),
		cmocka_unit_test(abstract_socket_is_adopted),
		cmocka_unit_test(what_does_not_listen_is_refused),
		cmocka_unit_test(what_is_no_stream_is_refused),
		cmocka_unit_test(what_is_no_socket_is_refused),
		cmocka_unit_test(other_families_are_refused),
	};

	return cmocka_run_group_tests_name("listener_adopt", tests, NULL, NULL);
}
