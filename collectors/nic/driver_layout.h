/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Where among a device's statistics those are that are exported. Made from their names, which is
 * dear, and good until the device or the number of its queues changes.
 */
#include <linux/ethtool.h>
#include <stddef.h>
#include <stdint.h>

#include "collectors/nic/driver_rules.h"
#include "collectors/nic/name_patterns.h"

struct driver_counter {
	uint32_t position;
	uint32_t queue;
	enum nic_queue_counter counter;
};

/* A statistic that is exported as it is. */
struct driver_raw {
	uint32_t position;
	uint32_t length;
	char name[ETH_GSTRING_LEN]; /* not terminated */
	uint64_t value;             /* of the last reading */
};

/* Empty when zeroed. */
struct driver_layout {
	uint32_t n_statistics; /* that the device has */
	struct driver_counter *counters;
	size_t n_counters;
	struct driver_raw *raw;
	size_t n_raw;
	size_t n_refused; /* names that came twice, or of a queue beyond the bound */
};

/*
 * Makes the layout of n names, as ethtool_ioctl_strings() gives them, by the rules and the patterns
 * for raw statistics. 0 or −ENOMEM; either way it is to be cleared.
 */
int driver_layout_make(struct driver_layout *layout, const struct driver_rules *rules,
                       const struct name_patterns *raw, const char *names, uint32_t n);

/* Takes n_statistics values: what is by queue into the queues, which are reset first. 0, −ENOMEM. */
int driver_layout_read(struct driver_layout *layout, const uint64_t *values,
                       struct nic_queues *queues);

static inline bool driver_layout_is_empty(const struct driver_layout *layout)
{
	return layout->n_counters + layout->n_raw == 0;
}

/* Whether both have the same at the same places, whatever was read of it. */
bool driver_layout_is_like(const struct driver_layout *a, const struct driver_layout *b);

void driver_layout_clear(struct driver_layout *layout);

static inline void driver_layout_clear_p(struct driver_layout *layout)
{
	driver_layout_clear(layout);
}
