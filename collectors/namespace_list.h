/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Which other network namespaces there are: those with a name in /run/netns, and those that
 * processes are in (/proc/PID/ns/net, namespaces(7)). One that only threads, sockets or descriptors
 * hold is not found.
 *
 * They are as many as the kernel lets there be (user.max_net_namespaces): what bounds a list is
 * whoever takes from it.
 */
#include "collectors/namespace_place.h"
#include "config/option.h"
#include "daemon/reason.h"

struct namespace_list {
	struct namespace_place *places; /* ascending by inode, each one once */
	size_t n_places;
	size_t n_allocated;
	struct reason lack; /* what could not be seen, or is empty */
};

/*
 * Fills the list anew with what the option "namespaces" wants: of several names of one inode the
 * first in the order of bytes, and a name rather than a process. Our own namespace is not in it. 0
 * or −errno with the reason filled, and an incomplete list.
 */
int namespace_list_read(struct namespace_list *list, const struct choice_or_strings *wanted,
                        const struct namespace_roots *roots, struct reason *reason);

/* The place of this inode, or NULL. */
struct namespace_place *namespace_list_find(const struct namespace_list *list, uint64_t inode);

/* Frees everything; the list is as good as zeroed then. */
void namespace_list_clear(struct namespace_list *list);
