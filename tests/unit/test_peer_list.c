/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "collectors/socket/peer_list.h"
#include "daemon/cleanup.h"
#include "tests/unit/random.h"

/* The address as sockets have it: IPv4 mapped into IPv6. */
static void address_of(const char *text, uint8_t address[static 16])
{
	uint8_t ipv4[4];

	if (inet_pton(AF_INET, text, ipv4) == 1)
		peer_address_map(ipv4, address);
	else
		assert_int_equal(inet_pton(AF_INET6, text, address), 1);
}

/* A list of networks of which each has its own name. */
static struct peer_list list_of(const char *const *networks, size_t n)
{
	static char texts[64][64];
	static char *values[64];
	static struct named_list lists[64];
	const struct named_lists names = { n, lists };
	struct peer_list list;

	assert_true(n <= 64);
	for (size_t i = 0; i < n; i++) {
		struct reason reason;

		(void)snprintf(texts[i], sizeof(texts[i]), "%s", networks[i]);
		values[i] = texts[i];
		lists[i] = (struct named_list){ texts[i], { 1, &values[i] } };
		assert_int_equal(peer_network_check(texts[i], &reason), 0);
	}
	assert_int_equal(peer_list_init(&list, &names), 0);
	assert_int_equal(list.n, n);
	return list;
}

static int find(const struct peer_list *list, const char *text)
{
	uint8_t address[16];

	address_of(text, address);
	return peer_list_find(list, address);
}

static void test_longest_prefix(void **state)
{
	static const char *const networks[] = { "10.0.0.0/8",    "10.1.2.0/24", "10.1.0.0/16",
		                                "10.1.2.3",      "fd00::/8",    "fd00:1::/32",
		                                "fd00:1::5/128", "10.1.2.0/24" };
	struct peer_list list = list_of(networks, ARRAY_SIZE(networks));

	(void)state;
	assert_int_equal(find(&list, "10.1.2.3"), 3);
	assert_int_equal(find(&list, "10.1.2.4"), 1); /* the first of two equal ones */
	assert_int_equal(find(&list, "10.1.3.1"), 2);
	assert_int_equal(find(&list, "10.2.0.1"), 0);
	assert_int_equal(find(&list, "11.0.0.1"), -1);
	assert_int_equal(find(&list, "fd00:1::5"), 6);
	assert_int_equal(find(&list, "fd00:1::6"), 5);
	assert_int_equal(find(&list, "fdff::1"), 4);
	assert_int_equal(find(&list, "fe80::1"), -1);
	peer_list_clear(&list);
	peer_list_clear(&list);
}

static void test_all_of_a_family(void **state)
{
	static const char *const both[] = { "::/0", "0.0.0.0/0" };
	struct peer_list list = list_of(both, 2);

	(void)state;
	assert_int_equal(find(&list, "2001:db8::1"), 0);
	assert_int_equal(find(&list, "::"), 0);
	assert_int_equal(find(&list, "192.0.2.1"), 1);
	assert_int_equal(find(&list, "::ffff:192.0.2.1"), 1);
	peer_list_clear(&list);

	list = list_of(both, 1);
	assert_int_equal(find(&list, "192.0.2.1"), -1);
	assert_int_equal(find(&list, "::ffff:192.0.2.1"), -1);
	peer_list_clear(&list);

	list = list_of(both + 1, 1);
	assert_int_equal(find(&list, "2001:db8::1"), -1);
	assert_int_equal(find(&list, "::fffe:192.0.2.1"), -1);
	peer_list_clear(&list);
}

/* A mapped network is IPv4's, in whichever way it is written. */
static void test_mapped(void **state)
{
	static const char *const networks[] = { "::ffff:192.0.2.0/120", "192.0.2.128/25",
		                                "::ffff:0:0/96" };
	struct peer_list list = list_of(networks, ARRAY_SIZE(networks));

	(void)state;
	assert_int_equal(find(&list, "192.0.2.1"), 0);
	assert_int_equal(find(&list, "192.0.2.200"), 1);
	assert_int_equal(find(&list, "::ffff:c000:2c8"), 1);
	assert_int_equal(find(&list, "198.51.100.1"), 2);
	peer_list_clear(&list);
}

static bool shares(const uint8_t a[static 16], const uint8_t b[static 16], unsigned n_bits)
{
	for (unsigned i = 0; i < n_bits; i++)
		if ((a[i / 8] ^ b[i / 8]) >> (7 - i % 8) & 1)
			return false;
	return true;
}

/* Every length of prefix, against a comparison bit by bit. */
static void test_every_length(void **state)
{
	uint8_t address[16], other[16];

	(void)state;
	for (unsigned n_bits = 0; n_bits <= 128; n_bits++) {
		struct peer_network network = { .n_bits = n_bits };
		const struct peer_list list = { 1, &network };

		for (unsigned bit = 0; bit < 128; bit++) {
			for (unsigned i = 0; i < 16; i++)
				address[i] = (uint8_t)random_next();
			address[0] |= 1; /* not mapped */
			memcpy(other, address, sizeof(other));
			other[bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
			other[0] |= 1;
			memcpy(network.address, address, sizeof(address));
			assert_int_equal(peer_list_find(&list, other),
			                 shares(address, other, n_bits) ? 0 : -1);
		}
	}
}

static void test_refused(void **state)
{
	static const struct {
		const char *text, *reason;
	} cases[] = {
		{ "", "expected an IPv4 or IPv6" },
		{ "/8", "expected an IPv4 or IPv6" },
		{ "10.0.0", "expected an IPv4 or IPv6" },
		{ "10.0.0.0.0", "expected an IPv4 or IPv6" },
		{ "010.0.0.1", "expected an IPv4 or IPv6" },
		{ "host.example", "expected an IPv4 or IPv6" },
		{ "fe80::1%eth0", "expected an IPv4 or IPv6" },
		{ "[::1]", "expected an IPv4 or IPv6" },
		{ "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000", "expected an IPv4" },
		{ "10.0.0.0/", "not 0 to 32" },
		{ "10.0.0.0/33", "not 0 to 32" },
		{ "10.0.0.0/-1", "not 0 to 32" },
		{ "10.0.0.0/8/8", "not 0 to 32" },
		{ "10.0.0.0/ 8", "not 0 to 32" },
		{ "10.0.0.0/255.0.0.0", "not 0 to 32" },
		{ "10.0.0.0/4294967304", "not 0 to 32" },
		{ "::/129", "not 0 to 128" },
		{ "10.0.0.1/8", "bits are set behind" },
		{ "192.0.2.128/24", "bits are set behind" },
		{ "fd00::1/127", "bits are set behind" },
		{ "::ffff:0:0/8", "bits are set behind" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct reason reason = { "" };

		assert_int_equal(peer_network_check(cases[i].text, &reason), -EINVAL);
		if (!strstr(reason.text, cases[i].reason))
			fail_msg("%s: %s", cases[i].text, reason.text);
	}
}

static void test_empty(void **state)
{
	struct peer_list list = list_of(NULL, 0);

	(void)state;
	assert_int_equal(find(&list, "127.0.0.1"), -1);
	peer_list_clear(&list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_longest_prefix), cmocka_unit_test(test_all_of_a_family),
		cmocka_unit_test(test_mapped),         cmocka_unit_test(test_every_length),
		cmocka_unit_test(test_refused),        cmocka_unit_test(test_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
