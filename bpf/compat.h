/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What differs between the kernels that are supported, 6.1 and later: each entry names the version
 * or the commit that changed it. Whatever is decided here is a constant by the time that the
 * verifier sees it, so that branches for other kernels are gone.
 */
#include <bpf/bpf_core_read.h>

#include "bpf/kernel.h"

/*
 * tcp_retransmit_skb tells failed retransmissions, too, and has an argument "err" for that, since
 * ad892e912b84 ("tcp: trace retransmit failures in tcp_retransmit_skb", 6.17); before, it was there
 * for those that succeeded alone.
 */
struct trace_event_raw_tcp_retransmit_skb {
	int err;
} __attribute__((preserve_access_index));

static inline bool retransmit_failed(const unsigned long long *arguments)
{
	if (!bpf_core_field_exists(struct trace_event_raw_tcp_retransmit_skb, err))
		return false;
	return (int)arguments[2] != 0;
}
