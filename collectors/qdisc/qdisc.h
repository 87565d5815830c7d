/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Qdiscs and their classes: see qdisc.c. */
#include "daemon/collector.h"

extern const struct collector_ops qdisc_collector;
