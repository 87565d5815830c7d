/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The device table against scripted listings and notifications. */
#define netlink_open_in scripted_open
#define netlink_close   scripted_close
#define netlink_dump    scripted_dump
#define netlink_drain   scripted_drain

#include "tests/unit/fixture.h"

#include "collectors/device.c"

#include <linux/if_link.h>

/* Messages that wait, one after the other. */
struct messages {
	size_t length;
	_Alignas(8) char bytes[4096];
};

static struct {
	struct messages listed;   /* what the dump answers, each time */
	struct messages notified; /* what the next draining gives */
	int dump_error, drain_error;
	unsigned n_dumps;
	struct netlink *dumps, *notifications;
	struct namespace_door *door;   /* behind which the sockets should be */
	const struct fixture *fixture; /* listed as well */

	struct collector_tally tally;
	struct reason reason;
	struct collector_env env;
} script;

int netlink_open_in(const struct collector_env *env, struct namespace_door *door, int protocol,
                    unsigned groups, struct netlink **ret_netlink)
{
	assert_ptr_equal(env, &script.env);
	assert_ptr_equal(door, script.door);
	assert_int_equal(protocol, NETLINK_ROUTE);
	*ret_netlink = malloc(1);
	*(groups ? &script.notifications : &script.dumps) = *ret_netlink;
	return 0;
}

void netlink_close(struct netlink *netlink)
{
	free(netlink);
}

static int replay(const struct messages *messages, netlink_message_fn take, void *context)
{
	const struct fixture fixture = { messages->length, (char *)(uintptr_t)messages->bytes };

	return fixture_replay(&fixture, take, context);
}

int netlink_dump(struct netlink *netlink, const struct netlink_request *request,
                 netlink_message_fn take, void *context)
{
	int error;

	assert_ptr_equal(netlink, script.dumps);
	assert_int_equal(request->type, RTM_GETLINK);
	script.n_dumps++;
	error = script.fixture ? fixture_replay(script.fixture, take, context) : 0;
	if (!error)
		error = replay(&script.listed, take, context);
	return error ? error : script.dump_error;
}

int netlink_drain(struct netlink *netlink, netlink_message_fn take, void *context)
{
	int error = script.drain_error;

	assert_ptr_equal(netlink, script.notifications);
	script.drain_error = 0;
	if (!error)
		error = replay(&script.notified, take, context);
	script.notified.length = 0;
	return error;
}

/* A link message; NULL: without a name. */
static void add(struct messages *messages, uint16_t type, struct ifinfomsg link, const char *name)
{
	struct nlmsghdr *message =
		message_begin(messages->bytes + messages->length, type, &link, sizeof(link));

	if (name)
		mnl_attr_put_strz(message, IFLA_IFNAME, name);
	messages->length += NLMSG_ALIGN(message->nlmsg_len);
}

static void list(int index, const char *name)
{
	add(&script.listed, RTM_NEWLINK, (struct ifinfomsg){ .ifi_index = index }, name);
}

static void tell(uint16_t type, int index, const char *name)
{
	add(&script.notified, type, (struct ifinfomsg){ .ifi_index = index }, name);
}

static struct device_table *open_table(void)
{
	struct device_table *table = NULL;

	assert_int_equal(device_table_open(&script.env, &table), 0);
	return table;
}

static void expect_name(const struct device_table *table, int index, const char *name)
{
	const struct device *device = device_find(table, index);

	assert_non_null(device);
	assert_int_equal(device->index, index);
	assert_string_equal(device->name, name);
	assert_int_equal(device_label(device).length, strlen(name));
}

static int begin(void **state)
{
	(void)state;
	memset(&script, 0, sizeof(script));
	script.env = (struct collector_env){ .tally = &script.tally, .reason = &script.reason };
	return 0;
}

static void test_recorded(void **state)
{
	static const char *const names[] = { "lo",    "htb1",  "htb0", "tbf1", "tbf0",
		                             "prio1", "prio0", "mq1",  "mq0" };
	struct fixture fixture = fixture_load("link.bin");
	struct device_table *table;

	(void)state;
	script.fixture = &fixture;
	table = open_table();
	for (int i = 0; i < (int)ARRAY_SIZE(names); i++)
		expect_name(table, i + 1, names[i]);
	assert_null(device_find(table, 0));
	assert_null(device_find(table, 10));
	assert_null(device_find(table, -1));
	device_table_close(table);
	fixture_free(&fixture);
}

static void test_any_order_and_number(void **state)
{
	struct device_table *table;
	uint64_t generation;

	(void)state;
	list(700, "last");
	list(1, "lo");
	list(30, "middle");
	table = open_table();
	generation = device_table_generation(table);
	for (int i = 0; i < 20; i++)
		tell(RTM_NEWLINK, 100 - 3 * i, "new");
	assert_int_equal(device_table_refresh(table), 0);
	expect_name(table, 1, "lo");
	expect_name(table, 30, "middle");
	expect_name(table, 43, "new");
	expect_name(table, 100, "new");
	expect_name(table, 700, "last");
	assert_null(device_find(table, 44));
	/* Devices that come move nobody's name. */
	assert_int_equal(device_table_generation(table), generation);
	assert_int_equal(script.n_dumps, 1);
	device_table_close(table);
}

