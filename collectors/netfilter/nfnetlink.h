/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What the dumps of nfnetlink (linux/netfilter/nfnetlink.h) have in common. */
#include <linux/netfilter/nfnetlink.h>

#include "collectors/netlink.h"

/* The type of a message of a subsystem. */
#define NFNETLINK_TYPE(subsystem, message) ((uint16_t)((subsystem) << 8 | (message)))

/*
 * Dumps what one number selects: the request is name and type, family, and the number as its only
 * attribute. As netlink_dump(), but for what the kernel lacks: −EOPNOTSUPP, and −EPERM without
 * CAP_NET_ADMIN, which nfnetlink wants for every question.
 */
struct nfnetlink_question {
	const char *name;
	uint16_t type;
	uint8_t family;
	uint16_t attribute;
	uint32_t number;
};

int nfnetlink_dump(struct netlink *netlink, const struct nfnetlink_question *question,
                   netlink_message_fn take, void *context, struct reason *reason);

/*
 * Sorts a message's attributes into table, as attributes_sort() does; −EBADMSG also when it is not
 * of the type.
 */
int nfnetlink_sort(const struct nlmsghdr *message, uint16_t type, const struct nlattr *table[],
                   size_t n);

/* An attribute's number in network order: false when it is not there, or of another length. */
bool nfnetlink_number(const struct nlattr *attribute, uint32_t *ret_number);
bool nfnetlink_number64(const struct nlattr *attribute, uint64_t *ret_number);
