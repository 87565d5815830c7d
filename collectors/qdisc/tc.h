/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Traffic control objects, qdiscs and classes, as rtnetlink tells of them (tc(8),
 * linux/rtnetlink.h: TCA_…), and their names as tc writes them.
 */
#include <linux/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "collectors/attribute.h"
#include "collectors/netlink.h"

#define TC_KIND_SIZE IFNAMSIZ

/* Which classes a kind of qdisc has. */
enum tc_classes {
	TC_CLASSES_NONE,  /* none, or one that stands for its child and has no statistics */
	TC_CLASSES_FLOWS, /* one for every flow in the queue now: not classes but the queue itself */
	TC_CLASSES_REAL,  /* or not known: a kind that is newer than this program */
};

struct tc_kind;

/* Bytes within the message, NULL for none at all; only 4-byte aligned. */
struct tc_bytes {
	const char *bytes;
	size_t size;
};

/* An attribute's payload; of NULL it is none. */
static inline struct tc_bytes tc_bytes_of(const struct nlattr *attribute)
{
	if (!attribute)
		return (struct tc_bytes){ NULL, 0 };
	return (struct tc_bytes){ attribute_payload(attribute), attribute_size(attribute) };
}

struct tc_object {
	int device_index;
	uint32_t handle; /* of a qdisc, or the class id */
	uint32_t parent;
	uint32_t leaf; /* of a class: the handle of the qdisc attached to it, or 0 */

	char kind[TC_KIND_SIZE]; /* zero to the end */
	size_t kind_length;
	const struct tc_kind *how; /* what is known of the kind (tc_kind.h) */

	bool has_offload, is_offloaded; /* the device does the work */

	/* What the kind says of itself; as long as the message is there. */
	struct tc_bytes options;
	struct tc_bytes xstats;

	/* What the kernel gives. */
	bool has_bytes, has_packets, has_queue, has_requeues, has_backlog_packets;
	uint64_t sent_bytes;
	uint64_t sent_packets;
	uint32_t drops; /* this and the next two: 32 bits in the kernel, they wrap */
	uint32_t overlimits;
	uint32_t requeues;
	uint32_t backlog_bytes;
	uint32_t backlog_packets;
};

/* Parses one RTM_NEWQDISC or RTM_NEWTCLASS. −EBADMSG: not a whole one. */
int tc_object_parse(const struct nlmsghdr *message, struct tc_object *ret_object);

#define TC_HANDLE_SIZE 9 /* "ffff:ffff", not terminated */

/* Writes a handle or class id as tc does: "8001:", "1:10", ":1", "none" for 0. Returns its length. */
size_t tc_handle_format(uint32_t handle, char text[static TC_HANDLE_SIZE]);

/* Writes a qdisc's own handle as tc does, "0:" included. */
size_t tc_qdisc_handle_format(uint32_t handle, char text[static TC_HANDLE_SIZE]);
