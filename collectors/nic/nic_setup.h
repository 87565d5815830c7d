/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What is the same in all network namespaces: the options made ready, and what the kernel can. */
#include "collectors/generic_netlink.h"
#include "collectors/nic/ethtool_ioctl.h"
#include "collectors/nic/name_patterns.h"
#include "collectors/nic/nic_options.h"
#include "collectors/nic/nic_settings.h"
#include "collectors/nic/queue_files.h"

enum nic_family {
	NIC_FAMILY_ETHTOOL,
	NIC_FAMILY_NETDEV,
	NIC_FAMILIES,
};

/* A feature that is exported. */
struct nic_feature {
	unsigned number; /* below NIC_FEATURES_MAX */
	char name[ETH_GSTRING_LEN + 1];
};

struct nic_setup {
	const struct collector_env *env;
	const struct nic_options *options;
	struct name_patterns devices, exclude_devices, driver_statistics;
	struct generic_family families[NIC_FAMILIES];
	struct nic_feature features[NIC_FEATURES_MAX];
	size_t n_features;
	unsigned by_ioctl; /* bits of the commands that netlink does not have here */
	struct queue_budget budget;
	uint64_t tick_nsec; /* of the kernel's timer */
};

/* Fills the zeroed setup. 0, or −errno with the reason filled; either way it is to be cleared. */
int nic_setup_init(struct nic_setup *setup, const struct collector_env *env);
void nic_setup_clear(struct nic_setup *setup);

/* Whether the options want the device, whatever its kind. */
bool nic_setup_wants(const struct nic_setup *setup, const char *device);
