/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Objects as the kernel gave them, held to what tc printed: tests/fixtures/qdisc.txt, class_*.txt. */
#include "tests/unit/fixture.h"

#include <errno.h>
#include <linux/gen_stats.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

#include "collectors/qdisc/tc_kind.h"

#define OBJECTS_MAX 32

struct objects {
	size_t n;
	struct tc_object objects[OBJECTS_MAX];
};

static int take(const struct nlmsghdr *message, void *context)
{
	struct objects *objects = context;

	assert_true(objects->n < OBJECTS_MAX);
	return tc_object_parse(message, &objects->objects[objects->n++]);
}

static void replay(const char *name, struct objects *objects)
{
	struct fixture fixture = fixture_load(name);

	assert_int_equal(fixture_replay(&fixture, take, objects), 0);
	fixture_free(&fixture);
}

static void expect_object(const struct tc_object *object, const struct tc_object *expected)
{
	assert_int_equal(object->device_index, expected->device_index);
	assert_int_equal(object->handle, expected->handle);
	assert_int_equal(object->parent, expected->parent);
	assert_string_equal(object->kind, expected->kind);
	assert_int_equal(object->kind_length, strlen(expected->kind));
	assert_true(object->has_bytes && object->has_packets && object->has_queue);
	assert_int_equal(object->sent_bytes, expected->sent_bytes);
	assert_int_equal(object->sent_packets, expected->sent_packets);
	assert_int_equal(object->drops, expected->drops);
	assert_int_equal(object->overlimits, expected->overlimits);
	assert_int_equal(object->requeues, expected->requeues);
	assert_int_equal(object->backlog_bytes, expected->backlog_bytes);
	assert_int_equal(object->backlog_packets, expected->backlog_packets);
}

static void test_recorded_qdiscs(void **state)
{
	static const struct tc_object expected[] = {
		{ 1, 0, TC_H_ROOT, 0, .kind = "noqueue" },
		{ 2, 0, TC_H_ROOT, 0, .kind = "noqueue" },
		{ 3, 0x10000, TC_H_ROOT, 0, .kind = "htb", .sent_bytes = 21528, .sent_packets = 44,
		  .drops = 106, .overlimits = 20 },
		{ 3, 0x80010000, 0x10010, 0, .kind = "pfifo", .sent_bytes = 5420,
		  .sent_packets = 10 },
		{ 3, 0xa00000, 0x10020, 0, .kind = "bfifo", .sent_bytes = 16108, .sent_packets = 34,
		  .drops = 106 },
		{ 3, 0xffff0000, TC_H_CLSACT, 0, .kind = "clsact" },
		{ 4, 0, TC_H_ROOT, 0, .kind = "noqueue" },
		{ 5, 0x50000, TC_H_ROOT, 0, .kind = "tbf", .sent_bytes = 13320, .sent_packets = 26,
		  .drops = 12, .overlimits = 60, .backlog_bytes = 8162, .backlog_packets = 11 },
		{ 5, 0xffff0000, TC_H_INGRESS, 0, .kind = "ingress" },
		{ 6, 0x80090000, TC_H_ROOT, 0, .kind = "pfifo_fast", .sent_bytes = 706,
		  .sent_packets = 9 },
		{ 7, 0, TC_H_ROOT, 0, .kind = "noqueue" },
		{ 8, 0, TC_H_ROOT, 0, .kind = "noqueue" },
		{ 9, 0x800a0000, TC_H_ROOT, 0, .kind = "mq", .sent_bytes = 726, .sent_packets = 9 },
		{ 9, 0, 0x800a0002, 0, .kind = "pfifo_fast", .sent_bytes = 640, .sent_packets = 8 },
		{ 9, 0, 0x800a0001, 0, .kind = "pfifo_fast", .sent_bytes = 86, .sent_packets = 1 },
	};
	struct objects objects = { 0 };

	(void)state;
	replay("qdisc.bin", &objects);
	assert_int_equal(objects.n, ARRAY_SIZE(expected));
	for (size_t i = 0; i < objects.n; i++)
		expect_object(&objects.objects[i], &expected[i]);
}

static void test_recorded_classes(void **state)
{
	static const struct tc_object expected[] = {
		{ 3, 0x10010, 0x10001, 0x80010000, .kind = "htb", .sent_bytes = 5420,
		  .sent_packets = 10, .overlimits = 5 },
		{ 3, 0x10001, TC_H_ROOT, 0, .kind = "htb", .sent_bytes = 21528, .sent_packets = 44,
		  .overlimits = 3 },
		{ 3, 0x10020, 0x10001, 0xa00000, .kind = "htb", .sent_bytes = 16108,
		  .sent_packets = 34, .drops = 106, .overlimits = 12 },
		{ 9, 0x800a0001, TC_H_ROOT, 0, .kind = "mq", .sent_bytes = 86, .sent_packets = 1 },
		{ 9, 0x800a0002, TC_H_ROOT, 0, .kind = "mq", .sent_bytes = 640, .sent_packets = 8 },
	};
	struct objects objects = { 0 };

	(void)state;
	replay("class_htb.bin", &objects);
	replay("class_mq.bin", &objects);
	assert_int_equal(objects.n, ARRAY_SIZE(expected));
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(objects.objects[i].leaf, expected[i].leaf);
	for (size_t i = 0; i < objects.n; i++)
		expect_object(&objects.objects[i], &expected[i]);
}

