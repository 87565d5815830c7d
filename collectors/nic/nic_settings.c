/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "collectors/nic/nic_settings.h"

#include <linux/ethtool.h>
#include <string.h>

#define BITS(first, last) ((uint32_t)((2ULL << (last)) - (1ULL << (first))))

static const uint32_t command_settings[NIC_COMMANDS] = {
	[NIC_COMMAND_RINGS] = BITS(NIC_RING_TX, NIC_RING_LIMIT_RX_JUMBO),
	[NIC_COMMAND_CHANNELS] = BITS(NIC_CHANNELS_TX, NIC_CHANNELS_LIMIT_COMBINED),
	[NIC_COMMAND_COALESCE] = BITS(NIC_COALESCE_DELAY_TX, NIC_COALESCE_FRAMES_RX),
	[NIC_COMMAND_PAUSE] = BITS(NIC_PAUSE_TX, NIC_PAUSE_RX),
	[NIC_COMMAND_LINKINFO] = BITS(NIC_PORT, NIC_PORT),
	[NIC_COMMAND_LINKMODES] = BITS(NIC_SPEED, NIC_DUPLEX),
};

/* Drivers that do not know the speed say 0 or SPEED_UNKNOWN, and PORT_OTHER for a port. */
static bool is_unknown(enum nic_setting setting, uint32_t value)
{
	if (setting == NIC_SPEED)
		return value == 0 || value == (uint32_t)SPEED_UNKNOWN;
	if (setting == NIC_PORT)
		return value == PORT_NONE || value == PORT_OTHER;
	return setting == NIC_DUPLEX && value != DUPLEX_HALF && value != DUPLEX_FULL;
}

void nic_setting_put(struct nic_settings *settings, enum nic_setting setting, uint32_t value)
{
	if (is_unknown(setting, value))
		return;
	settings->present |= 1U << setting;
	settings->values[setting] = value;
}

void nic_settings_forget(struct nic_settings *settings, enum nic_command command)
{
	settings->present &= ~command_settings[command];
	if (command == NIC_COMMAND_FEATURES)
		settings->has_features = false;
	if (command == NIC_COMMAND_PAUSE)
		settings->has_pause_frames = false;
}
