/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Standard counters, put together by linux/ethtool_netlink.h: no card of a guest has them. */
#include "tests/unit/fixture.h"

#include <errno.h>
#include <linux/ethtool_netlink.h>

#include "collectors/nic/ethtool_standard.h"

static _Alignas(8) char bytes[4096];
static struct nlmsghdr *message;

static void begin_message(int index)
{
	const struct genlmsghdr header = { .cmd = ETHTOOL_MSG_STATS_GET_REPLY };
	struct nlattr *nest;

	memset(bytes, 0, sizeof(bytes));
	message = message_begin(bytes, 40, &header, sizeof(header));
	nest = mnl_attr_nest_start(message, ETHTOOL_A_STATS_HEADER);
	mnl_attr_put_u32(message, ETHTOOL_A_HEADER_DEV_INDEX, (uint32_t)index);
	mnl_attr_nest_end(message, nest);
}

static struct nlattr *begin_group(uint32_t id)
{
	struct nlattr *group = mnl_attr_nest_start(message, ETHTOOL_A_STATS_GRP);

	mnl_attr_put_u32(message, ETHTOOL_A_STATS_GRP_ID, id);
	return group;
}

static void put_counter(uint16_t counter, uint64_t value)
{
	struct nlattr *nest = mnl_attr_nest_start(message, ETHTOOL_A_STATS_GRP_STAT);

	mnl_attr_put_u64(message, counter, value);
	mnl_attr_nest_end(message, nest);
}

static void put_size(uint16_t histogram, uint32_t low, uint32_t high, uint64_t n)
{
	struct nlattr *nest = mnl_attr_nest_start(message, histogram);

	mnl_attr_put_u32(message, ETHTOOL_A_STATS_GRP_HIST_BKT_LOW, low);
	mnl_attr_put_u32(message, ETHTOOL_A_STATS_GRP_HIST_BKT_HI, high);
	mnl_attr_put_u64(message, ETHTOOL_A_STATS_GRP_HIST_VAL, n);
	mnl_attr_nest_end(message, nest);
}

/* What a driver may answer that has all of it. */
static void make_whole(void)
{
	struct nlattr *group;

	begin_message(7);
	group = begin_group(ETHTOOL_STATS_ETH_MAC);
	for (unsigned i = 0; i < __ETHTOOL_A_STATS_ETH_MAC_CNT; i++)
		put_counter((uint16_t)i, UINT64_C(1) << 33 | i);
	mnl_attr_nest_end(message, group);
	group = begin_group(ETHTOOL_STATS_RMON);
	put_counter(ETHTOOL_A_STATS_RMON_JABBER, 9);
	put_size(ETHTOOL_A_STATS_GRP_HIST_RX, 0, 64, 1);
	put_size(ETHTOOL_A_STATS_GRP_HIST_TX, 0, 64, 2);
	put_size(ETHTOOL_A_STATS_GRP_HIST_TX, 65, 127, 3);
	mnl_attr_nest_end(message, group);
	group = begin_group(99);
	put_counter(ETHTOOL_A_STATS_ETH_MAC_2_TX_PKT, 1);
	mnl_attr_nest_end(message, group);
}

static void test_whole(void **state)
{
	static const uint16_t attributes[NIC_STANDARD_COUNTERS] = {
		[NIC_MAC_FRAMES] = ETHTOOL_A_STATS_ETH_MAC_2_TX_PKT,
		[NIC_MAC_BYTES] = ETHTOOL_A_STATS_ETH_MAC_8_TX_BYTES,
		[NIC_MAC_MULTICAST] = ETHTOOL_A_STATS_ETH_MAC_18_TX_MCAST,
		[NIC_MAC_BROADCAST] = ETHTOOL_A_STATS_ETH_MAC_19_TX_BCAST,
		[NIC_MAC_SINGLE_COLLISION] = ETHTOOL_A_STATS_ETH_MAC_3_SINGLE_COL,
		[NIC_MAC_MULTIPLE_COLLISIONS] = ETHTOOL_A_STATS_ETH_MAC_4_MULTI_COL,
		[NIC_MAC_DEFERRED] = ETHTOOL_A_STATS_ETH_MAC_9_TX_DEFER,
		[NIC_MAC_LATE_COLLISION] = ETHTOOL_A_STATS_ETH_MAC_10_LATE_COL,
		[NIC_MAC_EXCESSIVE_COLLISIONS] = ETHTOOL_A_STATS_ETH_MAC_11_XS_COL,
		[NIC_MAC_INTERNAL_ERROR] = ETHTOOL_A_STATS_ETH_MAC_12_TX_INT_ERR,
		[NIC_MAC_CARRIER_SENSE_ERROR] = ETHTOOL_A_STATS_ETH_MAC_13_CS_ERR,
		[NIC_MAC_EXCESSIVE_DEFERRAL] = ETHTOOL_A_STATS_ETH_MAC_20_XS_DEFER,
	};
	struct nic_standard standard;
	int index = 0;

	(void)state;
	make_whole();
	assert_int_equal(ethtool_standard_parse(message, &index, &standard), 0);
	assert_int_equal(index, 7);
	assert_int_equal(standard.present, (1U << NIC_STANDARD_COUNTERS) - 1);
	for (unsigned i = 0; i < NIC_STANDARD_COUNTERS; i++)
		assert_int_equal(standard.values[i], UINT64_C(1) << 33 | attributes[i]);
	assert_int_equal(standard.n_sizes, 2);
	assert_int_equal(standard.sizes[1].low, 65);
	assert_int_equal(standard.sizes[1].high, 127);
	assert_int_equal(standard.sizes[1].n_frames, 3);
}

