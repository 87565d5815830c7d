/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Hooks, connection tracking, packets in user space and named counters: see netfilter.c. */
#include "daemon/collector.h"

extern const struct collector_ops netfilter_collector;
