/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Loads an object with those of its programs that this kernel takes. What it refuses is left out,
 * each for a reason of its own, and the rest loads all the same.
 */
#include <stddef.h>

#include "collectors/bpf_probes.h"

#define BPF_LOAD_PROGRAMS_MAX 64
#define BPF_LOAD_REASON_SIZE  192

struct bpf_object;
struct bpf_program;

/* Why the program was left out; error is 0 as long as it is not. */
struct bpf_refusal {
	int error;
	char text[BPF_LOAD_REASON_SIZE];
};

struct bpf_refusals {
	struct bpf_refusal programs[BPF_LOAD_PROGRAMS_MAX]; /* in the object's order */
};

/*
 * Loads the object; bpf_object__close() is due. 0, with at least one program loaded, or −errno with
 * the reason filled: −EPERM not permitted, −EOPNOTSUPP no program, no BTF or not what is needed in
 * this kernel, −ENOMEM.
 */
int bpf_load(const struct bpf_request *request, struct bpf_refusals *refusals,
             struct bpf_object **ret_object, struct reason *reason);

/* By its kind. */
enum bpf_method bpf_load_method(const struct bpf_program *program);
