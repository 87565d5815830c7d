/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Below latency.bpf.c, and for it alone: packets that wait, by address or by time. */
#include "bpf/latency_maps.h"

struct latency_noted noted; /* alone in .bss, which is a map as well */

/* As its distance from something of ours, the same for all programs. */
static __always_inline __u64 address_of(const void *pointer)
{
	const void *from = &noted;
	__u64 distance;

	asm volatile("%0 = %1\n\t%0 -= %2" : "=&r"(distance) : "r"(pointer), "r"(from));
	return distance;
}

/*
 * A word of the tables of those that wait: tag, slot of the device, time. The tables are emptied
 * before each burst, so that no word is older than that.
 */
#define TIME_BITS    37 /* of nanoseconds: 137 s */
#define TIME_MASK    ((1ULL << TIME_BITS) - 1)
#define SLOT_BITS    7
#define SLOT_MASK    ((1ULL << SLOT_BITS) - 1)
#define TAG_SHIFT    (TIME_BITS + SLOT_BITS)
#define TAG_MASK     ((1ULL << (64 - TAG_SHIFT)) - 1)

#define SINGLE_BYTES 256 /* a packet that stands for many is larger, and so is each of them */

/* The word of a packet that waits, which may be another's. */
static __always_inline __u64 *find_word(struct latency_waiting *waiting, __u64 skb, __u64 *ret_tag)
{
	__u64 hash = skb * GOLDEN_RATIO, index = hash >> (64 - LATENCY_WAITING_BITS);

	*ret_tag = hash >> (64 - LATENCY_WAITING_BITS - (64 - TAG_SHIFT)) & TAG_MASK;
	asm volatile("%0 &= %1" : "+r"(index) : "i"((1 << LATENCY_WAITING_BITS) - 1));
	return &waiting->words[index];
}

/* Takes the packet's word out of the table; 0: it has none. */
static __always_inline __u64 take_word(struct latency_waiting *waiting, __u64 skb)
{
	__u64 tag, *word = find_word(waiting, skb, &tag), value;

	value = *word;
	if (!value || value >> TAG_SHIFT != tag)
		return 0;
	*word = 0;
	return value;
}

/* Puts the packet's word there. What it has replaced is lost, for one of the two reasons. */
static __always_inline void put_word(struct latency_cpu *cpu, struct latency_waiting *waiting,
                                     __u64 skb, __u32 slot, __u64 now,
                                     enum latency_count overwritten, enum latency_count forgotten)
{
	__u64 tag, *word = find_word(waiting, skb, &tag), before;

	before = *word;
	*word = tag << TAG_SHIFT | (__u64)slot << TIME_BITS | (now & TIME_MASK);
	if (before)
		count(cpu, before >> TAG_SHIFT == tag ? forgotten : overwritten);
}

static __always_inline __u32 slot_of(__u64 word)
{
	return word >> TIME_BITS & SLOT_MASK;
}

static __always_inline __u64 age_of(__u64 word, __u64 now)
{
	return (now - word) & TIME_MASK;
}

static __always_inline bool is_full(const struct sock *sk)
{
	__u8 state = sk->__sk_common.skc_state;

	return state != TCP_TIME_WAIT && state != TCP_NEW_SYN_RECV;
}

/*
 * TCP notes in a packet when it transmits it, on our clock; an acknowledgement alone may have an
 * older time there, and has this size.
 */
static __always_inline bool has_transmit_time(struct sk_buff *skb)
{
	struct sock *sk = skb->sk;

	return skb->tstamp > 0 && skb->truesize != 2 && sk && is_full(sk) &&
		sk->sk_protocol == IPPROTO_TCP;
}

/*
 * A qdisc may split a packet that stands for many (tbf, cake): what comes out has other addresses and
 * the same time. So such a packet is noted by that time, with which TCP gives several packets to the
 * queue at once: the first one of those in is the first one out.
 */
static __always_inline __u64 split_key(struct sk_buff *skb)
{
	struct skb_shared_info *shared;

	if (skb->len <= SINGLE_BYTES || !has_transmit_time(skb))
		return 0;
	shared = (void *)(skb->head + skb->end);
	if (!BPF_CORE_READ(shared, gso_size))
		return 0;
	return skb->tstamp;
}

static __always_inline bool is_noted(struct latency_waiting *waiting, __u64 key)
{
	__u64 tag, *word = find_word(waiting, key, &tag);

	return *word && *word >> TAG_SHIFT == tag;
}

static __always_inline void begin_queueing(struct latency_cpu *cpu, struct sk_buff *skb,
                                           __u64 address, __u32 slot, __u64 now)
{
	__u64 key = split_key(skb);

	if (key && is_noted(&noted.queued, key))
		return;
	count(cpu, LATENCY_QUEUED);
	put_word(cpu, &noted.queued, key ? key : address, slot, now, LATENCY_QUEUED_OVERWRITTEN,
	         LATENCY_QUEUED_FORGOTTEN);
}

/* The word of a packet that leaves the queue, or of what it was split from. */
static __always_inline __u64 take_queued(struct sk_buff *skb)
{
	__u64 word = take_word(&noted.queued, address_of(skb));

	if (!word && skb->len > SINGLE_BYTES && skb->tstamp > 0)
		word = take_word(&noted.queued, skb->tstamp);
	return word;
}
