/* SPDX-License-Identifier: GPL-2.0-or-later */
#define bpf_map_lookup_elem      scripted_lookup
#define bpf_map_update_elem      scripted_update
#define bpf_map_delete_elem      scripted_delete
#define bpf_map_lookup_batch     scripted_lookup_batch
#define libbpf_num_possible_cpus scripted_cpus

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "collectors/bpf_values.c"

#define CPUS  3
#define WORDS 2
#define MAP   17

static uint64_t values[4][CPUS][WORDS];
static int cpus = CPUS, error;

static int refuse(void)
{
	errno = -error;
	return -1;
}

int bpf_map_lookup_elem(int fd, const void *key, void *value)
{
	assert_int_equal(fd, MAP);
	if (error)
		return refuse();
	memcpy(value, values[*(const uint32_t *)key], sizeof(values[0]));
	return 0;
}

int bpf_map_update_elem(int fd, const void *key, const void *value, __u64 flags)
{
	assert_int_equal(fd, MAP);
	assert_int_equal(flags, BPF_ANY);
	if (error)
		return refuse();
	memcpy(values[*(const uint32_t *)key], value, sizeof(values[0]));
	return 0;
}

int bpf_map_delete_elem(int fd, const void *key)
{
	(void)key;
	assert_int_equal(fd, MAP);
	return error ? refuse() : 0;
}

int bpf_map_lookup_batch(int fd, void *in, void *out, void *keys, void *found, __u32 *count,
                         const struct bpf_map_batch_opts *options)
{
	(void)found;
	assert_int_equal(fd, MAP);
	assert_null(in);
	assert_non_null(out);
	assert_non_null(options);
	assert_int_equal(*count, 8);
	*count = 2;
	memcpy(keys, (const uint32_t[]){ 5, 6 }, 2 * sizeof(uint32_t));
	return error ? refuse() : 0;
}

int libbpf_num_possible_cpus(void)
{
	return cpus;
}

static void all_cpus_are_added_up(void **state)
{
	struct bpf_percpu *percpu;
	uint64_t sums[2][WORDS];

	(void)state;
	assert_int_equal(bpf_percpu_new(MAP, WORDS, &percpu), 0);
	for (unsigned cpu = 0; cpu < CPUS; cpu++) {
		values[1][cpu][0] = 1 + cpu;
		values[1][cpu][1] = UINT64_C(1) << 40;
		values[2][cpu][1] = 7;
	}
	assert_int_equal(bpf_percpu_read(percpu, 1, 2, sums[0]), 0);
	assert_int_equal(sums[0][0], 6);
	assert_int_equal(sums[0][1], 3 * (UINT64_C(1) << 40));
	assert_int_equal(sums[1][0], 0);
	assert_int_equal(sums[1][1], 21);
	assert_int_equal(bpf_percpu_clear(percpu, 1), 0);
	assert_int_equal(bpf_percpu_read(percpu, 1, 2, sums[0]), 0);
	assert_int_equal(sums[0][0] + sums[0][1], 0);
	assert_int_equal(sums[1][1], 21);
	error = -EPERM;
	assert_int_equal(bpf_percpu_read(percpu, 1, 2, sums[0]), -EPERM);
	assert_int_equal(bpf_percpu_clear(percpu, 1), -EPERM);
	error = 0;
	bpf_percpu_free(percpu);
	bpf_percpu_free(NULL);
	cpus = -EINVAL;
	assert_int_equal(bpf_percpu_new(MAP, WORDS, &percpu), -EINVAL);
	cpus = CPUS;
}

static void the_end_of_a_map_is_no_error(void **state)
{
	uint32_t keys[8];
	size_t n = 0;

	(void)state;
	error = -ENOENT;
	assert_int_equal(bpf_values_read_all(MAP, keys, keys, 8, &n), 0);
	assert_int_equal(n, 2);
	error = 0;
	assert_int_equal(bpf_values_read_all(MAP, keys, keys, 8, &n), 0);
	assert_int_equal(n, 2);
	error = -ENOSPC;
	assert_int_equal(bpf_values_read_all(MAP, keys, keys, 8, &n), -ENOSPC);
	error = 0;
}

static void errors_are_told(void **state)
{
	uint64_t value[CPUS][WORDS];
	uint32_t key = 0;

	(void)state;
	error = -ENOENT;
	assert_int_equal(bpf_values_get(MAP, &key, value), -ENOENT);
	assert_int_equal(bpf_values_put(MAP, &key, value), -ENOENT);
	assert_int_equal(bpf_values_delete(MAP, &key), -ENOENT);
	error = 0;
	assert_int_equal(bpf_values_get(MAP, &key, value), 0);
	assert_int_equal(bpf_values_put(MAP, &key, value), 0);
	assert_int_equal(bpf_values_delete(MAP, &key), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_cpus_are_added_up),
		cmocka_unit_test(the_end_of_a_map_is_no_error),
		cmocka_unit_test(errors_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
