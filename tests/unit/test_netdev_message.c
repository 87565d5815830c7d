/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Queues of virtio_net as Linux 6.12 told of them (tests/fixtures/nic.txt), and as it should not. */
#include "tests/unit/fixture.h"

#include <errno.h>

#include "collectors/nic/netdev_message.h"

static struct {
	unsigned n_sending, n_receiving;
	uint64_t packets[8];
	int index;
} found;

static int take(const struct nlmsghdr *message, void *context)
{
	struct netdev_message parsed;
	int error = netdev_message_parse(message, &parsed);

	(void)context;
	if (error == -ENODATA) {
		found.n_receiving++;
		return 0;
	}
	assert_int_equal(error, 0);
	assert_true(parsed.queue < 8);
	assert_int_equal(parsed.counters.present & 3,
	                 1U << NIC_QUEUE_BYTES | 1U << NIC_QUEUE_PACKETS);
	found.packets[parsed.queue] = parsed.counters.values[NIC_QUEUE_PACKETS];
	found.index = parsed.device_index;
	found.n_sending++;
	return 0;
}

static void test_recorded(void **state)
{
	struct fixture fixture = fixture_load("nic_queues.bin");
	uint64_t n_packets = 0;

	(void)state;
	assert_int_equal(fixture_replay(&fixture, take, NULL), 0);
	assert_int_equal(found.n_sending, 4);
	assert_int_equal(found.n_receiving, 4);
	for (size_t i = 0; i < ARRAY_SIZE(found.packets); i++)
		n_packets += found.packets[i];
	assert_int_equal(n_packets, 5);
	fixture_free(&fixture);
}

static int take_cut(const struct nlmsghdr *message, void *context)
{
	struct netdev_message parsed;
	int error = netdev_message_parse(message, &parsed);

	(void)context;
	assert_true(error == 0 || error == -EBADMSG || error == -ENODATA);
	return 0;
}

static void test_cut_anywhere(void **state)
{
	struct fixture fixture = fixture_load("nic_queues.bin");

	(void)state;
	fixture_replay_cut(&fixture, take_cut, NULL);
	fixture_free(&fixture);
}

static struct nlmsghdr *make(void *bytes, uint64_t queue, bool has_type)
{
	const struct genlmsghdr header = { .cmd = 12 };
	struct nlmsghdr *message = message_begin(bytes, 41, &header, sizeof(header));

	mnl_attr_put_u32(message, 1, 5);
	if (has_type)
		mnl_attr_put_u32(message, 2, 1);
	mnl_attr_put_u64(message, 3, queue);
	mnl_attr_put_u32(message, 10, 11);
	mnl_attr_put_u64(message, 11, UINT64_C(1) << 40);
	mnl_attr_put_u16(message, 24, 3); /* of a length that no number has */
	mnl_attr_put_u32(message, 33, 2);
	return message;
}

static void test_numbers(void **state)
{
	_Alignas(8) char bytes[256];
	struct netdev_message parsed;

	(void)state;
	assert_int_equal(netdev_message_parse(make(bytes, 3, true), &parsed), 0);
	assert_int_equal(parsed.device_index, 5);
	assert_int_equal(parsed.queue, 3);
	assert_int_equal(parsed.counters.present,
	                 1U << NIC_QUEUE_PACKETS | 1U << NIC_QUEUE_BYTES | 1U << NIC_QUEUE_STOPS);
	assert_int_equal(parsed.counters.values[NIC_QUEUE_PACKETS], 11);
	assert_int_equal(parsed.counters.values[NIC_QUEUE_BYTES], UINT64_C(1) << 40);
	assert_int_equal(netdev_message_parse(make(bytes, NIC_QUEUES_MAX, true), &parsed),
	                 -EBADMSG);
	assert_int_equal(netdev_message_parse(make(bytes, UINT64_MAX, true), &parsed), -EBADMSG);
	assert_int_equal(netdev_message_parse(make(bytes, 3, false), &parsed), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_recorded),
		cmocka_unit_test(test_cut_anywhere),
		cmocka_unit_test(test_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
