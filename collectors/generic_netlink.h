/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Families of generic netlink (linux/genetlink.h): the numbers of a family and of its multicast
 * groups are given out at run time, the same for all network namespaces.
 */
#include <linux/genetlink.h>
#include <stddef.h>
#include <stdint.h>

#include "collectors/netlink.h"

struct generic_family {
	const char *name;  /* asked for */
	const char *group; /* the multicast group asked for, or NULL */
	uint16_t id;       /* message type; 0: not in this kernel */
	uint32_t group_id; /* 0: none */
};

/* Fills in the numbers by one dump. 0, or −errno with the reason filled. */
int generic_families_find(struct netlink *netlink, struct generic_family *families, size_t n);

/* What the messages of a family have before their attributes. */
#define GENERIC_HEADER_SIZE (NLMSG_HDRLEN + GENL_HDRLEN)

/* Sorts the attributes of a message as attributes_sort() does. −EBADMSG when it is too short, too. */
int generic_attributes_sort(const struct nlmsghdr *message, const struct nlattr *table[], size_t n);

/* The command of a message, or 0 when it is too short to have one. */
uint8_t generic_command(const struct nlmsghdr *message);
