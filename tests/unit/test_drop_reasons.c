/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <bpf/btf.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "collectors/drop/drop_reasons.h"
#include "tests/unit/failing_allocations.h"

#define OPENVSWITCH 0x20000U
#define UNUSABLE    0x10000U

static char directory[] = "/tmp/test_drop_reasons.XXXXXX";

static void begin_enum(struct btf *btf, const char *name)
{
	assert_true(btf__add_enum(btf, name, 4) > 0);
}

static void add_value(struct btf *btf, const char *name, uint32_t value)
{
	assert_int_equal(btf__add_enum_value(btf, name, (int32_t)value), 0);
}

static char *path_of(const char *file)
{
	static char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s", directory, file);
	return path;
}

static void write_types(const struct btf *btf, const char *file)
{
	uint32_t size;
	const void *bytes = btf__raw_data(btf, &size);
	int fd = open(path_of(file), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_non_null(bytes);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, size), size);
	assert_int_equal(close(fd), 0);
}

/* What a kernel of 6.1 has: the first names of the enum are none of reasons. */
static void add_old_reasons(struct btf *btf)
{
	begin_enum(btf, "skb_drop_reason");
	add_value(btf, "SKB_NOT_DROPPED_YET", 0);
	add_value(btf, "SKB_DROP_REASON_NOT_SPECIFIED", 1);
	add_value(btf, "SKB_DROP_REASON_NETFILTER_DROP", 7);
	add_value(btf, "SKB_DROP_REASON_QDISC_DROP", 45);
	add_value(btf, "SKB_DROP_REASON_CPU_BACKLOG", 46);
	add_value(btf, "SKB_DROP_REASON_MAX", 47);
}

static struct btf *write_kernel(bool old)
{
	struct btf *btf = btf__new_empty();

	assert_non_null(btf);
	begin_enum(btf, "unrelated");
	add_value(btf, "SKB_DROP_REASON_UNRELATED", 5);
	if (old) {
		add_old_reasons(btf);
		write_types(btf, "vmlinux");
		return btf;
	}
	begin_enum(btf, "skb_drop_reason");
	add_value(btf, "SKB_NOT_DROPPED_YET", 0);
	add_value(btf, "SKB_CONSUMED", 1);
	add_value(btf, "SKB_DROP_REASON_NOT_SPECIFIED", 2);
	add_value(btf, "SKB_DROP_REASON_SOCKET_CLOSE", 3);
	add_value(btf, "SKB_DROP_REASON_NETFILTER_DROP", 12);
	add_value(btf, "SKB_DROP_REASON_NEIGH_FAILED", 58);
	add_value(btf, "SKB_DROP_REASON_NEIGHBOURLY", 59);
	add_value(btf, "SKB_DROP_REASON_QDISC_OVERLIMIT", 65);
	add_value(btf, "SKB_DROP_REASON_TC_EGRESS", 66);
	add_value(btf, "SKB_DROP_REASON_TC_EGRESS_NOT", 67);
	add_value(btf, "SKB_DROP_REASON_MAX", 128);
	add_value(btf, "SKB_DROP_REASON_SUBSYS_MASK", 0xffff0000);
	begin_enum(btf, "skb_drop_reason_subsys");
	add_value(btf, "SKB_DROP_REASON_SUBSYS_CORE", 0);
	add_value(btf, "SKB_DROP_REASON_SUBSYS_MAC80211_UNUSABLE", 1);
	add_value(btf, "SKB_DROP_REASON_SUBSYS_OPENVSWITCH", 2);
	add_value(btf, "SKB_DROP_REASON_SUBSYS_NUM", 3);
	write_types(btf, "vmlinux");
	return btf;
}

static void write_module(struct btf *kernel)
{
	struct btf *btf = btf__new_empty_split(kernel);

	assert_non_null(btf);
	begin_enum(btf, "ovs_drop_reason");
	add_value(btf, "__OVS_DROP_REASON", OPENVSWITCH);
	add_value(btf, "OVS_DROP_LAST_ACTION", OPENVSWITCH | 1);
	write_types(btf, "openvswitch");
	btf__free(btf);
}

static struct drop_reasons *open_reasons(void)
{
	struct drop_reasons *reasons = NULL;
	struct reason reason;

	assert_int_equal(drop_reasons_open(directory, &reasons, &reason), 0);
	return reasons;
}

static void assert_name(struct drop_reasons *reasons, uint32_t number, const char *expected)
{
	struct label name = drop_reasons_name(reasons, number);

	assert_int_equal(name.length, strlen(expected));
	assert_memory_equal(name.value, expected, name.length);
}

static void test_names_are_the_kernels(void **state)
{
	struct drop_reasons *reasons;

	(void)state;
	btf__free(write_kernel(false));
	reasons = open_reasons();
	assert_name(reasons, 1, "CONSUMED");
	assert_name(reasons, 2, "NOT_SPECIFIED");
	assert_name(reasons, 12, "NETFILTER_DROP");
	assert_name(reasons, 5, "5");
	assert_name(reasons, 128, "128");
	assert_name(reasons, 511, "511");
	assert_name(reasons, 512, "512");
	drop_reasons_close(reasons);

	btf__free(write_kernel(true));
	reasons = open_reasons();
	assert_name(reasons, 1, "NOT_SPECIFIED");
	assert_name(reasons, 7, "NETFILTER_DROP");
	assert_name(reasons, 45, "QDISC_DROP");
	assert_name(reasons, OPENVSWITCH | 1, "131073");
	drop_reasons_close(reasons);
}

