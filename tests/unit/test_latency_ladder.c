/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How segments are said to be measured, by who has which role. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collectors/latency/latency_ladder.h"
#include "collectors/latency/latency_roles.h"

static struct bpf_probes probes;
static struct latency_rungs rungs;

static bool has_fentry_alone(enum latency_role role)
{
	return role >= LATENCY_ROLE_DATAGRAM_IPV4 && role <= LATENCY_ROLE_FILTER_END;
}

static int setup(void **state)
{
	(void)state;
	probes = (struct bpf_probes){ .n = LATENCY_ROLES };
	rungs = (struct latency_rungs){ .probes = &probes };
	for (unsigned i = 0; i < LATENCY_ROLES; i++) {
		bool fentry = has_fentry_alone(i) || i == LATENCY_ROLE_SEND;

		probes.probes[i].way = "way";
		probes.probes[i].method = fentry ? BPF_METHOD_FENTRY : BPF_METHOD_TRACEPOINT;
	}
	return 0;
}

static void refuse(enum latency_role role, const char *why)
{
	probes.probes[role].way = NULL;
	probes.probes[role].method = BPF_METHOD_NONE;
	(void)strcpy(probes.probes[role].reason.text, why);
}

static void assert_method(enum latency_segment segment, enum bpf_method method, const char *why)
{
	struct reason reason = { "what was there before" };

	assert_int_equal(latency_ladder(&rungs, segment, &reason), method);
	assert_string_equal(reason.text, why);
}

static void test_with_everything(void **state)
{
	(void)state;
	assert_method(LATENCY_SOCKET, BPF_METHOD_FENTRY, "");
	assert_method(LATENCY_STACK, BPF_METHOD_FENTRY, "");
	assert_method(LATENCY_NETFILTER, BPF_METHOD_FENTRY, "");
	assert_method(LATENCY_QDISC, BPF_METHOD_TRACEPOINT, "");
	assert_method(LATENCY_DRIVER, BPF_METHOD_TRACEPOINT, "");
	assert_method(LATENCY_NIC, BPF_METHOD_TRACEPOINT, "");
	assert_method(LATENCY_ACK, BPF_METHOD_TRACEPOINT, "");
}

static void test_with_tracepoints_alone(void **state)
{
	(void)state;
	for (unsigned i = 0; i < LATENCY_ROLES; i++)
		if (has_fentry_alone(i))
			refuse(i, "f: no");
	probes.probes[LATENCY_ROLE_SEND].method = BPF_METHOD_TRACEPOINT;
	(void)strcpy(probes.probes[LATENCY_ROLE_SEND].reason.text, "better: no");
	assert_method(LATENCY_SOCKET, BPF_METHOD_TRACEPOINT, "better: no");
	assert_method(LATENCY_ACK, BPF_METHOD_TRACEPOINT, "better: no");
	assert_method(LATENCY_STACK, BPF_METHOD_TRACEPOINT, "TCP alone: f: no");
	assert_method(LATENCY_NETFILTER, BPF_METHOD_NONE, "f: no");
	assert_method(LATENCY_QDISC, BPF_METHOD_TRACEPOINT, "");
}

static void test_without_ipv6(void **state)
{
	(void)state;
	refuse(LATENCY_ROLE_DATAGRAM_IPV6, "six: no such hook in this kernel");
	assert_method(LATENCY_STACK, BPF_METHOD_FENTRY,
	              "no UDP over IPv6: six: no such hook in this kernel");
}

/* Whoever is missing, the segments that need it say why. */
static void test_without_one(void **state)
{
	(void)state;
	refuse(LATENCY_ROLE_SEND, "send: no");
	assert_method(LATENCY_SOCKET, BPF_METHOD_NONE, "send: no");
	assert_method(LATENCY_ACK, BPF_METHOD_NONE, "send: no");
	(void)setup(NULL);
	refuse(LATENCY_ROLE_START, "start: no");
	assert_method(LATENCY_QDISC, BPF_METHOD_NONE, "start: no");
	assert_method(LATENCY_DRIVER, BPF_METHOD_NONE, "start: no");
	assert_method(LATENCY_NIC, BPF_METHOD_NONE, "start: no");
	(void)setup(NULL);
	refuse(LATENCY_ROLE_FILTER_BEGIN, "begin: no");
	assert_method(LATENCY_NETFILTER, BPF_METHOD_NONE, "begin: no");
}

static void test_timestamps_are_for_what_is_lacking(void **state)
{
	(void)state;
	rungs.timestamps = true;
	test_with_everything(state);
	refuse(LATENCY_ROLE_SEND, "send: no");
	assert_method(LATENCY_SOCKET, BPF_METHOD_TIMESTAMP,
	              "send()s of one segment in our own network namespace alone, "
	              "from when TCP has the bytes; send: no");
	assert_method(LATENCY_ACK, BPF_METHOD_TIMESTAMP,
	              "send()s of one segment in our own network namespace alone, "
	              "from when TCP has the bytes; send: no");
	assert_method(LATENCY_STACK, BPF_METHOD_FENTRY, "");
	assert_method(LATENCY_QDISC, BPF_METHOD_TRACEPOINT, "");
}

static void test_with_timestamps_alone(void **state)
{
	(void)state;
	for (unsigned i = 0; i < LATENCY_ROLES; i++)
		refuse(i, "p: not among the methods");
	rungs.timestamps = true;
	assert_method(LATENCY_STACK, BPF_METHOD_TIMESTAMP,
	              "TCP's packets with the end of such a send() alone; "
	              "p: not among the methods");
	assert_method(LATENCY_QDISC, BPF_METHOD_NONE,
	              "p: not among the methods; "
	              "timestamps do not tell the queue from the driver");
	assert_method(LATENCY_DRIVER, BPF_METHOD_NONE,
	              "p: not among the methods; "
	              "timestamps do not tell the queue from the driver");
	assert_method(LATENCY_NETFILTER, BPF_METHOD_NONE, "p: not among the methods");
	assert_method(LATENCY_NIC, BPF_METHOD_NONE, "p: not among the methods");
}

static void test_why_there_are_no_timestamps(void **state)
{
	(void)state;
	refuse(LATENCY_ROLE_SEND, "send: no");
	rungs.no_timestamps = "this kernel has none";
	assert_method(LATENCY_SOCKET, BPF_METHOD_NONE,
	              "send: no; timestamps: this kernel has none");
	assert_method(LATENCY_ACK, BPF_METHOD_NONE, "send: no; timestamps: this kernel has none");
	assert_method(LATENCY_STACK, BPF_METHOD_FENTRY, "");
	refuse(LATENCY_ROLE_DEQUEUE, "dequeue: no");
	assert_method(LATENCY_QDISC, BPF_METHOD_NONE, "dequeue: no");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_with_everything, setup),
		cmocka_unit_test_setup(test_with_tracepoints_alone, setup),
		cmocka_unit_test_setup(test_without_ipv6, setup),
		cmocka_unit_test_setup(test_without_one, setup),
		cmocka_unit_test_setup(test_timestamps_are_for_what_is_lacking, setup),
		cmocka_unit_test_setup(test_with_timestamps_alone, setup),
		cmocka_unit_test_setup(test_why_there_are_no_timestamps, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
