/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Where the parts of a sample write their rows. */
#include "collectors/namespace.h"
#include "daemon/collector.h"

struct netfilter_target {
	const struct collector_env *env; /* its reason is filled by what fails */
	struct batch *batch;
	struct label netns; /* of the network namespace that is sampled; empty: our own */
};
