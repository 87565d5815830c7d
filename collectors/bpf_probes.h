/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The BPF programs of a collector, in the kernel and at their hooks. What a collector wants done at a
 * hook is a role; the programs that can do it are tried in turn, and the first one that loads and
 * attaches has the role. Nothing is kept of libbpf and the kernel's BTF but descriptors, with which
 * maps can be read, and programs attached and detached, without any capability (Linux 5.19 and
 * later): CAP_BPF and CAP_PERFMON are needed by bpf_probes_open() alone.
 *
 * Descriptors are all that holds programs in the kernel: they go with the daemon, however it ends.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collectors/bpf_method.h"
#include "daemon/reason.h"

#define BPF_ROLES_MAX 24
#define BPF_WAYS_MAX  3
#define BPF_MAPS_MAX  16

struct bpf_role {
	const char *name;                   /* value of the label "program" */
	const char *ways[BPF_WAYS_MAX + 1]; /* programs of the object, best first; ended by NULL */
};

/* Who has a role. */
struct bpf_probe {
	const struct bpf_role *role;
	const char *way; /* the program, as in the role; NULL: nobody */
	enum bpf_method method;
	int kind;             /* enum bpf_attach_type */
	int cgroup_fd;        /* as in the request */
	int fd, link_fd;      /* link_fd −1: not attached */
	struct reason reason; /* why those before it in the role could not have it */
};

/* Maps in the kernel, by their names. */
struct bpf_maps {
	size_t n;
	struct {
		char name[16];
		int fd;
	} maps[BPF_MAPS_MAX];
};

struct bpf_probes {
	size_t n; /* as many as roles, and in their order */
	struct bpf_probe probes[BPF_ROLES_MAX];
	struct bpf_maps maps;
};

/* What is wanted of an object. */
struct bpf_request {
	const char *name; /* bpf/NAME.bpf.c */
	const struct bpf_role *roles;
	size_t n_roles;
	unsigned methods;  /* that may be used: bits 1 << BPF_METHOD_… */
	bool maps_alone;   /* are wanted as well, should no program be had */
	const char *needs; /* the kernel's function that all is in vain without; or NULL */
	const struct bpf_maps *maps; /* used instead of own ones of the same names; or NULL */
	int cgroup_fd;               /* to attach to, for as long as the probes are open; or −1 */
};

/*
 * Loads the object bpf/NAME.bpf.c and attaches who has a role; a role that nobody can have is no
 * failure, the collector judges. bpf_probes_close() is due. 0, or −errno with the reason filled:
 * −ENOSYS not built, −EPERM not permitted, −EOPNOTSUPP not with this kernel, −ENOMEM.
 */
int bpf_probes_open(const char *name, const struct bpf_role *roles, size_t n_roles,
                    struct bpf_probes **ret_probes, struct reason *reason);

/* The same, of what is requested. −ENOSYS, … as above, and −EOPNOTSUPP without what it needs. */
int bpf_probes_request(const struct bpf_request *request, struct bpf_probes **ret_probes,
                       struct reason *reason);

/* Takes all from their hooks, and out of the kernel; NULL is accepted. */
void bpf_probes_close(struct bpf_probes *probes);

/*
 * The descriptor of a map, which stays the probes' own; it must be among them. Global variables are
 * in the map ".data.SECTION" of their section, or in "NAME.bss".
 */
int bpf_probes_map(const struct bpf_probes *probes, const char *name);

/*
 * Puts who has the role to its hook, if it is not there; 0 or −errno, −ENOENT when nobody has it. The
 * other way returns when no call of it runs any more: some milliseconds.
 */
int bpf_probe_attach(struct bpf_probe *probe);
void bpf_probe_detach(struct bpf_probe *probe);

/*
 * Runs a program of the kind iter once for each of its objects, of the calling thread's network
 * namespace. 0 or −errno, −ENOENT when nobody has the role.
 */
int bpf_probe_walk(struct bpf_probe *probe);

/* What the kernel has accounted for the program. */
struct bpf_probe_account {
	uint64_t run_nsec, n_runs; /* 0 unless kernel.bpf_stats_enabled is, or was */
	uint64_t n_missed;         /* calls left out because one ran already on that CPU */
};

/* 0 or −errno. */
int bpf_probe_account(const struct bpf_probe *probe, struct bpf_probe_account *ret_account);
