/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The stack collector, included whole, on files of three kernels (tests/fixtures). */
#define namespace_door_visit scripted_visit

#include "tests/unit/proc_tree.h"

#include "collectors/stack/stack.c"

static struct {
	struct proc_tree tree;
	int refusal; /* of the door */
	struct collector_tally tally;
	struct reason reason;
	struct collector_env env;
	struct batch *batch;
} script;

int namespace_door_visit(struct namespace_door *door, int (*call)(void *context), void *context,
                         struct reason *reason)
{
	assert_null(door);
	return script.refusal ? reason_set(reason, script.refusal, "scripted door") : call(context);
}

static inline int begin(void **state)
{
	(void)state;
	memset(&script, 0, sizeof(script));
	proc_tree_begin(&script.tree);
	script.env = (struct collector_env){ .tally = &script.tally, .reason = &script.reason };
	script.batch = batch_new(SIZE_MAX);
	return script.batch ? 0 : -1;
}

static inline int end(void **state)
{
	(void)state;
	proc_tree_end(&script.tree);
	batch_free(script.batch);
	return 0;
}

static inline struct fixture load(const char *kernel, const char *file)
{
	char name[64];

	(void)snprintf(name, sizeof(name), "stack-%s/%s", kernel, file);
	return fixture_load(name);
}

static inline void put(const char *kernel, const char *file, const char *place)
{
	struct fixture fixture = load(kernel, file);

	proc_tree_write(&script.tree, place, fixture.bytes, fixture.length);
	fixture_free(&fixture);
}

static inline void put_text(const char *place, const char *text)
{
	proc_tree_write(&script.tree, place, text, strlen(text));
}

static inline void put_all(const char *kernel)
{
	struct fixture sysctls = load(kernel, "sysctl");

	put(kernel, "snmp", "thread-self/net/snmp");
	put(kernel, "snmp6", "thread-self/net/snmp6");
	put(kernel, "netstat", "thread-self/net/netstat");
	put(kernel, "sockstat", "thread-self/net/sockstat");
	put(kernel, "softirqs", "softirqs");
	proc_tree_write_sysctls(&script.tree, &sysctls);
	fixture_free(&sysctls);
}

static inline int open_collector(void **ret_collector)
{
	*ret_collector = NULL;
	script.reason.text[0] = '\0';
	return stack_open_in(&script.env, script.tree.fd, ret_collector);
}

static inline int collect(void *collector)
{
	batch_reset(script.batch, SIZE_MAX);
	return stack_collector.collect(collector, script.batch);
}

static inline void sample(void)
{
	void *collector;

	assert_int_equal(open_collector(&collector), 0);
	assert_int_equal(collect(collector), 0);
	assert_int_equal(batch_error(script.batch), 0);
	stack_collector.close(collector);
}

static inline uint64_t value(const char *family, const char *labels)
{
	return batch_value(script.batch, family, labels);
}

static inline bool has(const char *family, const char *labels)
{
	return batch_has(script.batch, family, labels);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)
