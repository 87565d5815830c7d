/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The netfilter collector: what it asks, what it lacks, and what it never touches. */
#define netlink_open_in      scripted_open
#define netlink_close        scripted_close
#define netlink_dump         scripted_dump
#define conntrack_write      scripted_conntrack
#define nfqueue_write        scripted_nfqueue
#define nf_hook_write        scripted_hooks
#define nft_counter_write    scripted_counters
#define namespace_door_visit scripted_visit

#include "tests/unit/fixture.h"
#include "tests/unit/proc_script.h"

#include "collectors/netfilter/kernel_module.c"
#include "collectors/netfilter/netfilter.c"
#include "collectors/netfilter/nfnetlink.c"
#include "collectors/netfilter/proc_line.c"

#define MODULES                                               \
	"nfnetlink_hooks 16384 0 - Live 0x0000000000000000\n" \
	"nf_tables 376832 1 nft_ct, Live 0x0000000000000000\n"

enum {
	CONNTRACK,
	NFQUEUE,
	HOOKS,
	COUNTERS,
	PARTS,
};

static struct {
	int errors[PARTS];
	int errors_once[PARTS];
	unsigned n_calls[PARTS];
	int open_error, dump_error;
	unsigned n_opened, n_closed;
	struct namespace_door door; /* to another namespace */
	int refusal;
	bool is_inside;
	struct netfilter_options options;
	struct collector_tally tally;
	struct reason reason;
	struct collector_env env;
	void *collector;
	struct batch *batch;
} script;

int netlink_open_in(const struct collector_env *env, struct namespace_door *door, int protocol,
                    unsigned groups, struct netlink **ret_netlink)
{
	assert_true(!door || door == &script.door);
	assert_int_equal(protocol, NETLINK_NETFILTER);
	assert_int_equal(groups, 0);
	if (script.open_error)
		return reason_set(env->reason, script.open_error, "scripted socket");
	script.n_opened++;
	*ret_netlink = malloc(1);
	return 0;
}

void netlink_close(struct netlink *netlink)
{
	script.n_closed += netlink != NULL;
	free(netlink);
}

int namespace_door_visit(struct namespace_door *door, int (*call)(void *context), void *context,
                         struct reason *reason)
{
	int error;

	assert_ptr_equal(door, &script.door);
	door->refused = script.refusal != 0;
	if (script.refusal)
		return reason_set(reason, script.refusal, "scripted door");
	script.is_inside = true;
	error = call(context);
	script.is_inside = false;
	return error;
}

int netlink_dump(struct netlink *netlink, const struct netlink_request *request,
                 netlink_message_fn take, void *context)
{
	/* struct nfgenmsg, and one attribute. */
	static const unsigned char body[] = { 7, 0, 0, 0, 8, 0, 1, 0, 0, 0, 0, 4 };

	assert_null(netlink);
	assert_null(take);
	assert_null(context);
	assert_int_equal(request->type, 0xc00);
	assert_int_equal(request->body_size, sizeof(body));
	assert_memory_equal(request->body, body, sizeof(body));
	return script.dump_error;
}

static int write_part(int part, const struct netfilter_target *target)
{
	struct batch *batch = target->batch;
	int error = script.errors_once[part];

	script.n_calls[part]++;
	script.errors_once[part] = 0;
	assert_ptr_equal(target->env, &script.env);
	/* Files are read inside; questions are asked from home. */
	assert_int_equal(script.is_inside, target->netns.length && part <= NFQUEUE);
	batch_row(batch, &conntrack_table, &target->netns, 1);
	batch_count(batch, 0, 1);
	error = error ? error : script.errors[part];
	return error ? reason_set(&script.reason, error, "scripted %d", part) : 0;
}

int conntrack_write(const struct netfilter_target *target)
{
	return write_part(CONNTRACK, target);
}

int nfqueue_write(const struct netfilter_target *target)
{
	return write_part(NFQUEUE, target);
}

int nf_hook_write(const struct netfilter_target *target, struct netlink *netlink)
{
	assert_non_null(netlink);
	return write_part(HOOKS, target);
}

