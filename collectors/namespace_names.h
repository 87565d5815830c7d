/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What network namespaces are called, for who is told of them by their inodes: programs in the
 * kernel see all of them at once, and need not enter any. As far as the option "namespaces" wants
 * them, and limits.max_namespaces lets them have names of their own.
 */
#include <linux/capability.h>
#include <stdbool.h>
#include <stdint.h>

#include "daemon/collector.h"

/* To find those that have no name of their own, as a collector's namespace_capabilities. */
#define NAMESPACE_NAMES_CAPABILITIES (UINT64_C(1) << CAP_SYS_PTRACE)

struct namespace_names;

/* 0, or −errno with the reason filled. The names are the env's, which must outlive them. */
int namespace_names_open(const struct collector_env *env, struct namespace_names **ret_names);
void namespace_names_close(struct namespace_names *names);
DEFINE_CLEANUP(struct namespace_names, namespace_names_close)

/* The inode of our own, if no other one is wanted, else 0: what programs need to look at. */
uint64_t namespace_names_only(const struct namespace_names *names);

/*
 * The label of the namespace: absent for our own, "(other)" for one that is wanted but has no name
 * that we know; valid until the next call. false: it is not wanted. One that is not known is looked
 * for, not more often than every 5 seconds. Keeps the tally of namespaces.
 */
bool namespace_names_find(struct namespace_names *names, uint64_t inode, struct label *ret_label);

/* What cannot be looked for, or an empty string. */
const char *namespace_names_lack(const struct namespace_names *names);
