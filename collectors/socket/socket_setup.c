/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "collectors/socket/socket_setup.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int socket_setup_init(struct socket_setup *setup, const struct collector_env *env,
                      struct socket_bound *bound)
{
	const struct socket_options *options = env->options;

	*setup = (struct socket_setup){ .env = env, .options = options, .bound = bound };
	*bound = (struct socket_bound){ .max = options->max_sockets };
	if (socket_sorting_init(&setup->sorting, &options->group_by, &options->ports,
	                        &options->peers) < 0)
		return reason_set(env->reason, -ENOMEM, "out of memory");
	return owner_table_open(env, &options->unit_groups, &setup->owners);
}

void socket_setup_clear(struct socket_setup *setup)
{
	socket_sorting_clear(&setup->sorting);
	owner_table_close(setup->owners);
	setup->owners = NULL;
}

/* What the kernel is to be built with, for each protocol. */
static const struct {
	const char *name;
	const char *configuration;
} needs[SOCKET_PROTOCOLS] = {
	[SOCKET_TCP] = { "TCP", "CONFIG_INET_TCP_DIAG" },
	[SOCKET_UDP] = { "UDP", "CONFIG_INET_UDP_DIAG" },
	[SOCKET_MPTCP] = { "MPTCP", "CONFIG_INET_MPTCP_DIAG" },
	[SOCKET_UNIX] = { "Unix", "CONFIG_UNIX_DIAG" },
};

/* Appends a sentence to the reason, for what is gone without. */
static void lack(const struct socket_setup *setup, enum socket_protocol protocol)
{
	struct reason before = *setup->env->reason;

	(void)reason_set(setup->env->reason, 0, "%s%sthis kernel lists no %s sockets (%s)",
	                 before.text, before.text[0] ? "; " : "", needs[protocol].name,
	                 needs[protocol].configuration);
}

/* 1: the kernel has every dump of the protocol, 0: it has not, −errno. */
static int probe(struct netlink *netlink, enum socket_protocol protocol)
{
	for (unsigned dump = 0; dump < SOCK_DIAG_DUMPS; dump++) {
		int error = sock_diag_protocol[dump] == protocol ? sock_diag_probe(netlink, dump)
								 : 0;

		if (error == -ENOENT || error == -EOPNOTSUPP || error == -EINVAL)
			return 0;
		if (error < 0)
			return error;
	}
	return 1;
}

/* A protocol of which one family cannot be listed is left out: half of it would pass for all. */
int socket_setup_probe(struct socket_setup *setup, struct netlink *netlink)
{
	const struct reason before = *setup->env->reason;
	unsigned n_served = 0, missing = 0;

	for (unsigned protocol = 0; protocol < SOCKET_PROTOCOLS; protocol++) {
		const bool wanted = protocol != SOCKET_UNIX || setup->options->unix_sockets;
		int found = wanted ? probe(netlink, protocol) : 0;

		if (found < 0)
			return found;
		for (unsigned dump = 0; dump < SOCK_DIAG_DUMPS; dump++)
			if (sock_diag_protocol[dump] == protocol)
				setup->served[dump] = found;
		n_served += (unsigned)found;
		if (wanted && !found)
			missing |= 1U << protocol;
	}
	*setup->env->reason = before;
	for (unsigned protocol = 0; protocol < SOCKET_PROTOCOLS; protocol++)
		if (missing >> protocol & 1)
			lack(setup, protocol);
	return n_served ? 0 : -EOPNOTSUPP;
}

bool socket_setup_lists(const struct socket_setup *setup, enum socket_protocol protocol)
{
	for (unsigned dump = 0; dump < SOCK_DIAG_DUMPS; dump++)
		if (sock_diag_protocol[dump] == protocol)
			return setup->served[dump];
	return false;
}
