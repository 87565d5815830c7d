/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Texts to addresses, and addresses to URLs. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>

#include "daemon/cleanup.h"
#include "daemon/listen_address.h"

static void good_texts_pass(void **state)
{
	static const char *const texts[] = {
		"127.0.0.1:10066", "0.0.0.0:0",       "[::1]:65535",
		"[::]:1",          "[fe80::1%lo]:1",  ":10066",
		"unix:/x",         "unix:/run/a b:c", "[::ffff:1.2.3.4]:1",
	};
	struct reason reason = { .text = "" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if (listen_address_check(texts[i], &reason) != 0)
			fail_msg("%s", reason.text);
}

static void bad_texts_say_why(void **state)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
		{ "", "no port (0 to 65535) after the last ':'" },
		{ "10066", "no port (0 to 65535) after the last ':'" },
		{ "127.0.0.1", "no port (0 to 65535) after the last ':'" },
		{ "127.0.0.1:", "no port (0 to 65535) after the last ':'" },
		{ "127.0.0.1:65536", "no port (0 to 65535) after the last ':'" },
		{ "127.0.0.1:-1", "no port (0 to 65535) after the last ':'" },
		{ "127.0.0.1:0x10", "no port (0 to 65535) after the last ':'" },
		{ "127.0.0.1: 1", "no port (0 to 65535) after the last ':'" },
		{ "127.0.0.1:4294967297", "no port (0 to 65535) after the last ':'" },
		{ "127.1:1", NULL },
		{ "localhost:1", NULL },
		{ "::1:1", NULL },
		{ "[::1:1", NULL },
		{ "[]:1", NULL },
		{ "[:1", NULL },
		{ "[::1]x:1", NULL },
		{ "[127.0.0.1]:1", NULL },
		{ "[fe80::1%nosuchlink]:1", "no such network interface" },
		{ "x123456789012345678901234567890123456789012345678901234567890123456789:1",
		  "not an IP address before the port" },
		{ "unix:", "the path after \"unix:\" must be absolute" },
		{ "unix:x", "the path after \"unix:\" must be absolute" },
		{ "unix:@x", "the path after \"unix:\" must be absolute" },
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct reason reason = { .text = "" };

		assert_int_equal(listen_address_check(cases[i].text, &reason), -EINVAL);
		assert_string_equal(reason.text,
		                    cases[i].why ? cases[i].why
		                                 : "not an IP address before the port; an IPv6 "
		                                   "address stands in [ ]");
	}
}

static void long_path_is_refused(void **state)
{
	char text[256] = "unix:/";
	struct reason reason;

	(void)state;
	memset(text + strlen(text), 'x', 106);
	assert_int_equal(listen_address_check(text, &reason), 0);
	strcat(text, "x");
	assert_int_equal(listen_address_check(text, &reason), -EINVAL);
	assert_non_null(strstr(reason.text, "longer than a socket's can be"));
}

static void check_url(const struct listen_address *address, const char *expected)
{
	cleanup(free) char *url = NULL;

	assert_int_equal(listen_address_url(address, &url), 0);
	assert_string_equal(url, expected);
}

static void an_address_is_a_url(void **state)
{
	static const char *const cases[][2] = {
		{ "127.0.0.1:10066", "http://127.0.0.1:10066" },
		{ "0.0.0.0:0", "http://0.0.0.0:0" },
		{ "[0:0::1]:65535", "http://[::1]:65535" },
		{ ":80", "http://[::]:80" },
		{ "unix:/run/a b", "unix:/run/a b" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct listen_address address = { 0 };
		struct reason reason = { "" };

		if (listen_address_parse(cases[i][0], &address, &reason) != 0)
			fail_msg("%s", reason.text);
		check_url(&address, cases[i][1]);
	}
}

static struct listen_address unix_address(const char *bytes, size_t n)
{
	struct listen_address address = { .socket.unix_path.sun_family = AF_UNIX };

	memcpy(address.socket.unix_path.sun_path, bytes, n);
	address.size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
	return address;
}

static void an_abstract_name_is_marked(void **state)
{
	struct listen_address address = unix_address("\0name", 5);

	(void)state;
	check_url(&address, "unix:@name");
	address = unix_address("\0a\0b\0", 5);
	check_url(&address, "unix:@a@b@");
	address = unix_address("", 0);
	check_url(&address, "unix:");
}

/* getsockname(2) counts a NUL that is not in the struct. */
static void a_path_may_fill_its_place(void **state)
{
	char path[108], expected[128];
	struct listen_address address;

	(void)state;
	memset(path, 'x', sizeof(path));
	snprintf(expected, sizeof(expected), "unix:%.*s", (int)sizeof(path), path);
	address = unix_address(path, sizeof(path));
	check_url(&address, expected);
	address.size++;
	check_url(&address, expected);
}

static void other_families_have_no_url(void **state)
{
	const struct listen_address address = { .socket.any.sa_family = AF_NETLINK, .size = 12 };
	char *url = NULL;

	(void)state;
	assert_int_equal(listen_address_url(&address, &url), -EAFNOSUPPORT);
	assert_null(url);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_texts_pass),
		cmocka_unit_test(bad_texts_say_why),
		cmocka_unit_test(long_path_is_refused),
		cmocka_unit_test(an_address_is_a_url),
		cmocka_unit_test(an_abstract_name_is_marked),
		cmocka_unit_test(a_path_may_fill_its_place),
		cmocka_unit_test(other_families_have_no_url),
	};

	return cmocka_run_group_tests_name("listen_address", tests, NULL, NULL);
}
