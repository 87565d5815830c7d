/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Devices as Linux 6.12 told of them, held to what ip printed: tests/fixtures/nic.txt. */
#include "tests/unit/fixture.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "collectors/nic/nic_link.h"

#define DEVICES 6

static struct nic_link links[DEVICES];
static struct rtnl_link_stats64 counters[DEVICES];

static int take_link(const struct nlmsghdr *message, void *context)
{
	struct nic_link link;

	(void)context;
	assert_int_equal(nic_link_parse(message, &link), 0);
	assert_true(link.index < DEVICES);
	links[link.index] = link;
	return 0;
}

static int take_counters(const struct nlmsghdr *message, void *context)
{
	struct rtnl_link_stats64 parsed;
	int index = 0;

	(void)context;
	assert_int_equal(nic_counters_parse(message, &index, &parsed), 0);
	assert_true(index < DEVICES);
	counters[index] = parsed;
	return 0;
}

static void test_recorded(void **state)
{
	static const unsigned char address[] = { 2, 0, 0, 0, 0x10, 2 };
	struct fixture fixture = fixture_load("nic_links.bin");

	(void)state;
	assert_int_equal(fixture_replay(&fixture, take_link, NULL), 0);
	fixture_free(&fixture);
	assert_string_equal(links[1].name, "lo");
	assert_int_equal(links[1].mtu, 65536);
	assert_string_equal(links[3].name, "eth1");
	assert_int_equal(links[3].name_length, 4);
	assert_string_equal(links[3].kind, "");
	assert_int_equal(links[3].master, 0);
	assert_int_equal(links[3].mtu, 1500);
	assert_int_equal(links[3].queue_length, 1000);
	assert_int_equal(links[3].n_queues, 2);
	assert_int_equal(links[5].n_queues, 4);
	assert_int_equal(links[3].address_length, sizeof(address));
	assert_memory_equal(links[3].address, address, sizeof(address));
	assert_int_equal(links[2].carrier_changes, 4);
	assert_int_equal(links[5].carrier_changes, 2);
	assert_true(links[2].has_carrier_changes);
	assert_true(links[2].flags & IFF_LOWER_UP && links[2].flags & IFF_UP);

	fixture = fixture_load("nic_counters.bin");
	assert_int_equal(fixture_replay(&fixture, take_counters, NULL), 0);
	fixture_free(&fixture);
	assert_int_equal(counters[2].tx_bytes, 626);
	assert_int_equal(counters[2].tx_packets, 7);
	assert_int_equal(counters[5].tx_bytes, 446);
	assert_int_equal(counters[5].tx_packets, 5);
	assert_int_equal(counters[1].tx_bytes, 0);
}

static int take_cut(const struct nlmsghdr *message, void *context)
{
	struct rtnl_link_stats64 parsed;
	struct nic_link link;
	int index, error = nic_link_parse(message, &link);

	(void)context;
	assert_true(error == 0 || error == -EBADMSG);
	error = nic_counters_parse(message, &index, &parsed);
	assert_true(error == 0 || error == -EBADMSG);
	(void)nic_link_parse_removal(message);
	return 0;
}

static void test_cut_anywhere(void **state)
{
	static const char *const names[] = { "nic_links.bin", "nic_counters.bin" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct fixture fixture = fixture_load(names[i]);

		fixture_replay_cut(&fixture, take_cut, NULL);
		fixture_free(&fixture);
	}
}

static struct nlmsghdr *make(void *bytes, uint16_t type, struct ifinfomsg header, const char *name)
{
	struct nlmsghdr *message = message_begin(bytes, type, &header, sizeof(header));

	if (name)
		mnl_attr_put(message, IFLA_IFNAME, strlen(name), name);
	return message;
}

/* Names of any bytes, without a terminator or too long; and what is not about a device. */
static void test_odd_links(void **state)
{
	const struct ifinfomsg device = { .ifi_index = 5 }, none = { 0 };
	const struct ifinfomsg port = { .ifi_family = AF_BRIDGE, .ifi_index = 5 };
	_Alignas(8) char bytes[1024];
	unsigned char address[NIC_ADDRESS_SIZE + 1] = { 0 };
	struct nlmsghdr *message = make(bytes, RTM_NEWLINK, device, "\xff \"\\\n");
	struct nic_link link;

	(void)state;
	mnl_attr_put(message, IFLA_ADDRESS, sizeof(address), address);
	mnl_attr_put_u16(message, IFLA_MTU, 9); /* of another length */
	assert_int_equal(nic_link_parse(message, &link), 0);
	assert_string_equal(link.name, "\xff \"\\\n");
	assert_int_equal(link.address_length, 0);
	assert_int_equal(link.mtu, 0);
	assert_false(link.has_carrier_changes);

	message = make(bytes, RTM_NEWLINK, device, "a name of far more than fifteen bytes");
	assert_int_equal(nic_link_parse(message, &link), 0);
	assert_int_equal(link.name_length, sizeof(link.name) - 1);

	assert_int_equal(nic_link_parse(make(bytes, RTM_NEWLINK, device, NULL), &link), -EBADMSG);
	assert_int_equal(nic_link_parse(make(bytes, RTM_NEWLINK, none, "x"), &link), -EBADMSG);
	assert_int_equal(nic_link_parse(make(bytes, RTM_NEWLINK, port, "x"), &link), -ENODATA);
	assert_int_equal(nic_link_parse(make(bytes, RTM_DELLINK, device, "x"), &link), -EBADMSG);
	assert_int_equal(nic_link_parse_removal(make(bytes, RTM_DELLINK, device, "x")), 5);
	assert_int_equal(nic_link_parse_removal(make(bytes, RTM_DELLINK, port, "x")), 0);
	assert_int_equal(nic_link_parse_removal(make(bytes, RTM_NEWLINK, device, "x")), 0);
}

static void test_kinds(void **state)
{
	static const struct nic_link veth = { .kind = "veth" }, bond = { .kind = "bond" }, none;

	(void)state;
	assert_true(nic_link_is_container(&veth));
	assert_false(nic_link_is_container(&bond));
	assert_false(nic_link_is_container(&none));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_recorded),
		cmocka_unit_test(test_cut_anywhere),
		cmocka_unit_test(test_odd_links),
		cmocka_unit_test(test_kinds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
