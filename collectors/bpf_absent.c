/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a daemon that was built without BPF has in the place of bpf_probes.c, bpf_types.c and
 * bpf_values.c: nothing can be opened, and the rest is never called.
 */
#include <assert.h>
#include <errno.h>

#include "collectors/bpf_probes.h"
#include "collectors/bpf_types.h"
#include "collectors/bpf_values.h"

#define NOT_BUILT "not built: BPF was not available, or not wanted (meson setup -Dbpf=enabled)"

const char *const bpf_method_names[BPF_METHODS] = { "none", "fentry", "tracepoint", "timestamp" };

int bpf_probes_open(const char *name, const struct bpf_role *roles, size_t n_roles,
                    struct bpf_probes **ret_probes, struct reason *reason)
{
	(void)name;
	(void)roles;
	(void)n_roles;
	(void)ret_probes;
	return reason_set(reason, -ENOSYS, NOT_BUILT);
}

int bpf_probes_request(const struct bpf_request *request, struct bpf_probes **ret_probes,
                       struct reason *reason)
{
	(void)request;
	(void)ret_probes;
	return reason_set(reason, -ENOSYS, NOT_BUILT);
}

void bpf_probes_close(struct bpf_probes *probes)
{
	assert(!probes);
	(void)probes;
}

int bpf_probes_map(const struct bpf_probes *probes, const char *name)
{
	(void)probes;
	(void)name;
	return -1;
}

int bpf_probe_attach(struct bpf_probe *probe)
{
	(void)probe;
	return -ENOSYS;
}

void bpf_probe_detach(struct bpf_probe *probe)
{
	(void)probe;
}

int bpf_probe_walk(struct bpf_probe *probe)
{
	(void)probe;
	return -ENOSYS;
}

int bpf_probe_account(const struct bpf_probe *probe, struct bpf_probe_account *ret_account)
{
	(void)probe;
	(void)ret_account;
	return -ENOSYS;
}

int bpf_types_open(struct bpf_types **ret_types, struct reason *reason)
{
	(void)ret_types;
	return reason_set(reason, -ENOSYS, NOT_BUILT);
}

int bpf_types_open_in(const char *directory, struct bpf_types **ret_types, struct reason *reason)
{
	(void)directory;
	return bpf_types_open(ret_types, reason);
}

int bpf_types_open_module(struct bpf_types *kernel, const char *module,
                          struct bpf_types **ret_types)
{
	(void)kernel;
	(void)module;
	(void)ret_types;
	return -ENOSYS;
}

void bpf_types_close(struct bpf_types *types)
{
	(void)types;
}

int bpf_types_enum(const struct bpf_types *types, const char *name, bpf_types_enum_fn found,
                   void *context)
{
	(void)types;
	(void)name;
	(void)found;
	(void)context;
	return -ENOSYS;
}

int bpf_values_get(int map_fd, const void *key, void *ret_value)
{
	(void)map_fd;
	(void)key;
	(void)ret_value;
	return -ENOSYS;
}

int bpf_values_put(int map_fd, const void *key, const void *value)
{
	(void)map_fd;
	(void)key;
	(void)value;
	return -ENOSYS;
}

int bpf_values_delete(int map_fd, const void *key)
{
	(void)map_fd;
	(void)key;
	return -ENOSYS;
}

int bpf_values_read_all(int map_fd, void *ret_keys, void *ret_values, size_t max, size_t *ret_n)
{
	(void)map_fd;
	(void)ret_keys;
	(void)ret_values;
	(void)max;
	(void)ret_n;
	return -ENOSYS;
}

int bpf_percpu_new(int map_fd, size_t n_words, struct bpf_percpu **ret_percpu)
{
	(void)map_fd;
	(void)n_words;
	(void)ret_percpu;
	return -ENOSYS;
}

void bpf_percpu_free(struct bpf_percpu *percpu)
{
	(void)percpu;
}

int bpf_percpu_read(struct bpf_percpu *percpu, uint32_t first, size_t n, uint64_t *ret_sums)
{
	(void)percpu;
	(void)first;
	(void)n;
	(void)ret_sums;
	return -ENOSYS;
}

int bpf_percpu_get(struct bpf_percpu *percpu, uint32_t index, uint64_t **ret_values,
                   size_t *ret_n_cpus)
{
	(void)percpu;
	(void)index;
	(void)ret_values;
	(void)ret_n_cpus;
	return -ENOSYS;
}

int bpf_percpu_put(struct bpf_percpu *percpu, uint32_t index)
{
	(void)percpu;
	(void)index;
	return -ENOSYS;
}

int bpf_percpu_clear(struct bpf_percpu *percpu, uint32_t index)
{
	(void)percpu;
	(void)index;
	return -ENOSYS;
}
