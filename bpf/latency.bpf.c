/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Measures how long packets spend in each segment of the way out.
 *
 * Packets are known by the address of their sk_buff, which the kernel uses again at once, so each
 * way to remember one is made such that what is lost is a sample, and never gives a wrong one:
 *  - what happens in one chain of calls is kept per CPU, and compared by address;
 *  - what waits has a word in a table of fixed size, which holds part of the address, the device
 *    and the time. A packet that gets there with the same address and is not looked at clears it;
 *  - a send() has a place in a table by its socket's address, one at a time, until it is acknowledged
 *    or the socket is closed.
 *
 * Each histogram is written by one program alone, of which the kernel never runs two at a time on a
 * CPU; so are the counts. Pointers are turned into numbers by a difference, as the verifier allows
 * no other arithmetic with them.
 *
 * Every packet pays for this. So little is asked of the kernel by calls, the time above all, and its
 * structures are read by their pointers; what the programs share is in global variables. All is
 * inline, because a program with functions is given another stack each time that it runs (6.13).
 */
#include "bpf/latency_send.h"

#define BULK_MAX 64

SEC("fentry/tcp_sendmsg_locked")
int BPF_PROG(send_fentry, struct sock *sk, struct msghdr *message, unsigned long size)
{
	return size ? on_send(sk) : 0;
}

/* 6.16 and later; in each round of a send() that waits for room, of which the first one counts. */
SEC("tp_btf/tcp_sendmsg_locked")
int BPF_PROG(send_tracepoint, struct sock *sk)
{
	return on_send(sk);
}

/* Whether the packet that is queued next on this CPU is looked at, for who meets it before that. */
static __always_inline bool is_next_due(const struct latency_cpu *cpu)
{
	return settings.sampling && cpu->until_queue <= 1;
}

static __always_inline int on_datagram(struct sk_buff *skb)
{
	struct latency_cpu *cpu = get_cpu();

	if (cpu && is_next_due(cpu)) {
		cpu->datagram = address_of(skb);
		cpu->datagram_nsec = bpf_ktime_get_ns();
	}
	return 0;
}

SEC("fentry/udp_send_skb")
int BPF_PROG(datagram_ipv4, struct sk_buff *skb)
{
	return on_datagram(skb);
}

SEC("fentry/udp_v6_send_skb")
int BPF_PROG(datagram_ipv6, struct sk_buff *skb)
{
	return on_datagram(skb);
}

static __always_inline bool is_on_the_way_out(const struct nf_hook_state *state)
{
	return (state->hook == NF_INET_LOCAL_OUT || state->hook == NF_INET_POST_ROUTING) &&
		(state->pf == PF_INET || state->pf == PF_INET6);
}

SEC("fentry/nf_hook_slow")
int BPF_PROG(filter_begin, struct sk_buff *skb, struct nf_hook_state *state)
{
	struct latency_cpu *cpu = get_cpu();
	struct latency_filtering *filtering;
	__u64 address;

	if (!is_on_the_way_out(state) || !cpu || !is_next_due(cpu))
		return 0;
	filtering = &cpu->filtering;
	address = address_of(skb);
	/* A packet meets the hook output first, whatever one of the same address has met. */
	if (filtering->skb != address || state->hook == NF_INET_LOCAL_OUT)
		filtering->sum_nsec = 0;
	filtering->skb = address;
	filtering->state = address_of(state);
	filtering->begun_nsec = bpf_ktime_get_ns();
	return 0;
}

SEC("fexit/nf_hook_slow")
int BPF_PROG(filter_end, struct sk_buff *skb, struct nf_hook_state *state,
             const struct nf_hook_entries *entries, unsigned int first, int verdict)
{
	struct latency_cpu *cpu = get_cpu();
	struct latency_filtering *filtering;

	if (!cpu)
		return 0;
	filtering = &cpu->filtering;
	if (!filtering->begun_nsec || filtering->skb != address_of(skb) ||
	    filtering->state != address_of(state))
		return 0;
	filtering->sum_nsec += bpf_ktime_get_ns() - filtering->begun_nsec;
	filtering->begun_nsec = 0;
	if (verdict != 1)
		filtering->skb = 0; /* it does not go on */
	return 0;
}

static __always_inline void measure_stack(struct latency_cpu *cpu, struct sk_buff *skb,
                                          __u64 address, __u32 slot, __u64 now)
{
	if (cpu->datagram == address && cpu->datagram_nsec) {
		observe(LATENCY_STACK, slot, now - cpu->datagram_nsec);
		cpu->datagram_nsec = 0;
	} else if (has_transmit_time(skb)) {
		__u64 tstamp = skb->tstamp;

		/* At the second device of two that stand upon each other it has been measured. */
		if (cpu->seen == address && cpu->seen_tstamp == tstamp)
			return;
		cpu->seen = address;
		cpu->seen_tstamp = tstamp;
		if (tstamp <= now)
			observe(LATENCY_STACK, slot, now - tstamp);
	}
}

