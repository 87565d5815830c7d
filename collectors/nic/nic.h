/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The driver and the device, where a packet leaves the kernel: see nic.c. */
#include "daemon/collector.h"

extern const struct collector_ops nic_collector;
