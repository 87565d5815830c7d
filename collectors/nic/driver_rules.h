/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What drivers call the counters of their queues for sending among their statistics (ethtool -S),
 * where every driver has its own way.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collectors/nic/nic_queue.h"

/* Everything stands for itself but %u, the number of the queue. */
struct driver_rule {
	const char *pattern;
	enum nic_queue_counter counter;
};

struct driver_rules {
	const char *driver;
	const char
		*section; /* begins a queue, whose names have no number then; the next one after */
	const char *section_end; /* begins what is no queue for sending any more */
	const struct driver_rule
		*rules; /* ended by a NULL pattern; of several for a counter the sum */
};

/* The rules of the driver; those that fit most when it is not known. */
const struct driver_rules *driver_rules_find(const char *driver);

/*
 * Whether the pattern matches the whole name, of that length, and which queue it means: 0 when the
 * pattern has no number.
 */
bool driver_rule_match(const char *pattern, const char *name, size_t length, uint32_t *ret_queue);
