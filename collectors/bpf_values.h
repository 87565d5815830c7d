/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What BPF programs have written into their maps. Reading needs a descriptor of the map and no
 * capability. A value that is read while a program writes it has each of its words whole, but not
 * all from one moment.
 */
#include <stddef.h>
#include <stdint.h>

/* Reads the value of a key; its size is the map's. 0 or −errno, −ENOENT: there is none. */
int bpf_values_get(int map_fd, const void *key, void *ret_value);

/* Writes the value of a key. 0 or −errno. */
int bpf_values_put(int map_fd, const void *key, const void *value);

/* −ENOENT: there is none. */
int bpf_values_delete(int map_fd, const void *key);

/*
 * Reads all of a hash map that nobody deletes from meanwhile, as far as there is room: keys and
 * values one behind the other, each of the map's size. What is added meanwhile may be among them or
 * not. 0 and how many, or −errno.
 */
int bpf_values_read_all(int map_fd, void *ret_keys, void *ret_values, size_t max, size_t *ret_n);

/* Reads per-CPU arrays of counters, each a struct of nothing but uint64_t. */
struct bpf_percpu;

/* For values of n_words. 0, −ENOMEM or −errno. */
int bpf_percpu_new(int map_fd, size_t n_words, struct bpf_percpu **ret_percpu);
void bpf_percpu_free(struct bpf_percpu *percpu);

/* The sums over all CPUs of the n values from the first on, n_words each. 0 or −errno. */
int bpf_percpu_read(struct bpf_percpu *percpu, uint32_t first, size_t n, uint64_t *ret_sums);

/*
 * One value as each of the CPUs has it, one behind the other; the words are the percpu's own until
 * the next call. The kernel copies a CPU's words in ascending order. 0 or −errno.
 */
int bpf_percpu_get(struct bpf_percpu *percpu, uint32_t index, uint64_t **ret_values,
                   size_t *ret_n_cpus);

/* Writes back what bpf_percpu_get() has given, which may have been changed. 0 or −errno. */
int bpf_percpu_put(struct bpf_percpu *percpu, uint32_t index);

/* Makes all CPUs' counters of one value 0. 0 or −errno. */
int bpf_percpu_clear(struct bpf_percpu *percpu, uint32_t index);