/* The class of a tbf stands for its child: the kernel counts nothing there, and says so. */
static void test_class_without_statistics(void **state)
{
	struct objects objects = { 0 };

	(void)state;
	replay("class_tbf.bin", &objects);
	assert_int_equal(objects.n, 1);
	assert_string_equal(objects.objects[0].kind, "tbf");
	assert_false(objects.objects[0].has_bytes || objects.objects[0].has_packets ||
	             objects.objects[0].has_queue);
}

static const struct tcmsg header = { .tcm_ifindex = 1, .tcm_handle = 0x10000 };

static void test_packets_beyond_32_bits(void **state)
{
	const struct gnet_stats_basic basic = { .bytes = UINT64_C(1) << 40, .packets = 5 };
	const uint64_t packets = (UINT64_C(1) << 32) + 5;
	_Alignas(8) char buffer[512];
	struct nlmsghdr *message = message_begin(buffer, RTM_NEWQDISC, &header, sizeof(header));
	struct tc_object object;
	struct nlattr *nest;

	(void)state;
	mnl_attr_put_strz(message, TCA_KIND, "htb");
	nest = mnl_attr_nest_start(message, TCA_STATS2);
	mnl_attr_put(message, TCA_STATS_BASIC, sizeof(basic), &basic);
	mnl_attr_put(message, TCA_STATS_PKT64, sizeof(packets), &packets);
	mnl_attr_nest_end(message, nest);
	assert_int_equal(tc_object_parse(message, &object), 0);
	assert_true(object.sent_packets == packets);
	assert_true(object.sent_bytes == basic.bytes);
	assert_false(object.has_queue);
}

/* All that very old kernels give: no requeues, and nothing is made up for them. */
static void test_legacy_statistics(void **state)
{
	const struct tc_stats stats = { .bytes = UINT64_C(1) << 40,
		                        .packets = 2,
		                        .drops = 3,
		                        .overlimits = 4,
		                        .bps = 5,
		                        .pps = 6,
		                        .qlen = 7,
		                        .backlog = 8 };
	const uint32_t xstats = 9;

	(void)state;
	for (size_t length = 0; length <= sizeof(stats); length++) {
		_Alignas(8) char buffer[512];
		struct nlmsghdr *message =
			message_begin(buffer, RTM_NEWQDISC, &header, sizeof(header));
		struct tc_object object;

		mnl_attr_put_strz(message, TCA_KIND, "htb");
		mnl_attr_put(message, TCA_STATS, length, &stats);
		mnl_attr_put(message, TCA_XSTATS, sizeof(xstats), &xstats);
		assert_int_equal(tc_object_parse(message, &object), length < 36 ? -EBADMSG : 0);
		if (length < 36)
			continue;
		assert_true(object.has_bytes && object.has_packets && object.has_queue);
		assert_false(object.has_requeues);
		assert_true(object.sent_bytes == stats.bytes);
		assert_int_equal(object.sent_packets, 2);
		assert_int_equal(object.drops, 3);
		assert_int_equal(object.overlimits, 4);
		assert_int_equal(object.backlog_packets, 7);
		assert_int_equal(object.backlog_bytes, 8);
		assert_int_equal(object.xstats.size, sizeof(xstats));
	}
}

static void test_offload(void **state)
{
	const uint8_t values[] = { 0, 1, 2 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		_Alignas(8) char buffer[512];
		struct nlmsghdr *message =
			message_begin(buffer, RTM_NEWQDISC, &header, sizeof(header));
		struct tc_object object;

		mnl_attr_put_strz(message, TCA_KIND, "mq");
		assert_int_equal(tc_object_parse(message, &object), 0);
		assert_false(object.has_offload);
		mnl_attr_put(message, TCA_HW_OFFLOAD, 1, &values[i]);
		assert_int_equal(tc_object_parse(message, &object), 0);
		assert_true(object.has_offload);
		assert_int_equal(object.is_offloaded, i > 0);
		mnl_attr_put(message, TCA_HW_OFFLOAD, 0, NULL);
		assert_int_equal(tc_object_parse(message, &object), -EBADMSG);
	}
}