/* Groups that are empty are what a driver without counters answers. */
static void test_empty(void **state)
{
	struct nic_standard standard;
	int index;

	(void)state;
	begin_message(1);
	mnl_attr_nest_end(message, begin_group(ETHTOOL_STATS_ETH_MAC));
	mnl_attr_nest_end(message, begin_group(ETHTOOL_STATS_RMON));
	assert_int_equal(ethtool_standard_parse(message, &index, &standard), 0);
	assert_true(nic_standard_is_empty(&standard));
}

static void test_malformed(void **state)
{
	struct nic_standard standard;
	struct nlattr *group, *nest;
	int index;

	(void)state;
	begin_message(1);
	group = begin_group(ETHTOOL_STATS_RMON);
	for (uint32_t i = 0; i <= NIC_FRAME_SIZES_MAX; i++)
		put_size(ETHTOOL_A_STATS_GRP_HIST_TX, i, i, i);
	mnl_attr_nest_end(message, group);
	assert_int_equal(ethtool_standard_parse(message, &index, &standard), -EBADMSG);

	begin_message(1);
	group = begin_group(ETHTOOL_STATS_ETH_MAC);
	nest = mnl_attr_nest_start(message, ETHTOOL_A_STATS_GRP_STAT);
	mnl_attr_put_u32(message, ETHTOOL_A_STATS_ETH_MAC_2_TX_PKT, 1);
	mnl_attr_nest_end(message, nest);
	mnl_attr_nest_end(message, group);
	assert_int_equal(ethtool_standard_parse(message, &index, &standard), -EBADMSG);

	begin_message(1);
	group = mnl_attr_nest_start(message, ETHTOOL_A_STATS_GRP); /* of no known kind */
	mnl_attr_nest_end(message, group);
	assert_int_equal(ethtool_standard_parse(message, &index, &standard), -EBADMSG);
}

static int take(const struct nlmsghdr *cut, void *context)
{
	struct nic_standard standard;
	int index, error = ethtool_standard_parse(cut, &index, &standard);

	(void)context;
	assert_true(error == 0 || error == -EBADMSG);
	return 0;
}

static void test_cut_anywhere(void **state)
{
	struct fixture fixture;

	(void)state;
	make_whole();
	fixture = (struct fixture){ message->nlmsg_len, bytes };
	fixture_replay_cut(&fixture, take, NULL);
}

/* The bytes that the kernel is to understand. */
static void test_request(void **state)
{
	static const unsigned char expected[] = {
		ETHTOOL_MSG_STATS_GET,
		1,
		0,
		0, /* header */
		4,
		0,
		2,
		0x80, /* all devices */
		24,
		0,
		3,
		0x80, /* groups */
		4,
		0,
		1,
		0, /* no mask */
		8,
		0,
		2,
		0,
		4,
		0,
		0,
		0, /* four bits */
		8,
		0,
		4,
		0,
		1 << 1 | 1 << 3,
		0,
		0,
		0, /* eth-mac, rmon */
	};
	struct ethtool_standard_request request = ethtool_standard_request();

	(void)state;
	assert_int_equal(sizeof(request), sizeof(expected));
	assert_memory_equal(&request, expected, sizeof(expected));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),     cmocka_unit_test(test_empty),
		cmocka_unit_test(test_malformed), cmocka_unit_test(test_cut_anywhere),
		cmocka_unit_test(test_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
