/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "collectors/latency/latency_ladder.h"

#include "collectors/latency/latency_source.h"

const char *const latency_segment_names[LATENCY_SEGMENTS] = {
	[LATENCY_SOCKET] = "socket", [LATENCY_STACK] = "stack",   [LATENCY_NETFILTER] = "netfilter",
	[LATENCY_QDISC] = "qdisc",   [LATENCY_DRIVER] = "driver", [LATENCY_NIC] = "nic",
	[LATENCY_ACK] = "ack",
};

/* What must be there, the one first by whose method the segment is told; ended by LATENCY_ROLES. */
static const enum latency_role needs[LATENCY_SEGMENTS][5] = {
	[LATENCY_SOCKET] = { LATENCY_ROLE_SEND, LATENCY_ROLE_QUEUE, LATENCY_ROLE_DESTROY,
	                     LATENCY_ROLES },
	[LATENCY_STACK] = { LATENCY_ROLE_QUEUE, LATENCY_ROLES },
	[LATENCY_NETFILTER] = { LATENCY_ROLE_FILTER_END, LATENCY_ROLE_FILTER_BEGIN,
	                        LATENCY_ROLE_QUEUE, LATENCY_ROLES },
	[LATENCY_QDISC] = { LATENCY_ROLE_DEQUEUE, LATENCY_ROLE_QUEUE, LATENCY_ROLE_START,
	                    LATENCY_ROLES },
	[LATENCY_DRIVER] = { LATENCY_ROLE_STARTED, LATENCY_ROLE_START, LATENCY_ROLES },
	[LATENCY_NIC] = { LATENCY_ROLE_COMPLETE, LATENCY_ROLE_START, LATENCY_ROLE_DROP,
	                  LATENCY_ROLES },
	[LATENCY_ACK] = { LATENCY_ROLE_ACKNOWLEDGE, LATENCY_ROLE_SEND, LATENCY_ROLE_QUEUE,
	                  LATENCY_ROLE_DESTROY, LATENCY_ROLES },
};

/* UDP notes no time in its packets; without its own hooks TCP alone is measured. */
static enum bpf_method find_stack(const struct bpf_probes *probes, struct reason *ret_reason)
{
	const struct bpf_probe *ipv4 = &probes->probes[LATENCY_ROLE_DATAGRAM_IPV4];
	const struct bpf_probe *ipv6 = &probes->probes[LATENCY_ROLE_DATAGRAM_IPV6];

	if (!ipv4->way)
		(void)reason_set(ret_reason, 0, "TCP alone: %s", ipv4->reason.text);
	else if (!ipv6->way)
		(void)reason_set(ret_reason, 0, "no UDP over IPv6: %s", ipv6->reason.text);
	return ipv4->way ? ipv4->method : BPF_METHOD_TRACEPOINT;
}

enum bpf_method latency_ladder(const struct bpf_probes *probes, enum latency_segment segment,
                               struct reason *ret_reason)
{
	const enum latency_role *role = needs[segment];

	ret_reason->text[0] = '\0';
	for (size_t i = 0; role[i] != LATENCY_ROLES; i++) {
		const struct bpf_probe *probe = &probes->probes[role[i]];

		if (probe->way)
			continue;
		*ret_reason = probe->reason;
		return BPF_METHOD_NONE;
	}
	if (segment == LATENCY_STACK)
		return find_stack(probes, ret_reason);
	if (segment == LATENCY_SOCKET || segment == LATENCY_ACK)
		*ret_reason = probes->probes[LATENCY_ROLE_SEND].reason;
	return probes->probes[role[0]].method;
}