static __always_inline void measure_filtering(struct latency_cpu *cpu, __u64 address, __u32 slot)
{
	struct latency_filtering *filtering = &cpu->filtering;

	if (filtering->skb == address && !filtering->begun_nsec)
		observe(LATENCY_NETFILTER, slot, filtering->sum_nsec);
	filtering->skb = 0;
}

SEC("tp_btf/net_dev_queue")
int BPF_PROG(queue, struct sk_buff *skb)
{
	struct latency_cpu *cpu = get_cpu();
	const struct sock *sk = skb->sk;
	struct latency_send *send;
	__u64 address, now = 0;
	__u32 hardware;
	int slot = -1;
	bool due;

	if (!cpu)
		return 0;
	address = address_of(skb);
	due = is_due(&cpu->until_queue);
	send = find_unsent(sk);
	if (send && !holds(skb, sk, send->seq))
		send = NULL;
	if (due || send) {
		slot = find_slot(skb->dev, &hardware);
		now = bpf_ktime_get_ns();
	}
	if (due && slot >= 0) {
		measure_stack(cpu, skb, address, slot, now);
		measure_filtering(cpu, address, slot);
		begin_queueing(cpu, skb, address, slot, now);
	} else if (take_word(&noted.queued, address)) {
		count(cpu, LATENCY_QUEUED_FORGOTTEN);
	}
	if (send)
		end_send(cpu, send, skb, slot, now);
	return 0;
}

static __always_inline void end_queueing(struct latency_cpu *cpu, struct sk_buff *skb, __u64 *now)
{
	__u64 word = take_queued(skb);

	if (!word)
		return;
	if (!*now)
		*now = bpf_ktime_get_ns();
	observe(LATENCY_QDISC, slot_of(word), age_of(word, *now));
	count(cpu, LATENCY_QUEUED_DEQUEUED);
}

/* Packets may be taken out together, as a list. */
SEC("tp_btf/qdisc_dequeue")
int BPF_PROG(dequeue, struct Qdisc *qdisc, const struct netdev_queue *txq, int n_packets,
             struct sk_buff *skb)
{
	struct latency_cpu *cpu = get_cpu();
	__u64 now = 0;
	int i;

	if (!cpu)
		return 0;
	for (i = 0; i < BULK_MAX && i < n_packets && skb; i++) {
		end_queueing(cpu, skb, &now);
		skb = skb->next;
	}
	if (i == BULK_MAX && i < n_packets)
		count(cpu, LATENCY_BULK_UNSEEN);
	return 0;
}

static __always_inline void end_bypass(struct latency_cpu *cpu, __u64 word)
{
	__u32 slot = slot_of(word);

	if (slot >= LATENCY_DEVICES)
		return;
	cpu->counts.bypassed[slot]++;
	count(cpu, LATENCY_QUEUED_BYPASSED);
}

static __always_inline struct latency_driving *find_driving(struct latency_cpu *cpu, __u64 device)
{
	__u64 index = device * GOLDEN_RATIO >> (64 - LATENCY_DEPTH_BITS);

	asm volatile("%0 &= %1" : "+r"(index) : "i"((1 << LATENCY_DEPTH_BITS) - 1));
	return &cpu->driving[index];
}

/* Returns when that was. */
static __always_inline __u64 begin_driving(struct latency_cpu *cpu, __u64 address,
                                           const struct net_device *dev, __u32 slot)
{
	__u64 device = address_of(dev);
	struct latency_driving *driving = find_driving(cpu, device);

	if (driving->begun_nsec)
		count(cpu, LATENCY_STARTED_OVERWRITTEN);
	count(cpu, LATENCY_STARTED);
	driving->skb = address;
	driving->device = device;
	driving->slot = slot;
	driving->begun_nsec = bpf_ktime_get_ns();
	return driving->begun_nsec;
}

static __always_inline void begin_completion(struct latency_cpu *cpu, __u64 address, __u32 slot,
                                             __u64 now)
{
	count(cpu, LATENCY_COMPLETIONS);
	put_word(cpu, &noted.completing, address, slot, now, LATENCY_COMPLETIONS_OVERWRITTEN,
	         LATENCY_COMPLETIONS_FORGOTTEN);
}

