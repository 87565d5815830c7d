/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Enums of a kernel and of a module, of types made here in the place of those in /sys. */
#define btf__parse_raw       scripted_parse_raw
#define btf__parse_raw_split scripted_parse_raw_split

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "collectors/bpf_types.c"

static int error;

struct btf *btf__parse_raw(const char *path)
{
	struct btf *btf;

	assert_string_equal(path, "/sys/kernel/btf/vmlinux");
	if (error) {
		errno = -error;
		return NULL;
	}
	btf = btf__new_empty();
	assert_true(btf__add_int(btf, "int", 4, BTF_INT_SIGNED) > 0);
	assert_true(btf__add_struct(btf, "reason", 4) > 0); /* no enum, in spite of its name */
	assert_true(btf__add_enum(btf, "other", 4) > 0);
	assert_int_equal(btf__add_enum_value(btf, "NOT_THIS", 1), 0);
	assert_true(btf__add_enum(btf, "reason", 4) > 0);
	assert_int_equal(btf__add_enum_value(btf, "NONE", 0), 0);
	assert_int_equal(btf__add_enum_value(btf, "LOST", 2), 0);
	assert_int_equal(btf__add_enum_value(btf, "MASK", 0xffff0000), 0);
	assert_true(btf__add_enum64(btf, "wide", 8, false) > 0);
	assert_int_equal(btf__add_enum64_value(btf, "WIDE", UINT64_C(1) << 40), 0);
	return btf;
}

struct btf *btf__parse_raw_split(const char *path, struct btf *base)
{
	struct btf *btf;

	if (strcmp(path, "/sys/kernel/btf/openvswitch") != 0) {
		errno = ENOENT;
		return NULL;
	}
	btf = btf__new_empty_split(base);
	assert_true(btf__add_enum(btf, "ovs_reason", 4) > 0);
	assert_int_equal(btf__add_enum_value(btf, "OVS_FULL", 3 << 16), 0);
	return btf;
}

static char told[256];

static int tell_name(void *context, const char *name, uint64_t value)
{
	size_t length = strlen(told);

	(void)snprintf(told + length, sizeof(told) - length, "%s=%llu ", name,
	               (unsigned long long)value);
	return strcmp(name, context) == 0 ? 7 : 0;
}

static int look(const struct bpf_types *types, const char *name, const char *until)
{
	told[0] = '\0';
	return bpf_types_enum(types, name, tell_name, (void *)(uintptr_t)until);
}

static void names_have_values(void **state)
{
	struct bpf_types *types;
	struct reason reason;

	(void)state;
	assert_int_equal(bpf_types_open(&types, &reason), 0);
	assert_int_equal(look(types, "reason", ""), 0);
	assert_string_equal(told, "NONE=0 LOST=2 MASK=4294901760 ");
	assert_int_equal(look(types, "wide", ""), 0);
	assert_string_equal(told, "WIDE=1099511627776 ");
	assert_int_equal(look(types, "reason", "NONE"), 7);
	assert_string_equal(told, "NONE=0 ");
	assert_int_equal(look(types, "nothing", ""), -ENOENT);
	assert_string_equal(told, "");
	bpf_types_close(types);
	bpf_types_close(NULL);
}

static void modules_have_their_own(void **state)
{
	struct bpf_types *kernel, *module;
	struct reason reason;

	(void)state;
	assert_int_equal(bpf_types_open(&kernel, &reason), 0);
	assert_int_equal(bpf_types_open_module(kernel, "openvswitch", &module), 0);
	assert_int_equal(look(module, "ovs_reason", ""), 0);
	assert_string_equal(told, "OVS_FULL=196608 ");
	assert_int_equal(look(module, "reason", ""), -ENOENT);
	bpf_types_close(module);
	assert_int_equal(bpf_types_open_module(kernel, "mac80211", &module), -ENOENT);
	bpf_types_close(kernel);
}

static void without_types_it_is_said(void **state)
{
	struct bpf_types *types;
	struct reason reason;

	(void)state;
	error = -ENOENT;
	assert_int_equal(bpf_types_open(&types, &reason), -EOPNOTSUPP);
	assert_string_equal(reason.text,
	                    "the kernel's types: /sys/kernel/btf/vmlinux: "
	                    "No such file or directory");
	error = -ENOMEM;
	assert_int_equal(bpf_types_open(&types, &reason), -ENOMEM);
	error = 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_have_values),
		cmocka_unit_test(modules_have_their_own),
		cmocka_unit_test(without_types_it_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
