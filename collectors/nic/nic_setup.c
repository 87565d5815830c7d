/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "collectors/nic/nic_setup.h"

#include <errno.h>
#include <linux/ethtool_netlink.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

/* The part of all descriptors that files may take. */
#define FILES_SHARE 4

static int init_patterns(struct nic_setup *setup, struct reason *reason)
{
	const struct nic_options *options = setup->options;
	int error = name_patterns_init(&setup->devices, &options->devices, reason);

	if (!error)
		error = name_patterns_init(&setup->exclude_devices, &options->exclude_devices,
		                           reason);
	if (!error)
		error = name_patterns_init(&setup->driver_statistics, &options->driver_statistics,
		                           reason);
	return error;
}

/* The kernel's names of features, which are the same for every device; the loopback has them. */
static int find_features(struct nic_setup *setup, struct reason *reason)
{
	struct name_patterns wanted = { 0 };
	struct ethtool_ioctl io cleanup(ethtool_ioctl_close) = ETHTOOL_IOCTL_CLOSED;
	const char *names = NULL;
	uint32_t n = 0;
	int error = name_patterns_init(&wanted, &setup->options->features, reason);

	if (!error)
		error = ethtool_ioctl_open(&io, NULL, reason);
	if (!error && ethtool_ioctl_strings(&io, "lo", ETH_SS_FEATURES, &names, &n) < 0)
		n = 0;
	for (unsigned i = 0; !error && i < n && i < NIC_FEATURES_MAX; i++) {
		struct nic_feature *feature = &setup->features[setup->n_features];

		feature->number = i;
		memcpy(feature->name, names + (size_t)i * ETH_GSTRING_LEN, ETH_GSTRING_LEN);
		setup->n_features += name_patterns_match(&wanted, feature->name);
	}
	name_patterns_clear(&wanted);
	return error;
}

/* Without generic netlink everything goes by ioctl, and nothing is noticed before its time. */
static int find_families(struct nic_setup *setup)
{
	struct netlink *netlink cleanup(netlink_close) = NULL;
	int error;

	setup->families[NIC_FAMILY_ETHTOOL].name = ETHTOOL_GENL_NAME;
	setup->families[NIC_FAMILY_ETHTOOL].group = ETHTOOL_MCGRP_MONITOR_NAME;
	setup->families[NIC_FAMILY_NETDEV].name = "netdev";
	error = netlink_open(setup->env, NETLINK_GENERIC, 0, &netlink);
	if (!error)
		error = generic_families_find(netlink, setup->families, NIC_FAMILIES);
	if (error && error != -EOPNOTSUPP)
		return error;
	if (!setup->families[NIC_FAMILY_ETHTOOL].id)
		setup->by_ioctl = NIC_COMMANDS_ALL;
	return 0;
}

int nic_setup_init(struct nic_setup *setup, const struct collector_env *env)
{
	struct timespec tick = { 0 };
	struct rlimit limit;
	int error;

	setup->env = env;
	setup->options = env->options;
	setup->budget.max = setup->options->max_open_files;
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 &&
	    limit.rlim_cur / FILES_SHARE < setup->budget.max)
		setup->budget.max = limit.rlim_cur / FILES_SHARE;
	/* The coarse clocks move once a tick. */
	(void)clock_getres(CLOCK_MONOTONIC_COARSE, &tick);
	setup->tick_nsec = (uint64_t)tick.tv_nsec;
	error = init_patterns(setup, env->reason);
	if (!error)
		error = find_features(setup, env->reason);
	return error ? error : find_families(setup);
}

void nic_setup_clear(struct nic_setup *setup)
{
	name_patterns_clear(&setup->devices);
	name_patterns_clear(&setup->exclude_devices);
	name_patterns_clear(&setup->driver_statistics);
}

bool nic_setup_wants(const struct nic_setup *setup, const char *device)
{
	return (setup->devices.n == 0 || name_patterns_match(&setup->devices, device)) &&
		!name_patterns_match(&setup->exclude_devices, device);
}
