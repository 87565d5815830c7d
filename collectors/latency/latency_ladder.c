/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "collectors/latency/latency_ladder.h"

#include "collectors/latency/latency_roles.h"

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

/* By programs at hooks. */
static enum bpf_method find_hooks(const struct bpf_probes *probes, enum latency_segment segment,
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

/*
 * What timestamps say of a segment: they are of a packet when it comes to a device's queue, when its
 * driver has it at hand, and when it is acknowledged; and it holds when TCP has sent it. Between the
 * second and the third there are the queue and a part of the driver's work, whether the packet has
 * met a queue or not.
 */
static enum bpf_method find_timestamps(const struct latency_rungs *rungs,
                                       enum latency_segment segment, struct reason *reason)
{
	static const char own[] = "send()s of one segment in our own network namespace alone, "
				  "from when TCP has the bytes";
	static const char *const limits[LATENCY_SEGMENTS] = {
		[LATENCY_SOCKET] = own,
		[LATENCY_STACK] = "TCP's packets with the end of such a send() alone",
		[LATENCY_ACK] = own,
	};
	struct reason hooks = *reason;

	if (rungs->timestamps && limits[segment]) {
		(void)reason_set(reason, 0, "%s", limits[segment]);
		reason_add(reason, hooks.text);
		return BPF_METHOD_TIMESTAMP;
	}
	if (rungs->timestamps && (segment == LATENCY_QDISC || segment == LATENCY_DRIVER))
		reason_add(reason, "timestamps do not tell the queue from the driver");
	if (!rungs->timestamps && limits[segment] && rungs->no_timestamps &&
	    rungs->no_timestamps[0])
		(void)reason_set(reason, 0, "%s; timestamps: %s", hooks.text, rungs->no_timestamps);
	return BPF_METHOD_NONE;
}

enum bpf_method latency_ladder(const struct latency_rungs *rungs, enum latency_segment segment,
                               struct reason *ret_reason)
{
	enum bpf_method method = find_hooks(rungs->probes, segment, ret_reason);

	return method == BPF_METHOD_NONE ? find_timestamps(rungs, segment, ret_reason) : method;
}
