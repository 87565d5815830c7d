/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * capabilities(7), which belong to threads.
 */
#include <stdint.h>

#include "daemon/reason.h"

/*
 * Gives up, for good, every capability of the calling thread that is not in keep (bits 1 << CAP_…),
 * and with PR_SET_NO_NEW_PRIVS the way to get any back. Threads that are started later have no
 * more. 0, or −errno with the reason.
 */
int privilege_drop(uint64_t keep, struct reason *reason);
