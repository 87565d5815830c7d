/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What bpf/latency.bpf.c measures, as both sides see it. */
#ifndef __bpf__
#include <linux/types.h>
#endif

/* The way of a packet, in its order; what it waits in. */
enum latency_segment {
	LATENCY_SOCKET,    /* send() to TCP's first transmission of its first byte */
	LATENCY_STACK,     /* TCP's transmission, or UDP's, to the device's queue */
	LATENCY_NETFILTER, /* in the hooks output and postrouting, together */
	LATENCY_QDISC,     /* in the device's queue, of packets that were queued */
	LATENCY_DRIVER,    /* in ndo_start_xmit() */
	LATENCY_NIC,       /* from there to completion; of hardware alone */
	LATENCY_ACK,       /* send() to the acknowledgement of its first byte */
	LATENCY_SEGMENTS,
};

/*
 * Buckets end at powers of two of a second, from 2^-22 to 2^5, and the last one at infinity. There is
 * room for 32, so that an index can be masked.
 */
#define LATENCY_FIRST_EXPONENT (-22)
#define LATENCY_BOUNDS         28
#define LATENCY_BUCKETS        (LATENCY_BOUNDS + 1)
#define LATENCY_BUCKETS_ROOM   32

/*
 * A segment of a device on a CPU. One program alone writes it, and never twice at a time: it begins
 * with the bucket, and ends with the number of all. The kernel copies ascending, so that a copy in
 * which the buckets make up that number is of one moment.
 */
struct latency_element {
	__u64 n;
	__u64 sum_nsec;
	__u64 buckets[LATENCY_BUCKETS_ROOM];
};

/* Devices that are told apart have a slot each; all others share one. */
#define LATENCY_SLOTS   64
#define LATENCY_OTHER   LATENCY_SLOTS
#define LATENCY_DEVICES (LATENCY_SLOTS + 1)

/*
 * Histograms are in the order of segments, and there of slots. Completions have a second one: of the
 * drivers that free a packet which was sent like one that is dropped.
 */
#define LATENCY_NIC_FREED LATENCY_SEGMENTS
#define LATENCY_ELEMENTS  ((LATENCY_SEGMENTS + 1) * LATENCY_DEVICES)

/* A slot's key: inode of the network namespace and ifindex, which are never 0; or one of these. */
#define LATENCY_FREE  0 /* and nobody has had it: what is looked for is not behind it */
#define LATENCY_GIVEN 1 /* up by who had it */

struct latency_device {
	__u64 key;
	__u32 generation; /* when it was last seen */
	__u32 hardware;   /* whether there is a device of the machine behind it */
	char name[16];    /* as it was then */
};

struct latency_devices {
	struct latency_device slots[LATENCY_SLOTS];
	__u64 n_used;
};

/* What userspace wants. */
struct latency_settings {
	__u32 netns;       /* of devices and sockets that are looked at; 0: all */
	__u32 max_devices; /* at most LATENCY_SLOTS - 2 */
	__u32 one_in;      /* packet is sampled, at least 1 */
	__u32 completions; /* whether they are looked for */
	__u32 generation;  /* devices seen in an older one are looked at again */
	__u32 sampling;    /* 0: nothing new is begun */
};

enum latency_send_state {
	LATENCY_NO_SEND,
	LATENCY_SEND_WAITS, /* for its first transmission */
	LATENCY_SEND_LEFT,  /* and waits to be acknowledged */
};

/* A send() that is looked at. */
struct latency_send {
	__u64 socket; /* its address; 0: free */
	__u64 sent_nsec;
	__u32 seq;  /* of its first byte */
	__u32 slot; /* of the device that it left by */
	__u32 state;
	__u32 zero;
};

/* Each by what its socket's address hashes to. */
#define LATENCY_SENDS_BITS 12

struct latency_sends {
	struct latency_send sends[1 << LATENCY_SENDS_BITS];
};

/* Packets that wait, each by what its address hashes to; words are as in latency.bpf.c. */
#define LATENCY_WAITING_BITS 14

struct latency_waiting {
	__u64 words[1 << LATENCY_WAITING_BITS];
};

/* What has been begun and has not ended, on any CPU. */
struct latency_noted {
	struct latency_waiting queued, completing;
	struct latency_sends sends;
};

/* What a program leaves for another one on the same CPU, of one packet at a time. */

/* In the hooks of netfilter. */
struct latency_filtering {
	__u64 skb, state;
	__u64 begun_nsec; /* in a hook that it is in now, or 0 */
	__u64 sum_nsec;
};

/* In a driver's ndo_start_xmit(). */
struct latency_driving {
	__u64 skb, device;
	__u64 begun_nsec; /* 0: none */
	__u64 slot;
};

/* Devices that stand upon others have a packet in each of them. */
#define LATENCY_DEPTH_BITS 3