static void test_renamed_and_removed(void **state)
{
	struct device_table *table;
	uint64_t generation;

	(void)state;
	list(1, "lo");
	list(2, "a");
	list(3, "b");
	table = open_table();

	generation = device_table_generation(table);
	tell(RTM_NEWLINK, 2, "a"); /* only its flags changed */
	tell(RTM_DELLINK, 9, "never known");
	assert_int_equal(device_table_refresh(table), 0);
	assert_int_equal(device_table_generation(table), generation);

	tell(RTM_NEWLINK, 2, "c");
	assert_int_equal(device_table_refresh(table), 0);
	assert_int_not_equal(device_table_generation(table), generation);
	expect_name(table, 2, "c");

	generation = device_table_generation(table);
	tell(RTM_DELLINK, 2, NULL);
	assert_int_equal(device_table_refresh(table), 0);
	assert_int_not_equal(device_table_generation(table), generation);
	assert_null(device_find(table, 2));
	expect_name(table, 3, "b");
	device_table_close(table);
}

/* A port that leaves its bridge is told of as a deleted link of family AF_BRIDGE. */
static void test_bridge_port(void **state)
{
	struct device_table *table;

	(void)state;
	list(2, "port");
	table = open_table();
	add(&script.notified, RTM_DELLINK,
	    (struct ifinfomsg){ .ifi_family = AF_BRIDGE, .ifi_index = 2 }, "port");
	assert_int_equal(device_table_refresh(table), 0);
	expect_name(table, 2, "port");
	device_table_close(table);
}

static void test_lost_notifications(void **state)
{
	struct device_table *table;
	uint64_t generation;

	(void)state;
	list(1, "lo");
	table = open_table();
	generation = device_table_generation(table);

	script.listed.length = 0;
	list(5, "other");
	script.drain_error = -ENOBUFS;
	assert_int_equal(device_table_refresh(table), 0);
	assert_null(device_find(table, 1));
	expect_name(table, 5, "other");
	assert_int_equal(script.n_dumps, 2);
	assert_int_not_equal(device_table_generation(table), generation);
	device_table_close(table);
}

/* A listing that fails is made again at the next refresh, not taken for the truth. */
static void test_failed_listing(void **state)
{
	struct device_table *table;

	(void)state;
	list(1, "lo");
	table = open_table();
	script.drain_error = -ENOBUFS;
	script.dump_error = -EINTR;
	assert_int_equal(device_table_refresh(table), -EINTR);
	assert_int_equal(script.n_dumps, 1 + 4);
	script.dump_error = 0;
	assert_int_equal(device_table_refresh(table), 0);
	assert_int_equal(script.n_dumps, 1 + 4 + 1);
	expect_name(table, 1, "lo");
	device_table_close(table);
}

static void test_another_namespace(void **state)
{
	struct namespace_door door = NAMESPACE_DOOR_CLOSED;
	struct device_table *table = NULL;

	(void)state;
	script.door = &door;
	list(1, "lo");
	assert_int_equal(device_table_open_in(&script.env, &door, &table), 0);
	if (table)
		expect_name(table, 1, "lo");
	device_table_close(table);
}

static void test_open_fails_with_the_listing(void **state)
{
	struct device_table *table = NULL;

	(void)state;
	script.dump_error = -EPERM;
	assert_int_equal(device_table_open(&script.env, &table), -EPERM);
	assert_null(table);
}

static void test_hostile_names(void **state)
{
	static const char *const names[] = { "a\"b", "a\\b", "a\nb", "\xff\xfe",
		                             "fifteen-letters" };
	struct device_table *table;

	(void)state;
	for (int i = 0; i < (int)ARRAY_SIZE(names); i++)
		list(i + 1, names[i]);
	list(99, "longer-than-any-name-can-be");
	table = open_table();
	for (int i = 0; i < (int)ARRAY_SIZE(names); i++)
		expect_name(table, i + 1, names[i]);
	expect_name(table, 99, "longer-than-any");
	device_table_close(table);
}

static void test_malformed(void **state)
{
	struct device_table *table;

	(void)state;
	table = open_table();
	tell(RTM_NEWLINK, 1, NULL);
	assert_int_equal(device_table_refresh(table), -EBADMSG);
	((struct nlmsghdr *)(void *)script.notified.bytes)->nlmsg_len = 20;
	script.notified.length = 20;
	assert_int_equal(device_table_refresh(table), -EBADMSG);
	assert_string_equal(script.reason.text, "malformed device of 20 bytes");
	device_table_close(table);
}

static void test_cut_at_every_length(void **state)
{
	struct fixture fixture = fixture_load("link.bin");
	struct device_table *table;

	(void)state;
	table = open_table();
	fixture_replay_cut(&fixture, take_device, table);
	device_table_close(table);
	fixture_free(&fixture);
}

#define TEST(function) cmocka_unit_test_setup(function, begin)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_recorded),
		TEST(test_any_order_and_number),
		TEST(test_renamed_and_removed),
		TEST(test_bridge_port),
		TEST(test_lost_notifications),
		TEST(test_failed_listing),
		TEST(test_another_namespace),
		TEST(test_open_fails_with_the_listing),
		TEST(test_hostile_names),
		TEST(test_malformed),
		TEST(test_cut_at_every_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
