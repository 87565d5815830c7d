/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What bpf/drop.bpf.c counts, as both sides see it. */
#ifndef __bpf__
#include <linux/types.h>
#endif

#define DROP_DEVICE_SIZE 16
#define DROP_KEYS        2048 /* that each map has room for */
#define DROP_REASONS     512  /* of the kernel itself, by number: more than there are */
#define DROP_SUMS        1024 /* reasons and origins of what is counted without a device */

/* Whose the packet was. */
enum drop_origin {
	DROP_LOCAL,     /* made here */
	DROP_FORWARDED, /* received, and on its way out again */
	DROP_ORIGINS,
};

/* What a reason alone tells; its number is the kernel's own, its name is not. */
enum drop_class {
	DROP_EITHER,      /* nothing */
	DROP_UNSPECIFIED, /* that nobody gave one: drivers free so what they have sent, too */
	DROP_HOOK,        /* that the packet was at a hook of netfilter */
	DROP_ROUTE,       /* that it was to be sent: by IP or the neighbour table */
	DROP_DEVICE,      /* that it was to be sent: by the device that it had already */
	DROP_NEVER,       /* that it was not */
};

struct drop_classes {
	__u8 by_reason[DROP_REASONS]; /* enum drop_class */
};

/* Key: what was dropped. No holes: all bytes count. */
struct drop_key {
	__u32 reason;
	__u32 origin;
	__u32 netns; /* inode; 0: not known */
	__u32 zero;
	char device[DROP_DEVICE_SIZE]; /* its name, zeros after it; all zeros: it had none yet */
};

/* Key of what had no room there. */
struct drop_sum_key {
	__u32 reason;
	__u32 origin;
};

/* What userspace wants; may change at any time. */
struct drop_settings {
	__u32 active; /* the map that is counted in, 0 or 1; the other one is at rest */
	__u32 netns;  /* count in this network namespace alone; 0: in all */
	__u32 ready;  /* whether the rest is there: nothing is counted before */
	__u32 zero;
};
