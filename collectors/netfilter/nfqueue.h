/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Packets that wait for the verdict of a program (NFQUEUE). */
#include "collectors/netfilter/netfilter_target.h"

#define NFQUEUE_NUMBERS 65536

struct nfqueue {
	uint16_t number;
	uint64_t depth;            /* packets that wait */
	uint64_t queue_full_drops; /* more waited than the program had allowed */
	uint64_t userspace_drops;  /* the program's socket took no more */
};

/* Reads a line of /proc/net/netfilter/nfnetlink_queue; false: it is malformed. */
bool nfqueue_parse(const char *line, struct nfqueue *ret_queue);

extern const struct metric_table nfqueue_table, nfqueue_drops_table;

/*
 * Writes the rows of every queue that a program listens to, in the network namespace of the thread.
 * 0, or −errno with the reason: −EOPNOTSUPP without NFQUEUE, −EPERM if it may not be read.
 */
int nfqueue_write(const struct netfilter_target *target);
