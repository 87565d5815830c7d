/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The tins of a CAKE qdisc, which have most of its statistics. */
#include "collectors/qdisc/tc_kind.h"

#define TC_CAKE_TIN_FAMILIES 20

extern const struct metric_family tc_cake_tin_families[TC_CAKE_TIN_FAMILIES];

int tc_cake_write_tins(struct tc_details *details, const struct tc_labels *labels,
                       struct batch *batch);
