/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What bpf/retransmit.bpf.c counts, as both sides see it. */
#ifndef __bpf__
#include <linux/types.h>
#endif

#define RETRANSMIT_COMM_SIZE 16
#define RETRANSMIT_OWNERS    2048 /* that each map has room for */

/* Why a packet was sent again. */
enum retransmit_kind {
	RETRANSMIT_SYN,        /* a connection's first packet, not answered */
	RETRANSMIT_SYNACK,     /* the answer to one, not acknowledged */
	RETRANSMIT_TIMEOUT,    /* the first of a retransmission timeout */
	RETRANSMIT_SLOW_START, /* the others after one */
	RETRANSMIT_FAST,       /* in recovery: acknowledgements told the loss */
	RETRANSMIT_LOSS_PROBE, /* the last packet once more, to provoke an acknowledgement */
	RETRANSMIT_OTHER,
	RETRANSMIT_KINDS,
};

/* Key: whose the socket is. No holes: all bytes count. */
struct retransmit_owner {
	__u64 cgroup; /* id */
	__u32 netns;  /* inode */
	__u32 zero;
	char comm[RETRANSMIT_COMM_SIZE]; /* all zeros where it is not wanted or not known */
};

struct retransmit_counts {
	__u64 packets[RETRANSMIT_KINDS];
	__u64 segments[RETRANSMIT_KINDS];
};

/* What userspace wants; may change at any time. */
struct retransmit_settings {
	__u32 active; /* the map of owners that is counted in, 0 or 1; the other one is at rest */
	__u32 netns;  /* count in this network namespace alone; 0: in all */
	__u32 comm;   /* whether owners are told apart by comm */
};

/* What had no room: counted in all the same, as nobody's. */
struct retransmit_overflow {
	struct retransmit_counts counts;
	__u64 n_storage_failures; /* sockets that could not be remembered */
};