int nft_counter_write(const struct netfilter_target *target, struct netlink *netlink,
                      const struct string_list *patterns)
{
	assert_non_null(netlink);
	assert_ptr_equal(patterns, &script.options.counters);
	return write_part(COUNTERS, target);
}

static int begin(void **state)
{
	(void)state;
	memset(&script, 0, sizeof(script));
	memset(&proc, 0, sizeof(proc));
	proc_put("/proc/version", "", 0);
	script.env = (struct collector_env){ .options = &script.options,
		                             .tally = &script.tally,
		                             .reason = &script.reason };
	script.batch = batch_new(SIZE_MAX);
	assert_int_equal(netfilter_collector.open(&script.env, &script.collector), 0);
	assert_string_equal(script.reason.text, "");
	return script.batch ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	netfilter_collector.close(script.collector);
	netfilter_collector.close(NULL);
	batch_free(script.batch);
	return 0;
}

static void want_everything(void)
{
	static char pattern[] = "*", *patterns[] = { pattern };

	script.options.hooks = true;
	script.options.counters = (struct string_list){ 1, patterns };
}

/* Collects, and expects what the sample had to go without. */
static void collect(const char *lacks)
{
	batch_reset(script.batch, SIZE_MAX);
	script.reason.text[0] = '\0';
	assert_int_equal(netfilter_collector.collect(script.collector, script.batch), 0);
	assert_string_equal(script.reason.text, lacks);
}

static void expect_calls(unsigned conntrack, unsigned nfqueue, unsigned hooks, unsigned counters)
{
	const unsigned wanted[PARTS] = { conntrack, nfqueue, hooks, counters };

	assert_memory_equal(script.n_calls, wanted, sizeof(wanted));
}

static void test_by_default_no_socket_is_made(void **state)
{
	(void)state;
	collect("");
	expect_calls(1, 1, 0, 0);
	assert_int_equal(script.n_opened, 0);
	assert_int_equal(script.batch->n_series, 2);
}

static void test_capabilities_are_those_of_the_options(void **state)
{
	struct netfilter_options options = { 0 };

	(void)state;
	assert_int_equal(netfilter_collector.capabilities, 0);
	assert_int_equal(netfilter_collector.option_capabilities(&options), 0);
	options.hooks = true;
	assert_int_equal(netfilter_collector.option_capabilities(&options), 1 << 12);
	options = (struct netfilter_options){ .counters = { 1, NULL } };
	assert_int_equal(netfilter_collector.option_capabilities(&options), 1 << 12);
}

static void test_a_kernel_without_modules_is_asked(void **state)
{
	(void)state;
	want_everything();
	collect("");
	collect("");
	expect_calls(2, 2, 2, 2);
	assert_int_equal(script.n_opened, 1);
}

/* Not even a socket is made for what is not loaded; once it is, it is asked. */
static void test_no_module_is_loaded(void **state)
{
	(void)state;
	want_everything();
	proc_put("/proc/modules", "", 0);
	collect("no hooks (nfnetlink_hook is not loaded); "
	        "no nftables counters (nf_tables is not loaded)");
	assert_int_equal(script.n_opened, 0);
	proc_put("/proc/modules", MODULES, 0);
	collect("no hooks (nfnetlink_hook is not loaded)");
	expect_calls(2, 2, 0, 1);
	proc_put("/proc/modules", MODULES "nfnetlink_hook 16384 0 - Live 0x0\n", 0);
	collect("");
	expect_calls(3, 3, 1, 2);
	assert_int_equal(script.n_opened, 1);
}

static void test_modules_may_be_loaded_where_configured(void **state)
{
	(void)state;
	want_everything();
	script.options.load_modules = true;
	proc_put("/proc/modules", "", 0);
	collect("");
	expect_calls(1, 1, 1, 1);
}

/* A /proc without /proc/version says nothing about modules. */
static void test_proc_of_processes_alone(void **state)
{
	(void)state;
	want_everything();
	proc.n = 0;
	collect("no hooks (nfnetlink_hook is not loaded); "
	        "no nftables counters (nf_tables is not loaded)");
}

