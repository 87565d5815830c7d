/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* How each segment is measured on this kernel, or why it is not. */
#include "bpf/latency.h"
#include "collectors/bpf_probes.h"
#include "daemon/reason.h"

/* "socket", …, "ack" */
extern const char *const latency_segment_names[LATENCY_SEGMENTS];

/*
 * The method, of who has which role (latency_source.h). The reason says why it is not measured, or
 * what is missing, or which better way is closed; or it is empty.
 */
enum bpf_method latency_ladder(const struct bpf_probes *probes, enum latency_segment segment,
                               struct reason *ret_reason);
