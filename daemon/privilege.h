/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * capabilities(7) of the process.
 */
#include <stdint.h>

#include "daemon/reason.h"

/*
 * Gives up, for good, every capability that is not in keep (bits 1 << CAP_…), and with
 * PR_SET_NO_NEW_PRIVS the way to get any back. Capabilities belong to threads: call it before there
 * is a second one. 0, or −errno with the reason.
 */
int privilege_drop(uint64_t keep, struct reason *reason);
