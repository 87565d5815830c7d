/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/socket_sample.h"

#include <errno.h>

static bool label_equals(struct label label, const char *text)
{
	return label.length == strlen(text) &&
		(!label.length || memcmp(label.value, text, label.length) == 0);
}

static void expect_labels(const struct socket_sample *sample, const struct socket_message *socket,
                          const char *port, const char *peer, const char *algorithm)
{
	struct socket_algorithms algorithms = { 0 };
	uint16_t number = socket_algorithm_find(&algorithms, socket->algorithm);
	const struct socket_key key = socket_sorting_key(&sample->setup.sorting, socket, number);
	struct label labels[SOCKET_LABELS];

	socket_sorting_labels(&sample->setup.sorting, &key, &algorithms, labels);
	assert_true(label_equals(labels[SOCKET_LABEL_UNIT], ""));
	assert_true(label_equals(labels[SOCKET_LABEL_LOCAL_PORT], port));
	assert_true(label_equals(labels[SOCKET_LABEL_PEER], peer));
	assert_true(label_equals(labels[SOCKET_LABEL_ALGORITHM], algorithm));
}

static void test_words(void **state)
{
	static const char *const words[] = { "unit", "local_port", "peer", "algorithm" };
	struct reason reason = { "" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		assert_int_equal(socket_sorting_check(words[i], &reason), 0);
	assert_int_equal(socket_sorting_check("", &reason), -EINVAL);
	assert_int_equal(socket_sorting_check("Unit", &reason), -EINVAL);
	assert_int_equal(socket_sorting_check("units", &reason), -EINVAL);
	assert_string_equal(reason.text, "expected unit, local_port, peer or algorithm");
}

static void test_labels(void **state)
{
	struct socket_message socket = sample_tcp(1, 0);
	struct socket_sample sample;

	(void)state;
	sample_init(&sample, "algorithm peer local_port");
	expect_labels(&sample, &socket, "443", "lan", "cubic");
	socket.local.port = 8080;
	socket.peer.address[0] = 11;
	expect_labels(&sample, &socket, "8000-8999", "(other)", "cubic");
	socket.local.port = 80;
	socket.family = SOCKET_IPV6;
	socket.peer = (struct socket_end){ .address = { 0xfd, 1 } };
	memset(socket.algorithm, 0, sizeof(socket.algorithm));
	expect_labels(&sample, &socket, "(other)", "lab", "(other)");
	/* IPv4 on an IPv6 socket. */
	socket.peer = (struct socket_end){ .address = { [10] = 0xff, 0xff, 192, 0, 2, 77 } };
	expect_labels(&sample, &socket, "(other)", "lab", "(other)");

	socket = sample_other(SOCKET_UDP, 1, 0);
	expect_labels(&sample, &socket, "443", "lan", "");
	socket = sample_other(SOCKET_UNIX, 1, 0);
	expect_labels(&sample, &socket, "(other)", "(other)", "");
	sample_clear(&sample);
}

/* What sockets are not told apart by is the same in all keys, and no label. */
static void test_what_is_not_asked_for(void **state)
{
	struct socket_message socket = sample_tcp(1, 0);
	struct socket_sample sample;
	struct socket_key one, other;

	(void)state;
	sample_init(&sample, "unit");
	one = socket_sorting_key(&sample.setup.sorting, &socket, 3);
	expect_labels(&sample, &socket, "", "", "");
	socket.local.port = 1;
	socket.peer.address[0] = 1;
	other = socket_sorting_key(&sample.setup.sorting, &socket, 4);
	assert_true(socket_key_equal(&one, &other));
	assert_true(socket_sorting_same(&sample.setup.sorting, &one, &socket, 4));
	socket.cgroup_id = 11;
	other = socket_sorting_key(&sample.setup.sorting, &socket, 4);
	assert_false(socket_key_equal(&one, &other));
	assert_false(socket_sorting_same(&sample.setup.sorting, &one, &socket, 4));
	sample_clear(&sample);

	sample_init(&sample, "");
	other = socket_sorting_key(&sample.setup.sorting, &socket, 4);
	one = socket_sorting_other(&sample.setup.sorting, SOCKET_TCP);
	assert_true(socket_key_equal(&one, &other));
	sample_clear(&sample);
}

/* The key of what is in no list is that of (other). */
static void test_other(void **state)
{
	struct socket_message socket = sample_tcp(1, 0);
	struct socket_sample sample;
	struct socket_key one, other;

	(void)state;
	socket.local.port = 1;
	socket.peer.address[0] = 1;
	sample_init(&sample, "local_port peer algorithm");
	one = socket_sorting_key(&sample.setup.sorting, &socket, 0);
	other = socket_sorting_other(&sample.setup.sorting, SOCKET_TCP);
	assert_true(socket_key_equal(&one, &other));
	sample_clear(&sample);
}

static bool comparable(const char *one, const char *other)
{
	struct socket_sample a, b;
	bool result;

	sample_init(&a, one);
	sample_init(&b, other);
	result = socket_sorting_comparable(&a.setup.sorting, &b.setup.sorting);
	assert_int_equal(socket_sorting_comparable(&b.setup.sorting, &a.setup.sorting), result);
	sample_clear(&a);
	sample_clear(&b);
	return result;
}

static void test_comparable(void **state)
{
	(void)state;
	assert_true(comparable("", ""));
	assert_true(comparable("unit peer", "peer unit"));
	assert_true(comparable("peer peer", "peer"));
	assert_false(comparable("unit", ""));
	assert_false(comparable("unit", "unit local_port"));
	assert_false(comparable("unit peer", "unit local_port"));
	assert_false(comparable("algorithm", "unit algorithm"));
}

static void test_comparable_lists(void **state)
{
	struct string_list none = { 0, NULL };
	struct socket_sample a, b;

	(void)state;
	sample_init(&a, "local_port");
	sample_init(&b, "local_port");
	b.setup.sorting.port_names = &none;
	assert_false(socket_sorting_comparable(&a.setup.sorting, &b.setup.sorting));
	/* Where ports tell nothing apart they do not matter. */
	a.setup.sorting.by_local_port = b.setup.sorting.by_local_port = false;
	assert_true(socket_sorting_comparable(&a.setup.sorting, &b.setup.sorting));
	sample_clear(&a);
	sample_clear(&b);
}

static void test_algorithms(void **state)
{
	struct socket_algorithms algorithms = { 0 };
	char name[SOCKET_ALGORITHM_SIZE] = { 0 };

	(void)state;
	assert_int_equal(socket_algorithm_find(&algorithms, name), 0);
	for (unsigned round = 0; round < 3; round++) {
		for (unsigned i = 1; i <= 100; i++) {
			unsigned expected = i < SOCKET_ALGORITHMS_MAX ? i : 0;

			memset(name, 0, sizeof(name));
			(void)snprintf(name, sizeof(name), "algorithm%u", i);
			assert_int_equal(socket_algorithm_find(&algorithms, name), expected);
		}
	}
	assert_true(label_equals(socket_algorithm_label(&algorithms, 0), "(other)"));
	assert_true(label_equals(socket_algorithm_label(&algorithms, 63), "algorithm63"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_labels),
		cmocka_unit_test(test_what_is_not_asked_for),
		cmocka_unit_test(test_other),
		cmocka_unit_test(test_comparable),
		cmocka_unit_test(test_comparable_lists),
		cmocka_unit_test(test_algorithms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
