/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Below latency.bpf.c, and for it alone: calls of send(), one of each socket at a time. */
#include "bpf/latency_device.h"
#include "bpf/latency_waiting.h"

/* Where a socket that has a send() outstanding is noted. */
static __always_inline __u64 *find_pending(__u64 sk)
{
	__u32 index = sk * GOLDEN_RATIO >> (64 - LATENCY_PENDING_BITS), first = 0;
	struct latency_sockets *all = bpf_map_lookup_elem(&sockets, &first);

	asm volatile("%0 &= %1" : "+r"(index) : "i"((1 << LATENCY_PENDING_BITS) - 1));
	return all ? &all->pending[index] : NULL;
}

static __always_inline void begin_send(const struct latency_settings *wanted, struct sock *sk)
{
	__u64 socket = address_of(sk), *noted = find_pending(socket);
	struct tcp_sock *tcp;
	struct probe *probe;

	if (!noted || *noted == socket)
		return;
	if (wanted->netns && wanted->netns != sk->__sk_common.skc_net.net->ns.inum)
		return;
	tcp = bpf_skc_to_tcp_sock(sk);
	if (!tcp)
		return;
	probe = bpf_sk_storage_get(&probes, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	if (!probe) {
		count(LATENCY_SENDS_UNTRACKED);
		return;
	}
	if (*noted)
		count(LATENCY_SENDS_OVERWRITTEN);
	probe->seq = tcp->write_seq;
	probe->state = PROBE_WAITS;
	probe->sent_nsec = bpf_ktime_get_ns();
	*noted = socket;
	count(LATENCY_SENDS);
}

static __always_inline int on_send(struct sock *sk)
{
	const struct latency_settings *wanted = get_settings();
	struct latency_cpu *cpu = get_cpu();

	if (wanted && cpu && is_due(wanted, &cpu->until_send))
		begin_send(wanted, sk);
	return 0;
}

struct tcp_header {
	__be16 source, destination;
	__be32 seq;
	__be32 ack_seq;
	__u8 offset, flags;
};

/* Whether the packet is the socket's own and holds the byte. */
static __always_inline bool holds(struct sk_buff *skb, const struct sock *sk, __u32 seq)
{
	struct tcp_header header;
	const unsigned char *start = skb->head + skb->transport_header;
	__u32 n_before = start - skb->data, end;

	if (bpf_probe_read_kernel(&header, sizeof(header), start) < 0)
		return false;
	/* In a tunnel's packet there is another header by now. */
	if (header.destination != sk->__sk_common.skc_dport ||
	    __builtin_bswap16(header.source) != sk->__sk_common.skc_num)
		return false;
	end = __builtin_bswap32(header.seq) + skb->len - n_before - (header.offset >> 4) * 4;
	return (__s32)(end - seq) > 0;
}

/* The slot is that of the packet's device, or −1 where it has not been looked for. */
static __always_inline void end_send(const struct latency_settings *wanted, struct sk_buff *skb,
                                     struct sock *sk, int slot, __u64 now)
{
	struct probe *probe = bpf_sk_storage_get(&probes, sk, NULL, 0);
	__u64 tstamp = skb->tstamp, left = now;
	__u32 hardware;

	if (!probe || probe->state != PROBE_WAITS || probe->sent_nsec < wanted->begun_nsec ||
	    !holds(skb, sk, probe->seq))
		return;
	if (slot < 0)
		slot = find_slot(wanted, skb->dev, &hardware);
	if (slot < 0)
		slot = LATENCY_OTHER;
	/* Later than now: it is told when it is to leave. */
	if (tstamp >= probe->sent_nsec && tstamp <= now)
		left = tstamp;
	probe->slot = slot;
	probe->state = PROBE_LEFT;
	observe(LATENCY_SOCKET, slot, left - probe->sent_nsec);
	count(LATENCY_SENDS_SENT);
}

static __always_inline bool has_pending_send(const struct sock *sk)
{
	__u64 socket, *noted;

	if (!sk)
		return false;
	socket = address_of(sk);
	noted = find_pending(socket);
	return noted && *noted == socket && is_full(sk);
}
