/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* All that is known of one network device. One that gets another name is another device. */
#include <linux/ethtool.h>

#include "collectors/nic/driver_layout.h"
#include "collectors/nic/ethtool_ioctl.h"
#include "collectors/nic/ethtool_standard.h"
#include "collectors/nic/nic_link.h"
#include "collectors/nic/nic_settings.h"
#include "collectors/nic/nic_turn.h"
#include "collectors/nic/queue_files.h"

struct nic_device {
	struct nic_link link;
	bool matches;  /* the patterns of the options */
	bool wanted;   /* that, and within their bound */
	bool is_known; /* what follows was found out, or it was tried */
	bool listed;   /* in the listing that runs */

	bool sampled; /* the counters are of this sample */
	struct rtnl_link_stats64 counters;

	bool has_driver;
	struct ethtool_drvinfo driver; /* strings terminated */
	struct nic_settings settings;

	/* Of drivers' statistics. */
	struct driver_layout layout;
	bool has_statistics; /* they were read, when they were last due */
	struct nic_turn turn;
	struct nic_queues driver_queues;

	struct nic_queues queues; /* by netlink */
	struct nic_standard standard;
	bool is_hidden; /* sysfs does not show it */
	struct queue_files files;
};

/* NULL: out of memory. */
struct nic_device *nic_device_new(const struct nic_link *link);
void nic_device_free(struct nic_device *device, struct queue_budget *budget);

/* Says whether it is wanted; one that is not any more keeps nothing open. */
void nic_device_want(struct nic_device *device, bool wanted, struct queue_budget *budget);

/* What the reading of a device needs. */
struct nic_reading {
	struct ethtool_ioctl *ioctl;
	const struct name_patterns *raw;
	struct queue_budget *budget; /* NULL: sysfs shows another network namespace */
	uint64_t *n_skipped;         /* parts that could not be read, counted */
};

/* Finds out its driver, what statistics that has, and its queues: what does not move. 0, −ENOMEM. */
int nic_device_identify(struct nic_device *device, const struct nic_reading *reading);

/* Reads what moves, a slow driver's statistics at most for a hundredth of the time. 0, −ENOMEM. */
int nic_device_read(struct nic_device *device, const struct nic_reading *reading);
