/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The qdisc collector, included whole, on recorded dumps (tests/fixtures) that a script changes. */
#define netlink_open_in         scripted_open
#define netlink_close           scripted_close
#define netlink_dump            scripted_dump
#define device_table_open_in    scripted_table_open
#define device_table_close      scripted_table_close
#define device_table_refresh    scripted_refresh
#define device_table_generation scripted_generation
#define device_find             scripted_find

#include "tests/unit/fixture.h"

#include <linux/gen_stats.h>

#include "collectors/qdisc/qdisc.c"
#include "collectors/qdisc/qdisc_source.c"
#include "collectors/qdisc/tc_families.h"

#define DEVICES 9

static struct {
	struct fixture qdiscs, htb_classes, mq_classes;
	unsigned n_replays; /* of everything, within one dump */
	int class_error;
	int asked[16];
	unsigned n_asked;

	struct device devices[DEVICES];
	int n_known;           /* devices found, from the first on */
	int n_known_refreshed; /* after the next refresh */
	unsigned n_refreshes;
	unsigned n_moves; /* dumps during which names move */
	const char *heir; /* who has index 5 from then on */
	uint64_t generation;

	struct namespace_door *door; /* behind which the sockets should be */
	unsigned n_tables;

	struct qdisc_options options;
	struct collector_tally tally;
	struct reason reason;
	struct collector_env env;
	struct batch *batch;
} script;

int netlink_open_in(const struct collector_env *env, struct namespace_door *door, int protocol,
                    unsigned groups, struct netlink **ret_netlink)
{
	assert_ptr_equal(env, &script.env);
	assert_ptr_equal(door, script.door);
	assert_int_equal(protocol, NETLINK_ROUTE);
	assert_int_equal(groups, 0);
	*ret_netlink = malloc(1);
	return 0;
}

void netlink_close(struct netlink *netlink)
{
	free(netlink);
}

static inline struct device device_named(int index, const char *name)
{
	struct device device = { .index = index, .name_length = (unsigned)strlen(name) };

	memcpy(device.name, name, strlen(name));
	return device;
}

static inline int replay(const struct fixture *fixture, netlink_message_fn take, void *context)
{
	int error = 0;

	for (unsigned i = 0; i < script.n_replays && !error; i++)
		error = fixture_replay(fixture, take, context);
	return error;
}

static inline int dump_classes_of(int device_index, netlink_message_fn take, void *context)
{
	script.asked[script.n_asked++] = device_index;
	if (script.class_error)
		return reason_set(&script.reason, script.class_error, "scripted");
	return replay(device_index == 3 ? &script.htb_classes : &script.mq_classes, take, context);
}

int netlink_dump(struct netlink *netlink, const struct netlink_request *request,
                 netlink_message_fn take, void *context)
{
	const struct tcmsg *body = request->body;
	int error;

	assert_non_null(netlink);
	if (request->type == RTM_GETTCLASS)
		return dump_classes_of(body->tcm_ifindex, take, context);
	assert_int_equal(request->type, RTM_GETQDISC);
	error = replay(&script.qdiscs, take, context);
	if (script.n_moves && take != ignore_message) {
		script.n_moves--;
		script.generation++;
		if (script.heir)
			script.devices[4] = device_named(5, script.heir);
	}
	return error;
}

int device_table_open_in(const struct collector_env *env, struct namespace_door *door,
                         struct device_table **ret_devices)
{
	assert_ptr_equal(env, &script.env);
	assert_ptr_equal(door, script.door);
	script.n_tables++;
	*ret_devices = malloc(1);
	return 0;
}

void device_table_close(struct device_table *devices)
{
	script.n_tables -= devices != NULL;
	free(devices);
}

int device_table_refresh(struct device_table *devices)
{
	assert_non_null(devices);
	script.n_refreshes++;
	if (script.n_refreshes > 1)
		script.n_known = script.n_known_refreshed;
	return 0;
}

uint64_t device_table_generation(const struct device_table *devices)
{
	assert_non_null(devices);
	return script.generation;
}

const struct device *device_find(const struct device_table *devices, int index)
{
	assert_non_null(devices);
	return index >= 1 && index <= script.n_known ? &script.devices[index - 1] : NULL;
}

static inline int begin(void **state)
{
	static const char *const names[DEVICES] = { "lo",    "htb1",  "htb0", "tbf1", "tbf0",
		                                    "prio1", "prio0", "mq1",  "mq0" };

	(void)state;
	memset(&script, 0, sizeof(script));
	script.qdiscs = fixture_load("qdisc.bin");
	script.htb_classes = fixture_load("class_htb.bin");
	script.mq_classes = fixture_load("class_mq.bin");
	script.n_replays = 1;
	script.n_known = script.n_known_refreshed = DEVICES;
	for (int i = 0; i < DEVICES; i++)
		script.devices[i] = device_named(i + 1, names[i]);
	script.options.peak_window_usec = 60 * USEC_PER_SEC;
	script.env = (struct collector_env){ .options = &script.options,
		                             .tally = &script.tally,
		                             .reason = &script.reason };
	script.batch = batch_new(SIZE_MAX);
	return script.batch ? 0 : -1;
}

static inline int end(void **state)
{
	(void)state;
	fixture_free(&script.qdiscs);
	fixture_free(&script.htb_classes);
	fixture_free(&script.mq_classes);
	batch_free(script.batch);
	return 0;
}

/* Opens, collects twice (the second sample on the memory of the first), and closes. */
static inline int collect(void)
{
	void *collector = NULL;
	int error;

	assert_int_equal(qdisc_collector.open(&script.env, &collector), 0);
	error = qdisc_collector.collect(collector, script.batch);
	if (!error) {
		script.n_asked = 0;
		batch_reset(script.batch, SIZE_MAX);
		error = qdisc_collector.collect(collector, script.batch);
	}
	qdisc_collector.close(collector);
	return error;
}

static inline uint64_t value(const char *family, const char *labels)
{
	return batch_value(script.batch, family, labels);
}

static inline size_t n_rows(const struct metric_table *table)
{
	const struct batch_row *row = NULL;
	size_t n = 0;

	for (size_t i = 0; i < script.batch->n_tables; i++)
		if (script.batch->tables[i].table == table)
			row = script.batch->tables[i].first;
	for (; row; row = row->next)
		n++;
	return n;
}

static inline void expect_rows(size_t n_qdiscs, size_t n_classes)
{
	assert_int_equal(n_rows(&tc_qdisc_table), n_qdiscs);
	assert_int_equal(n_rows(&tc_class_table), n_classes);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)
