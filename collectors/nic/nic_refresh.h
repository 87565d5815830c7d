/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Settings of devices, read again: by one dump for all, or a call per device. */
#include "collectors/nic/nic_source.h"

/*
 * Reads what the command tells of all devices. 0, or −EINTR or −ENOMEM with the reason filled; a
 * device of which it cannot be read has no such settings.
 */
int nic_refresh_command(struct nic_source *source, struct nic_table *table,
                        enum nic_command command);

/* The same of all that has changed, or of everything when it is due. */
int nic_refresh_settings(struct nic_source *source, struct nic_table *table, uint64_t now_usec);
