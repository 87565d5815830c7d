/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What IP, UDP and TCP count, and the settings that they work by: see stack.c. */
#include "daemon/collector.h"

extern const struct collector_ops stack_collector;
