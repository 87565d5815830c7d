/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What userspace wants of bpf/latency_timestamp.bpf.c, beside struct latency_settings. */
#ifdef __bpf__
#include "bpf/kernel.h"
#else
#include <linux/types.h>
#endif

struct latency_timestamp_settings {
	__u32 netns;    /* our own: no other one is looked at */
	__u32 segments; /* bits 1 << LATENCY_… */
};
