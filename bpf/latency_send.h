/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Below latency.bpf.c, and for it alone: calls of send(), one of each socket at a time. */
#include "bpf/latency_device.h"
#include "bpf/latency_waiting.h"

static __always_inline struct latency_send *find_send(__u64 socket)
{
	__u64 index = socket * GOLDEN_RATIO >> (64 - LATENCY_SENDS_BITS);

	asm volatile("%0 &= %1" : "+r"(index) : "i"((1 << LATENCY_SENDS_BITS) - 1));
	return &noted.sends.sends[index];
}

/*
 * What is noted is the socket's, who alone writes it, until that is given up: a socket is locked by
 * who sends, who receives and who closes it. A packet of it that was held up may be queued meanwhile,
 * and looks at the state first.
 */
static __always_inline bool take_send(struct latency_send *send, __u64 socket)
{
	return !__sync_val_compare_and_swap(&send->socket, 0, socket);
}

static __always_inline void give_up_send(struct latency_send *send, __u64 socket)
{
	send->state = LATENCY_NO_SEND;
	(void)__sync_val_compare_and_swap(&send->socket, socket, 0);
}

static __always_inline void begin_send(struct latency_cpu *cpu, struct sock *sk)
{
	__u64 socket = address_of(sk);
	struct latency_send *send = find_send(socket);
	struct tcp_sock *tcp;

	if (send->socket == socket)
		return;
	if (settings.netns && settings.netns != sk->__sk_common.skc_net.net->ns.inum)
		return;
	tcp = bpf_skc_to_tcp_sock(sk);
	if (!tcp)
		return;
	if (send->socket || !take_send(send, socket)) {
		count(cpu, LATENCY_SENDS_CROWDED);
		return;
	}
	count(cpu, LATENCY_SENDS);
	send->seq = tcp->write_seq;
	send->sent_nsec = bpf_ktime_get_ns();
	barrier();
	send->state = LATENCY_SEND_WAITS;
}

static __always_inline int on_send(struct sock *sk)
{
	struct latency_cpu *cpu = get_cpu();

	if (cpu && is_due(&cpu->until_send))
		begin_send(cpu, sk);
	return 0;
}

struct tcp_header {
	__be16 source, destination;
	__be32 seq;
	__be32 ack_seq;
	__u8 offset, flags;
};

static __always_inline bool is_behind(__u32 end, __u32 seq)
{
	return (__s32)(end - seq) > 0;
}

/* Whether the packet is the socket's own and holds the byte, by its header. */
static __always_inline bool header_holds(struct sk_buff *skb, const struct sock *sk, __u32 seq)
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
	return is_behind(end, seq);
}

/*
 * What TCP transmits for the first time is still at the head of its queue, and the packet is a copy
 * with the same memory: then what is in it is known without reading there. (An empty queue begins with
 * itself, which has no such memory.)
 */
static __always_inline bool holds(struct sk_buff *skb, const struct sock *sk, __u32 seq)
{
	const struct sk_buff *first = sk->sk_write_queue.next;
	const struct tcp_skb_cb *segment = (const void *)first->cb;

	if (first->head == skb->head)
		return is_behind(segment->end_seq, seq);
	return header_holds(skb, sk, seq);
}

/* The send() that waits for its first transmission by the socket, if there is one. */
static __always_inline struct latency_send *find_unsent(const struct sock *sk)
{
	__u64 socket = address_of(sk);
	struct latency_send *send = find_send(socket);

	return sk && send->socket == socket && send->state == LATENCY_SEND_WAITS && is_full(sk)
		? send
		: NULL;
}

/* The slot is that of the packet's device, or −1 where that is not one of those wanted. */
static __always_inline void end_send(struct latency_cpu *cpu, struct latency_send *send,
                                     struct sk_buff *skb, int slot, __u64 now)
{
	__u64 tstamp = skb->tstamp, left = now;

	if (slot < 0)
		slot = LATENCY_OTHER;
	/* Later than now: it is told when it is to leave. */
	if (tstamp >= send->sent_nsec && tstamp <= now)
		left = tstamp;
	observe(LATENCY_SOCKET, slot, left - send->sent_nsec);
	count(cpu, LATENCY_SENDS_SENT);
	send->slot = slot;
	barrier();
	send->state = LATENCY_SEND_LEFT;
}
