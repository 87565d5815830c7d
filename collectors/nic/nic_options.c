/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "collectors/nic/nic_options.h"

#include "collectors/nic/name_patterns.h"
#include "daemon/clock.h"

const struct option nic_option_table[] = {
	{
		.name = "devices",
		.help = "Devices that are told of: POSIX extended regular expressions for their names, of which one must match. Empty: all.",
		.type = OPTION_STRINGS,
		.offset = offsetof(struct nic_options, devices),
		.fallback = "[]",
		.max = 64,
		.check = name_pattern_check,
	},
	{
		.name = "exclude_devices",
		.help = "Devices that are not told of, even if devices has them.",
		.type = OPTION_STRINGS,
		.offset = offsetof(struct nic_options, exclude_devices),
		.fallback = "[]",
		.max = 64,
		.check = name_pattern_check,
	},
	{
		.name = "max_devices",
		.help = "Virtual devices of the kinds that containers have (veth, tun, macvlan, macvtap, ipvlan, ipvtap, ifb, dummy, netkit, netdevsim) that are told of in each network namespace, those with the lowest indexes; there is no bound for others.",
		.type = OPTION_INTEGER,
		.offset = offsetof(struct nic_options, max_devices),
		.fallback = "200",
		.min = 0,
		.max = 100000,
	},
	{
		.name = "features",
		.help = "Features of devices that are told of: POSIX extended regular expressions for their names as ethtool -k --show-features prints them of the kernel.",
		.type = OPTION_STRINGS,
		.offset = offsetof(struct nic_options, features),
		.fallback =
			"[\"^tx-checksum-ip\", \"^tx-scatter-gather$\", \"^tx-(tcp|tcp6|generic|udp)-segmentation$\"]",
		.max = 64,
		.check = name_pattern_check,
	},
	{
		.name = "driver_statistics",
		.help = "Statistics of drivers (ethtool -S) that are told of as they are: POSIX extended regular expressions for their names.",
		.type = OPTION_STRINGS,
		.offset = offsetof(struct nic_options, driver_statistics),
		.fallback = "[]",
		.max = 64,
		.check = name_pattern_check,
	},
	{
		.name = "settings_interval",
		.help = "How often settings are read without a notification that they have changed.",
		.type = OPTION_DURATION,
		.offset = offsetof(struct nic_options, settings_interval_usec),
		.fallback = "\"60s\"",
		.min = USEC_PER_SEC,
		.max = 24 * 3600 * USEC_PER_SEC,
	},
	{
		.name = "max_open_files",
		.help = "Files of sysfs that are kept open, but never more than a quarter of the limit of descriptors; others are opened for each sample.",
		.type = OPTION_INTEGER,
		.offset = offsetof(struct nic_options, max_open_files),
		.fallback = "1024",
		.min = 0,
		.max = 1000000,
	},
	OPTION_END,
};