static void test_short_statistics(void **state)
{
	static const struct {
		uint16_t type;
		size_t least;
	} cases[] = { { TCA_STATS_BASIC, 12 }, { TCA_STATS_QUEUE, 20 }, { TCA_STATS_PKT64, 8 } };
	static const char zeros[64];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		for (size_t length = 0; length <= sizeof(zeros); length++) {
			_Alignas(8) char buffer[512];
			struct nlmsghdr *message =
				message_begin(buffer, RTM_NEWQDISC, &header, sizeof(header));
			struct tc_object object;
			struct nlattr *nest;

			mnl_attr_put_strz(message, TCA_KIND, "htb");
			nest = mnl_attr_nest_start(message, TCA_STATS2);
			mnl_attr_put(message, cases[i].type, length, zeros);
			mnl_attr_nest_end(message, nest);
			assert_int_equal(tc_object_parse(message, &object),
			                 length < cases[i].least ? -EBADMSG : 0);
		}
	}
}

static void test_kinds_of_any_bytes(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
		size_t length;
	} cases[] = {
		{ "htb", 3, 3 }, /* no terminator */
		{ "", 0, 0 },
		{ "a\0b", 4, 1 },
		{ "0123456789abcdefXYZ", 19, TC_KIND_SIZE - 1 }, /* longer than any */
		{ "\xff\"\\\n", 4, 4 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_Alignas(8) char buffer[512];
		struct nlmsghdr *message =
			message_begin(buffer, RTM_NEWQDISC, &header, sizeof(header));
		struct tc_object object;

		mnl_attr_put(message, TCA_KIND, cases[i].n, cases[i].bytes);
		assert_int_equal(tc_object_parse(message, &object), 0);
		assert_int_equal(object.kind_length, cases[i].length);
		assert_memory_equal(object.kind, cases[i].bytes, cases[i].length);
		assert_int_equal(object.kind[cases[i].length], 0);
	}
}

static int take_one(const struct nlmsghdr *message, void *context)
{
	struct tc_object object;

	(void)context;
	return tc_object_parse(message, &object);
}

static void test_cut_at_every_length(void **state)
{
	static const char *const names[] = { "qdisc.bin", "class_htb.bin", "class_tbf.bin" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct fixture fixture = fixture_load(names[i]);

		fixture_replay_cut(&fixture, take_one, NULL);
		fixture_free(&fixture);
	}
}

static enum tc_classes classes_of(const char *name)
{
	char kind[TC_KIND_SIZE] = { 0 };

	memcpy(kind, name, strlen(name));
	return tc_kind_find(kind)->classes;
}

static void test_classes_of_kinds(void **state)
{
	static const char *const real[] = { "htb",  "hfsc",       "drr",    "qfq",    "ets",
		                            "prio", "mq",         "mqprio", "taprio", "multiq",
		                            "cbq",  "a_new_kind", "fqx",    "" };
	static const char *const none[] = { "noqueue", "pfifo", "bfifo",   "pfifo_fast",
		                            "fq",      "codel", "ingress", "clsact",
		                            "tbf",     "netem", "red" };
	static const char *const flows[] = { "fq_codel", "sfq", "cake" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(real); i++)
		assert_int_equal(classes_of(real[i]), TC_CLASSES_REAL);
	for (size_t i = 0; i < ARRAY_SIZE(none); i++)
		assert_int_equal(classes_of(none[i]), TC_CLASSES_NONE);
	for (size_t i = 0; i < ARRAY_SIZE(flows); i++)
		assert_int_equal(classes_of(flows[i]), TC_CLASSES_FLOWS);
}

static void test_handles(void **state)
{
	static const struct {
		uint32_t handle;
		const char *handle_text, *qdisc_text;
	} cases[] = {
		{ 0, "none", "0:" },
		{ 0x10000, "1:", "1:" },
		{ 0x80010000, "8001:", "8001:" },
		{ 0x10010, "1:10", "1:" },
		{ 0x1, ":1", "0:" },
		{ 0xffff, ":ffff", "0:" },
		{ 0xffffffff, "ffff:ffff", "ffff:" },
		{ 0x0abc0fed, "abc:fed", "abc:" },
		{ 0x00a000b0, "a0:b0", "a0:" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char text[TC_HANDLE_SIZE + 1] = { 0 };

		text[tc_handle_format(cases[i].handle, text)] = 0;
		assert_string_equal(text, cases[i].handle_text);
		text[tc_qdisc_handle_format(cases[i].handle, text)] = 0;
		assert_string_equal(text, cases[i].qdisc_text);
	}
	for (uint32_t value = 1; value <= 0xffff; value++) {
		char text[TC_HANDLE_SIZE + 1] = { 0 }, expected[16];

		text[tc_handle_format(value << 16 | value, text)] = 0;
		(void)snprintf(expected, sizeof(expected), "%x:%x", value, value);
		assert_string_equal(text, expected);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_recorded_qdiscs),
		cmocka_unit_test(test_recorded_classes),
		cmocka_unit_test(test_class_without_statistics),
		cmocka_unit_test(test_packets_beyond_32_bits),
		cmocka_unit_test(test_legacy_statistics),
		cmocka_unit_test(test_offload),
		cmocka_unit_test(test_short_statistics),
		cmocka_unit_test(test_kinds_of_any_bytes),
		cmocka_unit_test(test_cut_at_every_length),
		cmocka_unit_test(test_classes_of_kinds),
		cmocka_unit_test(test_handles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
