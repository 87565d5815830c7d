/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Families as Linux 6.12 listed them. */
#define netlink_dump scripted_dump

#include "tests/unit/fixture.h"

#include "collectors/generic_netlink.c"

static struct fixture fixture;
static int dump_error;
static bool cuts;

static int ignore(const struct nlmsghdr *message, void *context)
{
	(void)message;
	(void)context;
	return 0;
}

int netlink_dump(struct netlink *netlink, const struct netlink_request *request,
                 netlink_message_fn take, void *context)
{
	const struct genlmsghdr *body = request->body;

	assert_null(netlink);
	assert_int_equal(request->type, GENL_ID_CTRL);
	assert_int_equal(body->cmd, CTRL_CMD_GETFAMILY);
	if (cuts)
		fixture_replay_cut(&fixture, take, context);
	else if (fixture_replay(&fixture, dump_error ? ignore : take, context) < 0)
		return -1;
	return dump_error;
}

static int begin(void **state)
{
	(void)state;
	dump_error = 0;
	cuts = false;
	fixture = fixture_load("nic_families.bin");
	return 0;
}

static int end(void **state)
{
	(void)state;
	fixture_free(&fixture);
	return 0;
}

static void test_recorded(void **state)
{
	struct generic_family families[] = {
		{ .name = "ethtool", .group = "monitor" },
		{ .name = "netdev" },
		{ .name = "nobody", .group = "nothing", .id = 7, .group_id = 7 },
		{ .name = "ethtool", .group = "moni" },
		{ .name = "ethtoo" },
	};

	(void)state;
	assert_int_equal(generic_families_find(NULL, families, ARRAY_SIZE(families)), 0);
	assert_true(families[0].id >= GENL_MIN_ID);
	assert_true(families[0].group_id > 0);
	assert_true(families[1].id >= GENL_MIN_ID && families[1].id != families[0].id);
	assert_int_equal(families[1].group_id, 0);
	assert_int_equal(families[2].id, 0);
	assert_int_equal(families[2].group_id, 0);
	assert_int_equal(families[3].id, families[0].id);
	assert_int_equal(families[3].group_id, 0);
	assert_int_equal(families[4].id, 0);
}

static void test_cut_anywhere(void **state)
{
	struct generic_family families[] = { { .name = "ethtool", .group = "monitor" } };

	(void)state;
	cuts = true;
	assert_int_equal(generic_families_find(NULL, families, 1), 0);
	assert_true(families[0].id >= GENL_MIN_ID);
}

static void test_dump_fails(void **state)
{
	struct generic_family families[] = { { .name = "ethtool", .id = 3 } };

	(void)state;
	dump_error = -EINTR;
	assert_int_equal(generic_families_find(NULL, families, 1), -EINTR);
	assert_int_equal(families[0].id, 0);
}

static void test_command(void **state)
{
	_Alignas(8) char bytes[64];
	const struct genlmsghdr header = { .cmd = 9 };
	struct nlmsghdr *message = message_begin(bytes, 40, &header, sizeof(header));

	(void)state;
	assert_int_equal(generic_command(message), 9);
	message->nlmsg_len = NLMSG_HDRLEN + 1;
	assert_int_equal(generic_command(message), 0);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_recorded),
		TEST(test_cut_anywhere),
		TEST(test_dump_fails),
		TEST(test_command),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
