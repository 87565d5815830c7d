/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Named counters as recorded, cut, and otherwise wrong. */
#define nfnetlink_dump scripted_dump

#include "tests/unit/fixture.h"

#include "collectors/netfilter/nft_counter.c"

static struct {
	struct fixture fixture;
	int error;
	struct collector_tally tally;
	struct reason reason;
	struct collector_env env;
	struct batch *batch;
	struct netfilter_target target;
} script;

static char star[] = "*", *everything[] = { star };
static const struct string_list all = { 1, everything };

int nfnetlink_dump(struct netlink *netlink, const struct nfnetlink_question *question,
                   netlink_message_fn take, void *context, struct reason *reason)
{
	assert_null(netlink);
	assert_int_equal(question->type, NFNETLINK_TYPE(10, NFT_MSG_GETOBJ));
	assert_int_equal(question->family, 0);
	assert_int_equal(question->number, NFT_OBJECT_COUNTER);
	if (script.error)
		return reason_set(reason, script.error, "scripted");
	return fixture_replay(&script.fixture, take, context);
}

static int begin(void **state)
{
	(void)state;
	memset(&script, 0, sizeof(script));
	script.fixture = fixture_load("counter.bin");
	script.env = (struct collector_env){ .tally = &script.tally, .reason = &script.reason };
	script.batch = batch_new(SIZE_MAX);
	script.target = (struct netfilter_target){ .env = &script.env, .batch = script.batch };
	return script.batch ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	fixture_free(&script.fixture);
	batch_free(script.batch);
	return 0;
}

static int write_matching(const struct string_list *patterns)
{
	batch_reset(script.batch, SIZE_MAX);
	return nft_counter_write(&script.target, NULL, patterns);
}

/* As nft list counters printed them (counter.txt). */
static void test_recorded(void **state)
{
	const char *packets = "txpath_nft_counter_packets_total";
	const char *bytes = "txpath_nft_counter_bytes_total";

	(void)state;
	assert_int_equal(write_matching(&all), 0);
	assert_int_equal(batch_value(script.batch, packets, "inet t web_out"), 4);
	assert_int_equal(batch_value(script.batch, bytes, "inet t web_out"), 336);
	assert_int_equal(batch_value(script.batch, packets, "inet t other"), 2);
	assert_int_equal(batch_value(script.batch, bytes, "inet t other"), 256);
	assert_int_equal(batch_value(script.batch, packets, "ip n unused"), 0);
	assert_int_equal(batch_value(script.batch, bytes, "ip n unused"), 0);
	assert_int_equal(script.batch->n_series, 6);

	script.target.netns = label_of("blue");
	assert_int_equal(write_matching(&all), 0);
	assert_int_equal(batch_value(script.batch, packets, "inet t web_out blue"), 4);
	assert_int_equal(script.batch->n_series, 6);
}

static void test_patterns(void **state)
{
	char texts[][16] = { "inet t w*", "ip n unused", "inet", "other", "ip6 *" };
	char *some[] = { texts[0], texts[1], texts[2], texts[3], texts[4] };
	const struct string_list few = { ARRAY_SIZE(some), some }, none = { 0, NULL };

	(void)state;
	assert_int_equal(write_matching(&few), 0);
	assert_true(batch_has(script.batch, "txpath_nft_counter_bytes_total", "inet t web_out"));
	assert_true(batch_has(script.batch, "txpath_nft_counter_bytes_total", "ip n unused"));
	assert_int_equal(script.batch->n_series, 4);
	assert_int_equal(write_matching(&none), 0);
	assert_int_equal(script.batch->n_series, 0);
}

static void test_failing_dump(void **state)
{
	(void)state;
	script.error = -EPERM;
	assert_int_equal(write_matching(&all), -EPERM);
	assert_string_equal(script.reason.text, "scripted");
}

static int take_cut(const struct nlmsghdr *message, void *context)
{
	struct nft_counter counter = { 0 };

	(void)context;
	return nft_counter_parse(message, &counter);
}

/* Whatever is cut off: a read outside would be seen by AddressSanitizer. */
static void test_cut_anywhere(void **state)
{
	(void)state;
	fixture_replay_cut(&script.fixture, take_cut, NULL);
}

