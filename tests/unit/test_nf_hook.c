/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Registered hooks as Linux 6.12 told them, cut, and otherwise wrong. */
#define nfnetlink_dump scripted_dump

#include "tests/unit/fixture.h"

#include <arpa/inet.h>

#include "collectors/netfilter/nf_hook.c"

static struct {
	int error;
	unsigned n_asked;
	const char *only; /* this fixture for every question */
	struct collector_tally tally;
	struct reason reason;
	struct collector_env env;
	struct batch *batch;
	struct netfilter_target target;
} script;

int nfnetlink_dump(struct netlink *netlink, const struct nfnetlink_question *question,
                   netlink_message_fn take, void *context, struct reason *reason)
{
	static const char *const names[] = { [2] = "forward", [3] = "output", [4] = "postrouting" };
	struct fixture fixture;
	char name[64];
	int error;

	assert_null(netlink);
	assert_int_equal(question->type, 12 << 8);
	assert_int_equal(question->attribute, NFNLA_HOOK_HOOKNUM);
	if (++script.n_asked == 3 && script.error)
		return reason_set(reason, script.error, "scripted");
	(void)snprintf(name, sizeof(name), "hook_ipv%d_%s.bin",
	               question->family == NFPROTO_IPV4 ? 4 : 6, names[question->number]);
	fixture = fixture_load(script.only ? script.only : name);
	error = fixture_replay(&fixture, take, context);
	fixture_free(&fixture);
	return error;
}

static int begin(void **state)
{
	(void)state;
	memset(&script, 0, sizeof(script));
	script.env = (struct collector_env){ .tally = &script.tally, .reason = &script.reason };
	script.batch = batch_new(SIZE_MAX);
	script.target = (struct netfilter_target){ .env = &script.env, .batch = script.batch };
	return script.batch ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	batch_free(script.batch);
	return 0;
}

static void expect(const char *labels, uint64_t n)
{
	assert_int_equal(batch_value(script.batch, "txpath_netfilter_hooks", labels), n);
}

/* As many as nft list hooks printed (hook.txt). */
static void test_recorded(void **state)
{
	(void)state;
	assert_int_equal(nf_hook_write(&script.target, NULL), 0);
	expect("ipv4 forward", 1);
	expect("ipv4 output", 5);
	expect("ipv4 postrouting", 4);
	expect("ipv6 forward", 1);
	expect("ipv6 output", 3);
	expect("ipv6 postrouting", 3);
	assert_int_equal(script.batch->n_series, 6);
	assert_int_equal(script.tally.skipped_objects, 0);
}

static void test_other_namespace(void **state)
{
	(void)state;
	script.target.netns = label_of("blue");
	assert_int_equal(nf_hook_write(&script.target, NULL), 0);
	expect("ipv4 output blue", 5);
	assert_false(batch_has(script.batch, "txpath_netfilter_hooks", "ipv4 output -"));
}

/* What was not asked for does not count. */
static void test_another_hook(void **state)
{
	(void)state;
	script.only = "hook_ipv4_output.bin";
	assert_int_equal(nf_hook_write(&script.target, NULL), 0);
	expect("ipv4 output", 5);
	expect("ipv4 postrouting", 0);
	assert_int_equal(script.tally.skipped_objects, 4 * 5);
}

static void test_failing_dump(void **state)
{
	(void)state;
	script.error = -EINTR;
	assert_int_equal(nf_hook_write(&script.target, NULL), -EINTR);
	assert_string_equal(script.reason.text, "scripted");
}

static int take_cut(const struct nlmsghdr *message, void *context)
{
	(void)context;
	(void)nf_hook_message_is(message, NF_INET_LOCAL_OUT);
	return 0;
}

static void test_cut_anywhere(void **state)
{
	struct fixture fixture = fixture_load("hook_ipv4_output.bin");

	(void)state;
	fixture_replay_cut(&fixture, take_cut, NULL);
	fixture_free(&fixture);
}

static bool is_output(uint16_t type, uint32_t hook, size_t hook_size, bool prioritized)
{
	static _Alignas(8) char buffer[256];
	const struct nfgenmsg header = { .nfgen_family = NFPROTO_IPV4 };
	const uint32_t numbers[] = { htonl(hook), 0 };
	struct nlmsghdr *message = message_begin(buffer, type, &header, sizeof(header));

	mnl_attr_put(message, NFNLA_HOOK_HOOKNUM, hook_size, numbers);
	if (prioritized)
		mnl_attr_put_u32(message, NFNLA_HOOK_PRIORITY, 0);
	return nf_hook_message_is(message, NF_INET_LOCAL_OUT);
}

static void test_wrong_parts(void **state)
{
	(void)state;
	assert_true(is_output(HOOK_TYPE, NF_INET_LOCAL_OUT, 4, true));
	assert_false(is_output(HOOK_TYPE + 1, NF_INET_LOCAL_OUT, 4, true));
	assert_false(is_output(HOOK_TYPE, NF_INET_FORWARD, 4, true));
	assert_false(is_output(HOOK_TYPE, NF_INET_LOCAL_OUT, 2, true));
	assert_false(is_output(HOOK_TYPE, NF_INET_LOCAL_OUT, 8, true));
	assert_false(is_output(HOOK_TYPE, NF_INET_LOCAL_OUT, 4, false));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_recorded),     TEST(test_other_namespace), TEST(test_another_hook),
		TEST(test_failing_dump), TEST(test_cut_anywhere),    TEST(test_wrong_parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
