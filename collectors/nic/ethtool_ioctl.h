/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * ethtool's older interface (SIOCETHTOOL, linux/ethtool.h), one device a call: for what netlink
 * does not have, drivers' own statistics above all, and for kernels whose netlink lacks a command.
 */
#include <linux/ethtool.h>
#include <linux/if.h>
#include <stdint.h>

#include "collectors/namespace_door.h"
#include "collectors/nic/nic_settings.h"

/* Strings or values that a device may have. */
#define ETHTOOL_STRINGS_MAX 16384

struct ethtool_ioctl {
	int fd;                /* a socket of the namespace, or −1 */
	unsigned char *memory; /* for what has no size of its own; the kernel cannot go beyond it */
};

#define ETHTOOL_IOCTL_CLOSED ((struct ethtool_ioctl){ .fd = -1 })

/* Opens behind the door; NULL: at home. 0, or −errno with the reason filled. */
int ethtool_ioctl_open(struct ethtool_ioctl *io, struct namespace_door *door,
                       struct reason *reason);

/* A closed one is accepted. */
void ethtool_ioctl_close(struct ethtool_ioctl *io);

static inline void ethtool_ioctl_close_p(struct ethtool_ioctl *io)
{
	ethtool_ioctl_close(io);
}

/* The name of a device is terminated in all of these, which answer 0 or the kernel's −errno. */

int ethtool_ioctl_driver(struct ethtool_ioctl *io, const char *device,
                         struct ethtool_drvinfo *ret_driver);

/* Puts into the settings what the command tells, as far as the driver has it. */
int ethtool_ioctl_settings(struct ethtool_ioctl *io, const char *device, enum nic_command command,
                           struct nic_settings *settings);

/*
 * The strings of the set (ETH_SS_…): n blocks of ETH_GSTRING_LEN bytes that need not be terminated,
 * good until the next call. −E2BIG: more than ETHTOOL_STRINGS_MAX. n may be 0.
 */
int ethtool_ioctl_strings(struct ethtool_ioctl *io, const char *device, uint32_t set,
                          const char **ret_strings, uint32_t *ret_n);

/*
 * The driver's statistics, n of them, good until the next call. −ESTALE: it has got another number
 * of them meanwhile.
 */
int ethtool_ioctl_statistics(struct ethtool_ioctl *io, const char *device, uint32_t n,
                             const uint64_t **ret_values);
