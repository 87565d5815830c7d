/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "collectors/bpf_values.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/cleanup.h"

struct bpf_percpu {
	int fd;
	size_t n_words;
	size_t n_cpus;    /* possible ones: the kernel writes a value for each */
	uint64_t *values; /* of one key, one CPU's behind the other's */
};
DEFINE_CLEANUP(struct bpf_percpu, bpf_percpu_free)

int bpf_values_get(int map_fd, const void *key, void *ret_value)
{
	return bpf_map_lookup_elem(map_fd, key, ret_value) < 0 ? -errno : 0;
}

int bpf_values_put(int map_fd, const void *key, const void *value)
{
	return bpf_map_update_elem(map_fd, key, value, BPF_ANY) < 0 ? -errno : 0;
}

int bpf_values_delete(int map_fd, const void *key)
{
	return bpf_map_delete_elem(map_fd, key) < 0 ? -errno : 0;
}

int bpf_values_read_all(int map_fd, void *ret_keys, void *ret_values, size_t max, size_t *ret_n)
{
	const struct bpf_map_batch_opts options = { .sz = sizeof(options) };
	uint32_t batch, n = (uint32_t)max;

	/* One call is enough for a map that has no more entries than there is room. */
	if (bpf_map_lookup_batch(map_fd, NULL, &batch, ret_keys, ret_values, &n, &options) < 0 &&
	    errno != ENOENT) /* the end was reached */
		return -errno;
	*ret_n = n;
	return 0;
}

int bpf_percpu_new(int map_fd, size_t n_words, struct bpf_percpu **ret_percpu)
{
	struct bpf_percpu *percpu cleanup(bpf_percpu_free) = calloc(1, sizeof(*percpu));
	int n_cpus = libbpf_num_possible_cpus();

	if (n_cpus < 0)
		return n_cpus;
	if (!percpu)
		return -ENOMEM;
	percpu->fd = map_fd;
	percpu->n_words = n_words;
	percpu->n_cpus = (size_t)n_cpus;
	percpu->values = calloc(percpu->n_cpus * n_words, sizeof(*percpu->values));
	if (!percpu->values)
		return -ENOMEM;
	*ret_percpu = steal_pointer(percpu);
	return 0;
}

void bpf_percpu_free(struct bpf_percpu *percpu)
{
	if (!percpu)
		return;
	free(percpu->values);
	free(percpu);
}

static int read_one(struct bpf_percpu *percpu, uint32_t index, uint64_t *ret_sums)
{
	if (bpf_map_lookup_elem(percpu->fd, &index, percpu->values) < 0)
		return -errno;
	memset(ret_sums, 0, percpu->n_words * sizeof(*ret_sums));
	for (size_t cpu = 0; cpu < percpu->n_cpus; cpu++)
		for (size_t word = 0; word < percpu->n_words; word++)
			ret_sums[word] += percpu->values[cpu * percpu->n_words + word];
	return 0;
}

int bpf_percpu_read(struct bpf_percpu *percpu, uint32_t first, size_t n, uint64_t *ret_sums)
{
	for (size_t i = 0; i < n; i++) {
		int error = read_one(percpu, first + (uint32_t)i, ret_sums + i * percpu->n_words);

		if (error < 0)
			return error;
	}
	return 0;
}

int bpf_percpu_get(struct bpf_percpu *percpu, uint32_t index, uint64_t **ret_values,
                   size_t *ret_n_cpus)
{
	int error = bpf_values_get(percpu->fd, &index, percpu->values);

	*ret_values = percpu->values;
	*ret_n_cpus = percpu->n_cpus;
	return error;
}

int bpf_percpu_put(struct bpf_percpu *percpu, uint32_t index)
{
	return bpf_values_put(percpu->fd, &index, percpu->values);
}

int bpf_percpu_clear(struct bpf_percpu *percpu, uint32_t index)
{
	memset(percpu->values, 0, percpu->n_cpus * percpu->n_words * sizeof(*percpu->values));
	return bpf_values_put(percpu->fd, &index, percpu->values);
}
