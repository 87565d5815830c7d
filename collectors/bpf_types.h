/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The kernel's types (BTF), to be looked at and given back: they take some megabytes while they are
 * open.
 */
#include <stdbool.h>
#include <stdint.h>

#include "daemon/cleanup.h"
#include "daemon/reason.h"

struct bpf_types;

/*
 * Opens those of the kernel itself. 0, or −errno with the reason filled: −EOPNOTSUPP where it does
 * not tell them, −ENOSYS not built, −ENOMEM.
 */
int bpf_types_open(struct bpf_types **ret_types, struct reason *reason);

/* The same, in another directory than the kernel's: the files in it are vmlinux and the modules. */
int bpf_types_open_in(const char *directory, struct bpf_types **ret_types, struct reason *reason);

#define BPF_TYPES_DIRECTORY "/sys/kernel/btf"

/* Opens those that a module of the same directory adds, on top of the kernel's, which must stay open. 0, −ENOENT: not
 * loaded, or −errno. */
int bpf_types_open_module(struct bpf_types *kernel, const char *module,
                          struct bpf_types **ret_types);

void bpf_types_close(struct bpf_types *types);
DEFINE_CLEANUP(struct bpf_types, bpf_types_close)

/* Is told of a name of an enum, valid during the call, and its value; what is not 0 ends it. */
typedef int (*bpf_types_enum_fn)(void *context, const char *name, uint64_t value);

/*
 * Tells of each name of the enum, in the order of its definition. 0, −ENOENT: no such enum, or what
 * was returned. With a module's types only enums of the module are looked for.
 */
int bpf_types_enum(const struct bpf_types *types, const char *name, bpf_types_enum_fn found,
                   void *context);
