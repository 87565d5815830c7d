/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The messages of ethtool's generic netlink family (linux/ethtool_netlink.h). */
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <stddef.h>

#include "collectors/nic/nic_settings.h"

/* A request for all devices: what stands behind the netlink header. */
struct ethtool_request {
	struct genlmsghdr header;
	struct nlattr nest;
	struct nlattr flags;
	uint32_t flag_bits;
};

struct ethtool_request ethtool_request(enum nic_command command);

/* For reasons: "ETHTOOL_MSG_RINGS_GET dump". */
const char *ethtool_request_name(enum nic_command command);

/* What settings' replies name their device in; statistics' have another attribute for it. */
#define ETHTOOL_HEADER_ATTRIBUTE 1

/* The index of the device that a reply is about. −EBADMSG: it has none. */
int ethtool_message_device(const struct nlmsghdr *message, unsigned header_attribute,
                           int *ret_index);

/*
 * Puts what a reply to the command tells into the settings, on top of what is there. −EBADMSG: the
 * message is not a whole one; nothing of it was taken.
 */
int ethtool_message_parse(const struct nlmsghdr *message, enum nic_command command,
                          struct nic_settings *settings);

/* The commands whose answers a notification says have changed, as bits. */
unsigned ethtool_message_changes(const struct nlmsghdr *message);
