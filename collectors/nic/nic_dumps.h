/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Statistics that come of all devices at once: enum nic_dump_kind in nic_table.h. */
#include "collectors/nic/nic_source.h"

/*
 * Reads those that any device has, as far as they are due; all of them when the table has news, or
 * its devices are to be identified. What is not read stays as it was. 0, or −EINTR or −ENOMEM with the
 * reason filled.
 */
int nic_dumps_take(struct nic_source *source, struct nic_table *table);