static void test_names_tell_where_packets_were(void **state)
{
	static const struct {
		uint32_t number;
		enum drop_class class;
	} expected[] = {
		{ 0, DROP_EITHER },  { 1, DROP_NEVER },    { 2, DROP_UNSPECIFIED },
		{ 3, DROP_NEVER },   { 12, DROP_HOOK },    { 58, DROP_ROUTE },
		{ 59, DROP_EITHER }, { 65, DROP_DEVICE },  { 66, DROP_DEVICE },
		{ 67, DROP_EITHER }, { 128, DROP_EITHER }, { 511, DROP_EITHER },
	};
	struct drop_reasons *reasons;

	(void)state;
	btf__free(write_kernel(false));
	reasons = open_reasons();
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++)
		assert_int_equal(drop_reasons_class(reasons, expected[i].number),
		                 expected[i].class);
	drop_reasons_close(reasons);
}

static void test_subsystems_have_names_of_their_own(void **state)
{
	struct btf *kernel = write_kernel(false);
	struct drop_reasons *reasons = open_reasons();

	(void)state;
	(void)unlink(path_of("openvswitch"));
	assert_name(reasons, OPENVSWITCH | 1, "OPENVSWITCH:1");
	write_module(kernel);
	assert_name(reasons, OPENVSWITCH | 1, "OPENVSWITCH:1"); /* as it was told once */
	drop_reasons_close(reasons);

	reasons = open_reasons();
	assert_name(reasons, OPENVSWITCH | 1, "OVS_DROP_LAST_ACTION");
	assert_name(reasons, OPENVSWITCH | 9, "OPENVSWITCH:9");
	assert_name(reasons, UNUSABLE | 3, "MAC80211_UNUSABLE:3");
	assert_name(reasons, 3U << 16 | 4, "196612");
	assert_name(reasons, 99U << 16 | 4, "6488068");
	drop_reasons_close(reasons);
	btf__free(kernel);
}

static void test_names_of_subsystems_are_bounded(void **state)
{
	struct drop_reasons *reasons;

	(void)state;
	btf__free(write_kernel(false));
	reasons = open_reasons();
	for (uint32_t i = 0; i < 512; i++)
		(void)drop_reasons_name(reasons, 100U << 16 | i);
	assert_name(reasons, 100U << 16 | 511, "6554111");
	assert_name(reasons, 100U << 16 | 512, "(other)");
	drop_reasons_close(reasons);
}

static void test_kernels_without_reasons(void **state)
{
	struct btf *btf = btf__new_empty();
	struct drop_reasons *reasons = NULL;
	struct reason reason;

	(void)state;
	begin_enum(btf, "unrelated");
	add_value(btf, "VALUE", 1);
	write_types(btf, "vmlinux");
	btf__free(btf);
	assert_int_equal(drop_reasons_open(directory, &reasons, &reason), -EOPNOTSUPP);
	assert_non_null(strstr(reason.text, "enum skb_drop_reason"));
	assert_int_equal(unlink(path_of("vmlinux")), 0);
	assert_int_equal(drop_reasons_open(directory, &reasons, &reason), -EOPNOTSUPP);
	assert_non_null(strstr(reason.text, "vmlinux"));
	assert_int_equal(drop_reasons_open("/no/such/place", &reasons, &reason), -EOPNOTSUPP);
	assert_null(reasons);
}

/* Every allocation in turn, alone and with all that follow. */
static void test_without_memory(void **state)
{
	struct drop_reasons *reasons = NULL;
	struct reason reason;
	size_t number = 0;
	bool failed = true;

	(void)state;
	btf__free(write_kernel(false));
	for (int all_after = 0; all_after <= 1; all_after++) {
		for (number = 1, failed = true; failed; number++) {
			int error;

			allocations_fail_at(number, all_after);
			error = drop_reasons_open(directory, &reasons, &reason);
			failed = allocations_failed();
			allocations_fail_at(0, false);
			assert_int_equal(error, failed ? -ENOMEM : 0);
		}
		assert_true(number > 5);
		allocations_fail_at(1, true);
		assert_name(reasons, OPENVSWITCH | 9, "(other)");
		allocations_fail_at(0, false);
		assert_name(reasons, OPENVSWITCH | 9, "OPENVSWITCH:9");
		drop_reasons_close(reasons);
		reasons = NULL;
	}
	drop_reasons_close(NULL);
}

static int make_directory(void **state)
{
	(void)state;
	return mkdtemp(directory) ? 0 : -1;
}

static int remove_directory(void **state)
{
	(void)state;
	(void)unlink(path_of("vmlinux"));
	(void)unlink(path_of("openvswitch"));
	return rmdir(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_are_the_kernels),
		cmocka_unit_test(test_names_tell_where_packets_were),
		cmocka_unit_test(test_subsystems_have_names_of_their_own),
		cmocka_unit_test(test_names_of_subsystems_are_bounded),
		cmocka_unit_test(test_kernels_without_reasons),
		cmocka_unit_test(test_without_memory),
	};

	return cmocka_run_group_tests_name("drop_reasons", tests, make_directory, remove_directory);
}