static void test_what_is_lacking_is_told_together(void **state)
{
	(void)state;
	want_everything();
	script.errors[CONNTRACK] = -EOPNOTSUPP;
	script.errors[NFQUEUE] = script.errors[COUNTERS] = -EPERM;
	collect("no conntrack (scripted 0); no NFQUEUE (scripted 1); "
	        "no nftables counters (scripted 3)");
	expect_calls(1, 1, 1, 1);
	script.errors[CONNTRACK] = script.errors[NFQUEUE] = script.errors[COUNTERS] = 0;
	collect("");
	script.open_error = -EOPNOTSUPP;
	netfilter_collector.close(script.collector);
	assert_int_equal(netfilter_collector.open(&script.env, &script.collector), 0);
	collect("no hooks (scripted socket); no nftables counters (scripted socket)");
}

/* The whole sample, so that no row is there twice. */
static void test_interrupted_sample_is_begun_anew(void **state)
{
	(void)state;
	want_everything();
	script.errors_once[COUNTERS] = -EINTR;
	collect("");
	expect_calls(2, 2, 2, 2);
	assert_int_equal(script.batch->n_series, 4);
}

static void test_failing_part(void **state)
{
	(void)state;
	script.errors[NFQUEUE] = -ENOMEM;
	assert_int_equal(netfilter_collector.collect(script.collector, script.batch), -ENOMEM);
	assert_string_equal(script.reason.text, "scripted 1");
}

static int sample_other(const char *lacks)
{
	struct namespace other = { .label = "blue", .door = &script.door, .sampled_nsec = 7 };
	int error;

	batch_reset(script.batch, SIZE_MAX);
	script.reason.text[0] = '\0';
	error = tour_ops.sample(script.collector, &other, script.batch);
	assert_string_equal(script.reason.text, lacks);
	return error;
}

/* By a socket of its own, which does not stay open. */
static void test_other_namespace(void **state)
{
	(void)state;
	want_everything();
	collect("");
	assert_int_equal(sample_other(""), 0);
	assert_int_equal(script.batch->n_series, 4 + 1);
	assert_int_equal(
		batch_value(script.batch, "txpath_netfilter_sample_timestamp_seconds", "blue"), 7);
	assert_int_equal(script.n_opened, 2);
	assert_int_equal(script.n_closed, 1);
	collect("");
	assert_int_equal(script.n_opened, 2);
}

static void test_other_namespace_with_less(void **state)
{
	(void)state;
	collect("");
	script.errors[NFQUEUE] = -EPERM;
	assert_int_equal(sample_other("no NFQUEUE (scripted 1)"), 0);
	/* What is lacking everywhere is told once. */
	collect("no NFQUEUE (scripted 1)");
	assert_int_equal(sample_other(""), 0);
	script.errors[NFQUEUE] = -ENOMEM;
	assert_int_equal(sample_other("scripted 1"), -ENOMEM);
	script.refusal = -EPERM;
	assert_int_equal(sample_other("scripted door"), -EPERM);
}

static int ask(int dump_error)
{
	const struct nfnetlink_question question = { "test", 0xc00, 7, 1, 4 };

	script.dump_error = dump_error;
	return nfnetlink_dump(NULL, &question, NULL, NULL, &script.reason);
}

static void test_refusals_of_nfnetlink(void **state)
{
	(void)state;
	assert_int_equal(ask(0), 0);
	assert_int_equal(ask(-EPERM), -EPERM);
	assert_string_equal(script.reason.text, "needs CAP_NET_ADMIN from the start");
	assert_int_equal(ask(-EINVAL), -EOPNOTSUPP);
	assert_string_equal(script.reason.text, "not in this kernel");
	assert_int_equal(ask(-EINTR), -EINTR);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_by_default_no_socket_is_made),
		TEST(test_capabilities_are_those_of_the_options),
		TEST(test_a_kernel_without_modules_is_asked),
		TEST(test_no_module_is_loaded),
		TEST(test_modules_may_be_loaded_where_configured),
		TEST(test_proc_of_processes_alone),
		TEST(test_what_is_lacking_is_told_together),
		TEST(test_interrupted_sample_is_begun_anew),
		TEST(test_failing_part),
		TEST(test_other_namespace),
		TEST(test_other_namespace_with_less),
		TEST(test_refusals_of_nfnetlink),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