/* Each is counted per CPU by one program alone. */
enum latency_count {
	LATENCY_SENDS,           /* send()s that are looked at */
	LATENCY_SENDS_CROWDED,   /* not looked at, as another socket's is where they belong */
	LATENCY_SENDS_UNTRACKED, /* nor for want of memory */
	LATENCY_SENDS_UNCLEAR,   /* nor by timestamps, which do not tell their times */
	LATENCY_SENDS_SENT,
	LATENCY_SENDS_ACKED,
	LATENCY_SENDS_CLOSED,        /* the socket is, before that */
	LATENCY_SENDS_CLOSED_UNSENT, /* and before it has sent it */
	LATENCY_QUEUED,              /* packets at a device's queue that are looked at */
	LATENCY_QUEUED_OVERWRITTEN,  /* of those, by another packet */
	LATENCY_QUEUED_FORGOTTEN,    /* of those, come back as another one */
	LATENCY_QUEUED_DEQUEUED,
	LATENCY_QUEUED_BYPASSED,
	LATENCY_QUEUED_DROPPED,
	LATENCY_BULK_UNSEEN, /* packets taken from a queue that were too many at once */
	LATENCY_STARTED,     /* packets given to a driver that are looked at */
	LATENCY_STARTED_OVERWRITTEN,
	LATENCY_STARTED_ENDED,
	LATENCY_COMPLETIONS, /* packets of hardware that are looked at */
	LATENCY_COMPLETIONS_OVERWRITTEN,
	LATENCY_COMPLETIONS_FORGOTTEN,
	LATENCY_COMPLETIONS_REFUSED,
	LATENCY_COMPLETIONS_DONE,
	LATENCY_COMPLETIONS_FREED,
	LATENCY_COMPLETIONS_DROPPED,
	LATENCY_COUNTS,
};

struct latency_counts {
	__u64 n[LATENCY_COUNTS];
	__u64 bypassed[LATENCY_DEVICES]; /* packets that met no queue, of those looked at */
};

/* All of a CPU but its histograms; what one program uses is together, as far as may be. */
struct latency_cpu {
	struct latency_counts counts;               /* alone is kept from one burst to the next */
	__u64 until_send, until_start, until_queue; /* packets until one is looked at */
	__u64 datagram, datagram_nsec;              /* UDP's that is on its way down */
	__u64 seen, seen_tstamp; /* TCP's that has been measured at its first device */
	struct latency_filtering filtering;
	struct latency_driving driving[1 << LATENCY_DEPTH_BITS];
};

#define LATENCY_LAST_BOUND 32000000000ULL

/* The bounds in whole nanoseconds: no whole number lies between one and the power that it is of. */
#define LATENCY_BOUND_TABLE                                                                     \
	{                                                                                       \
		238, 476, 953, 1907, 3814, 7629, 15258, 30517, 61035, 122070, 244140, 488281,   \
			976562, 1953125, 3906250, 7812500, 15625000, 31250000, 62500000,        \
			125000000, 250000000, 500000000, 1000000000, 2000000000, 4000000000ULL, \
			8000000000ULL, 16000000000ULL, LATENCY_LAST_BOUND                       \
	}

/*
 * log2, rounded down, of numbers below 2^29: all bits below their first one are set as well, and the
 * highest five bits of the product with this factor, which was found by trying, are different for
 * each of them.
 */
#define LATENCY_LOG2_FACTOR 0x07dcb531U
#define LATENCY_LOG2_SHIFT  27
#define LATENCY_LOG2_TABLE                                                                       \
	{                                                                                        \
		0, 27, 1, 28, 13, 23, 2, 0, 21, 19, 14, 24, 16, 9, 3, 0, 26, 12, 22, 20, 18, 15, \
			8, 25, 11, 17, 7, 10, 6, 5, 4, 0                                         \
	}

struct latency_scale {
	__u64 bounds[LATENCY_BUCKETS_ROOM];
	__u8 log2s[LATENCY_BUCKETS_ROOM];
};

#define LATENCY_SCALE                                   \
	{                                               \
		LATENCY_BOUND_TABLE, LATENCY_LOG2_TABLE \
	}

/*
 * The bucket of a time: the first whose bound is not below it. A bound of 2^e seconds is about
 * 2^(e + 29.9) ns, and log2 of a time, rounded down, says which two bounds it can lie between. There
 * is nothing to guess for the processor: times differ from one to the next, and a wrong guess would
 * take longer than all of this.
 */
static inline __u32 latency_bucket(__u64 nsec, const struct latency_scale *scale)
{
	__u64 bits = nsec >> 7, bucket;

	if (nsec > LATENCY_LAST_BOUND)
		return LATENCY_BOUNDS;
	bits |= bits >> 1;
	bits |= bits >> 2;
	bits |= bits >> 4;
	bits |= bits >> 8;
	bits |= bits >> 16;
	bucket = scale->log2s[(__u32)bits * LATENCY_LOG2_FACTOR >> LATENCY_LOG2_SHIFT];
#ifdef __bpf__
	asm volatile("%0 &= 31" : "+r"(bucket)); /* for the verifier, which cannot know */
#endif
	return (__u32)(bucket + ((scale->bounds[bucket] - nsec) >> 63));
}
