/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* By what means programs get to see what passes, best first. */
enum bpf_method {
	BPF_METHOD_NONE,       /* by none */
	BPF_METHOD_FENTRY,     /* at the entry and exit of the kernel's functions */
	BPF_METHOD_TRACEPOINT, /* with the kernel's types (BTF) */
	BPF_METHOD_TIMESTAMP,  /* by callbacks for packets of sockets, at a cgroup */
	BPF_METHODS,
};

/* Several of them: bits 1 << BPF_METHOD_… */
#define BPF_METHODS_ALL ((1U << BPF_METHODS) - (1U << BPF_METHOD_FENTRY))

/* "none", "fentry", "tracepoint", "timestamp" */
extern const char *const bpf_method_names[BPF_METHODS];
