/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Hooks, connection tracking, packets in user space and named counters: see netfilter.c. */
#include "config/option.h"
#include "daemon/collector.h"

struct netfilter_options {
	bool hooks;
	struct string_list counters; /* patterns */
	bool load_modules;
};

extern const struct collector_ops netfilter_collector;
