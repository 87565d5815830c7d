/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What all samples of all network namespaces have in common, fixed from open to close. */
#include "collectors/owner.h"
#include "collectors/socket/socket_options.h"
#include "collectors/socket/socket_sorting.h"
#include "collectors/socket/socket_table.h"
#include "daemon/collector.h"

struct socket_setup {
	const struct collector_env *env;
	const struct socket_options *options;
	struct socket_sorting sorting;
	struct owner_table *owners;
	struct socket_bound *bound;   /* of the tables of all network namespaces together */
	bool served[SOCK_DIAG_DUMPS]; /* the dump is wanted, and this kernel has it */
};

/* 0 or −errno with the reason; socket_setup_clear() is due in both cases. env must outlive it. */
int socket_setup_init(struct socket_setup *setup, const struct collector_env *env,
                      struct socket_bound *bound);
void socket_setup_clear(struct socket_setup *setup);

/*
 * Finds out which sockets this kernel lists. −EOPNOTSUPP: none. What is missing is said in the
 * reason.
 */
int socket_setup_probe(struct socket_setup *setup, struct netlink *netlink);

/* Whether the protocol's sockets are listed. */
bool socket_setup_lists(const struct socket_setup *setup, enum socket_protocol protocol);
