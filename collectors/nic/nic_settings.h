/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What is set at a device, as ethtool shows it: each setting is a number that is there or not,
 * whether it came by netlink (ethtool_message.h) or by ioctl (ethtool_ioctl.h).
 */
#include <stdbool.h>
#include <stdint.h>

/* Of each group first the values, then as many limits in the same order. */
enum nic_setting {
	NIC_RING_TX,
	NIC_RING_RX,
	NIC_RING_RX_MINI,
	NIC_RING_RX_JUMBO,
	NIC_RING_LIMIT_TX,
	NIC_RING_LIMIT_RX,
	NIC_RING_LIMIT_RX_MINI,
	NIC_RING_LIMIT_RX_JUMBO,
	NIC_CHANNELS_TX,
	NIC_CHANNELS_RX,
	NIC_CHANNELS_OTHER,
	NIC_CHANNELS_COMBINED,
	NIC_CHANNELS_LIMIT_TX,
	NIC_CHANNELS_LIMIT_RX,
	NIC_CHANNELS_LIMIT_OTHER,
	NIC_CHANNELS_LIMIT_COMBINED,
	NIC_COALESCE_DELAY_TX, /* microseconds */
	NIC_COALESCE_DELAY_RX,
	NIC_COALESCE_FRAMES_TX,
	NIC_COALESCE_FRAMES_RX,
	NIC_PAUSE_TX,
	NIC_PAUSE_RX,
	NIC_SPEED, /* Mbit/s */
	NIC_DUPLEX,
	NIC_PORT, /* PORT_… */
	NIC_SETTINGS,
};

#define NIC_FEATURES_MAX 128

struct nic_settings {
	uint32_t present; /* bit per setting */
	uint32_t values[NIC_SETTINGS];
	bool has_features;
	uint32_t features[NIC_FEATURES_MAX / 32]; /* those that are active, by their numbers */
	bool has_pause_frames;
	uint64_t pause_frames_tx;
	uint64_t pause_frames_rx;
};

/* What is asked for at once. */
enum nic_command {
	NIC_COMMAND_RINGS,
	NIC_COMMAND_CHANNELS,
	NIC_COMMAND_FEATURES,
	NIC_COMMAND_COALESCE,
	NIC_COMMAND_PAUSE,
	NIC_COMMAND_LINKINFO,
	NIC_COMMAND_LINKMODES,
	NIC_COMMANDS,
};

#define NIC_COMMANDS_ALL  ((1U << NIC_COMMANDS) - 1)
#define NIC_COMMANDS_LINK (1U << NIC_COMMAND_LINKINFO | 1U << NIC_COMMAND_LINKMODES)

static inline bool nic_setting_present(const struct nic_settings *settings, unsigned setting)
{
	return settings->present >> setting & 1;
}

/* Keeps the value, unless it is the number by which the kernel says that it does not know. */
void nic_setting_put(struct nic_settings *settings, enum nic_setting setting, uint32_t value);

/* Forgets what the command tells. */
void nic_settings_forget(struct nic_settings *settings, enum nic_command command);
