/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is asked of the kernel for each dump. */
#define netlink_dump scripted_dump

#include "collectors/socket/sock_diag.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#define STATE_BOUND_INACTIVE 13

static struct {
	uint16_t type;
	size_t size;
	_Alignas(8) unsigned char body[256];
	int result;
} script;

int netlink_dump(struct netlink *netlink, const struct netlink_request *request,
                 netlink_message_fn take, void *context)
{
	assert_null(netlink);
	assert_non_null(take);
	assert_null(context);
	assert_true(strlen(request->name) > 0);
	assert_true(request->body_size <= sizeof(script.body));
	script.type = request->type;
	script.size = request->body_size;
	memcpy(script.body, request->body, request->body_size);
	return script.result;
}

static int take(const struct nlmsghdr *message, void *context)
{
	(void)message;
	(void)context;
	return 0;
}

static void run_dump(enum sock_diag_dump dump)
{
	memset(&script, 0, sizeof(script));
	assert_int_equal(sock_diag_run(NULL, dump, take, NULL), 0);
}

static void test_tcp(void **state)
{
	const struct inet_diag_req *body = (const void *)script.body;

	(void)state;
	run_dump(SOCK_DIAG_TCP);
	assert_int_equal(script.type, TCPDIAG_GETSOCK);
	assert_int_equal(script.size, sizeof(*body));
	assert_int_equal(body->idiag_states, 0xfff - 1 - 64 - 1024); /* TIME_WAIT, LISTEN */
	assert_int_equal(body->idiag_ext,
	                 1 << (INET_DIAG_INFO - 1) | 1 << (INET_DIAG_SKMEMINFO - 1) |
	                         1 << (INET_DIAG_CONG - 1));
	run_dump(SOCK_DIAG_TCP_LISTENING);
	assert_int_equal(body->idiag_states, 1024);
	assert_int_equal(body->idiag_ext, 0);
}

static void test_udp_and_mptcp(void **state)
{
	const struct inet_diag_req_v2 *body = (const void *)script.body;
	const struct nlattr *attribute = (const void *)(script.body + sizeof(*body));
	uint32_t protocol;

	(void)state;
	run_dump(SOCK_DIAG_UDP_IPV6);
	assert_int_equal(script.type, SOCK_DIAG_BY_FAMILY);
	assert_int_equal(script.size, sizeof(*body));
	assert_int_equal(body->sdiag_family, AF_INET6);
	assert_int_equal(body->sdiag_protocol, IPPROTO_UDP);
	run_dump(SOCK_DIAG_UDP_IPV4);
	assert_int_equal(body->sdiag_family, AF_INET);

	run_dump(SOCK_DIAG_MPTCP_IPV4);
	assert_int_equal(script.size, sizeof(*body) + 8);
	assert_int_equal(attribute->nla_type, INET_DIAG_REQ_PROTOCOL);
	assert_int_equal(attribute->nla_len, 8);
	memcpy(&protocol, attribute + 1, sizeof(protocol));
	assert_int_equal(protocol, 262);
	run_dump(SOCK_DIAG_MPTCP_IPV6);
	assert_int_equal(body->sdiag_family, AF_INET6);
}

static void test_unix(void **state)
{
	const struct unix_diag_req *body = (const void *)script.body;

	(void)state;
	run_dump(SOCK_DIAG_UNIX);
	assert_int_equal(script.type, SOCK_DIAG_BY_FAMILY);
	assert_int_equal(script.size, sizeof(*body));
	assert_int_equal(body->sdiag_family, AF_UNIX);
	assert_int_equal(body->udiag_show, UDIAG_SHOW_RQLEN | UDIAG_SHOW_MEMINFO);
}

/* Where the states stand in the request of the dump. */
static uint32_t states_of(enum sock_diag_dump dump)
{
	switch (sock_diag_protocol[dump]) {
	case SOCKET_TCP:
		return ((const struct inet_diag_req *)(const void *)script.body)->idiag_states;
	case SOCKET_UNIX:
		return ((const struct unix_diag_req *)(const void *)script.body)->udiag_states;
	case SOCKET_UDP:
	case SOCKET_MPTCP:
	case SOCKET_PROTOCOLS:
		break;
	}
	return ((const struct inet_diag_req_v2 *)(const void *)script.body)->idiag_states;
}

static void test_probe_asks_for_nothing(void **state)
{
	(void)state;
	for (unsigned dump = 0; dump < SOCK_DIAG_DUMPS; dump++) {
		uint16_t type;

		run_dump(dump);
		assert_int_not_equal(states_of(dump), 0);
		assert_int_equal(states_of(dump) >> STATE_BOUND_INACTIVE, 0);
		type = script.type;

		script.result = -ENOENT;
		assert_int_equal(sock_diag_probe(NULL, dump), -ENOENT);
		assert_int_equal(script.type, type);
		assert_int_equal(states_of(dump), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tcp),
		cmocka_unit_test(test_udp_and_mptcp),
		cmocka_unit_test(test_unix),
		cmocka_unit_test(test_probe_asks_for_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