/* What a counter is made of, to be made wrongly. */
struct parts {
	uint8_t family;
	uint16_t type;
	uint32_t object;
	const char *table, *name;
	size_t value_size;
	bool bare, twice;
};

static const struct parts good = {
	.family = NFPROTO_IPV6,
	.type = NFNETLINK_TYPE(NFNL_SUBSYS_NFTABLES, NFT_MSG_NEWOBJ),
	.object = NFT_OBJECT_COUNTER,
	.table = "t",
	.name = "n",
	.value_size = 8,
};

static int parse(const struct parts *parts, struct nft_counter *ret_counter)
{
	static _Alignas(8) char buffer[4096];
	static const uint64_t values[4] = { 0xffffffffffffffff, 1, 2, 3 };
	const struct nfgenmsg header = { .nfgen_family = parts->family };
	struct nlmsghdr *message = message_begin(buffer, parts->type, &header, sizeof(header));
	struct nlattr *nest;

	mnl_attr_put_u32(message, NFTA_OBJ_TYPE, htobe32(parts->object));
	if (parts->table)
		mnl_attr_put(message, NFTA_OBJ_TABLE, strlen(parts->table), parts->table);
	if (parts->name)
		mnl_attr_put_strz(message, NFTA_OBJ_NAME, parts->name);
	if (parts->twice)
		mnl_attr_put_strz(message, NFTA_OBJ_NAME, "second");
	nest = mnl_attr_nest_start(message, NFTA_OBJ_DATA);
	mnl_attr_put(message, NFTA_COUNTER_BYTES, parts->value_size, values);
	if (!parts->bare)
		mnl_attr_put(message, NFTA_COUNTER_PACKETS, parts->value_size, values);
	mnl_attr_nest_end(message, nest);
	return nft_counter_parse(message, ret_counter);
}

static void test_wrong_parts(void **state)
{
	char longest[NFT_NAME_MAXLEN + 1] = { 0 };
	struct nft_counter counter = { 0 };
	struct parts wrong[12];

	(void)state;
	memset(longest, 'x', NFT_NAME_MAXLEN);
	assert_int_equal(parse(&good, &counter), 0);
	assert_string_equal(counter.family, "ip6");
	assert_int_equal(counter.packets, UINT64_MAX);
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		wrong[i] = good;
	wrong[0].family = 4;
	wrong[1].family = 255;
	wrong[2].type = NFNETLINK_TYPE(NFNL_SUBSYS_NFTABLES, NFT_MSG_DELOBJ);
	wrong[3].object = NFT_OBJECT_QUOTA;
	wrong[4].table = NULL;
	wrong[5].name = NULL;
	wrong[6].table = "";
	wrong[7].name = "";
	wrong[8].name = longest;
	wrong[9].value_size = 4;
	wrong[10].value_size = 16;
	wrong[11].bare = true;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		assert_int_equal(parse(&wrong[i], &counter), -EBADMSG);
}

static void test_longest_names(void **state)
{
	char longest[NFT_NAME_MAXLEN] = { 0 }, pattern[2 * NFT_NAME_MAXLEN + 16];
	char *patterns[] = { pattern };
	const struct string_list list = { 1, patterns };
	struct parts parts = good;
	struct nft_counter counter = { 0 };

	(void)state;
	memset(longest, 'x', NFT_NAME_MAXLEN - 1);
	(void)snprintf(pattern, sizeof(pattern), "ip6 %s %s", longest, longest);
	parts.table = parts.name = longest;
	assert_int_equal(parse(&parts, &counter), 0);
	assert_int_equal(counter.name_length, NFT_NAME_MAXLEN - 1);
	assert_true(nft_counter_matches(&counter, &list));

	parts.twice = true;
	assert_int_equal(parse(&parts, &counter), 0);
	assert_memory_equal(counter.name, "second", counter.name_length);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_recorded),     TEST(test_patterns),    TEST(test_failing_dump),
		TEST(test_cut_anywhere), TEST(test_wrong_parts), TEST(test_longest_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
