/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "daemon/collector.h"

extern const struct collector_ops latency_collector;
