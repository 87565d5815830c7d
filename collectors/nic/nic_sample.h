/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* One sample of the devices of a network namespace. */
#include "collectors/nic/nic_source.h"

/*
 * Reads into the table what moves, and of what is set what has changed or is due. Afterwards the
 * devices that are wanted and sampled hold the truth. 0, or −errno with the reason filled.
 */
int nic_sample_take(struct nic_source *source, struct nic_table *table);