SEC("tp_btf/net_dev_start_xmit")
int BPF_PROG(start, struct sk_buff *skb, struct net_device *dev)
{
	struct latency_cpu *cpu = get_cpu();
	__u64 address, word, now = 0;
	__u32 hardware = 0;
	int slot = -1;

	if (!cpu)
		return 0;
	address = address_of(skb);
	word = take_queued(skb);
	if (word)
		end_bypass(cpu, word);
	if (is_due(&cpu->until_start))
		slot = find_slot(dev, &hardware);
	if (slot >= 0)
		now = begin_driving(cpu, address, dev, slot);
	if (!settings.completions)
		return 0;
	if (hardware)
		begin_completion(cpu, address, slot, now);
	else if (take_word(&noted.completing, address))
		count(cpu, LATENCY_COMPLETIONS_FORGOTTEN);
	return 0;
}

/* The packet may be gone by now: only its address is looked at. */
SEC("tp_btf/net_dev_xmit")
int BPF_PROG(started, struct sk_buff *skb, int result, struct net_device *dev)
{
	struct latency_cpu *cpu = get_cpu();
	struct latency_driving *driving;
	__u64 address, device;

	if (!cpu)
		return 0;
	address = address_of(skb);
	device = address_of(dev);
	driving = find_driving(cpu, device);
	if (!driving->begun_nsec || driving->skb != address || driving->device != device)
		return 0;
	if (result != NETDEV_TX_BUSY)
		observe(LATENCY_DRIVER, driving->slot, bpf_ktime_get_ns() - driving->begun_nsec);
	driving->begun_nsec = 0;
	count(cpu, LATENCY_STARTED_ENDED);
	if (result && settings.completions && take_word(&noted.completing, address))
		count(cpu, LATENCY_COMPLETIONS_REFUSED);
	return 0;
}

/* A driver that is done with a packet gives it up so; as does everybody else who has received one. */
SEC("tp_btf/consume_skb")
int BPF_PROG(complete, struct sk_buff *skb)
{
	__u64 word = take_word(&noted.completing, address_of(skb));
	struct latency_cpu *cpu = get_cpu();

	if (!word || !cpu)
		return 0;
	observe(LATENCY_NIC, slot_of(word), age_of(word, bpf_ktime_get_ns()));
	count(cpu, LATENCY_COMPLETIONS_DONE);
	return 0;
}

/*
 * What is dropped has not waited for anything. A packet that a driver frees so after it has taken it
 * was sent, all the same: many drivers make no difference.
 */
SEC("tp_btf/kfree_skb")
int BPF_PROG(drop, struct sk_buff *skb)
{
	__u64 address = address_of(skb), queued = take_queued(skb);
	__u64 completing = take_word(&noted.completing, address);
	struct latency_cpu *cpu = get_cpu();
	struct latency_driving *driving;

	if (!cpu)
		return 0;
	if (queued)
		count(cpu, LATENCY_QUEUED_DROPPED);
	if (!completing)
		return 0;
	driving = find_driving(cpu, address_of(skb->dev));
	if (driving->begun_nsec && driving->skb == address) {
		count(cpu, LATENCY_COMPLETIONS_DROPPED);
		return 0;
	}
	observe(LATENCY_NIC_FREED, slot_of(completing), age_of(completing, bpf_ktime_get_ns()));
	count(cpu, LATENCY_COMPLETIONS_FREED);
	return 0;
}

SEC("tp_btf/tcp_probe")
int BPF_PROG(acknowledge, struct sock *sk, struct sk_buff *skb)
{
	const struct tcp_skb_cb *segment = (const void *)skb->cb;
	__u64 socket = address_of(sk);
	struct latency_send *send = find_send(socket);
	struct latency_cpu *cpu = get_cpu();

	if (!cpu || send->socket != socket || send->state != LATENCY_SEND_LEFT ||
	    !is_behind(segment->ack_seq, send->seq))
		return 0;
	observe(LATENCY_ACK, send->slot, bpf_ktime_get_ns() - send->sent_nsec);
	count(cpu, LATENCY_SENDS_ACKED);
	give_up_send(send, socket);
	return 0;
}

/* Another one may have its address next. */
SEC("tp_btf/tcp_destroy_sock")
int BPF_PROG(destroy, struct sock *sk)
{
	__u64 socket = address_of(sk);
	struct latency_send *send = find_send(socket);
	struct latency_cpu *cpu = get_cpu();

	if (!cpu || send->socket != socket)
		return 0;
	count(cpu,
	      send->state == LATENCY_SEND_WAITS ? LATENCY_SENDS_CLOSED_UNSENT
	                                        : LATENCY_SENDS_CLOSED);
	give_up_send(send, socket);
	return 0;
}

char licence[] SEC("license") = "GPL";
