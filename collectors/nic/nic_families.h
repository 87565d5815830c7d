/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The families that the collector may export; the label netns is last in all tables. */
#include "collectors/nic/ethtool_standard.h"
#include "daemon/metric.h"

/* device, driver, version, firmware, bus, netns */
extern const struct metric_table nic_info_table;

/* device, kind, port, master, netns */
extern const struct metric_table nic_link_info_table;

/* device, netns */
extern const struct metric_table nic_device_table;
enum {
	NIC_UP,
	NIC_CARRIER,
	NIC_SPEED_BYTES,
	NIC_FULL_DUPLEX,
	NIC_MTU,
	NIC_QUEUE_LENGTH,
	NIC_SEND_QUEUES,
	NIC_CARRIER_CHANGES,
	NIC_SENT_BYTES,
	NIC_SENT_PACKETS,
	NIC_SEND_DROPS,
	NIC_SEND_ERRORS,
	NIC_READ_SECONDS,
	NIC_MAC_FAMILIES, /* those that are no events, by enum nic_standard_counter */
	NIC_DEVICE_FAMILIES = NIC_MAC_FAMILIES + NIC_MAC_SINGLE_COLLISION,
};

/* device, cause, netns */
extern const struct metric_table nic_error_table;

/* device, event, netns */
extern const struct metric_table nic_mac_event_table;

/* device, size, netns */
extern const struct metric_table nic_mac_size_table;

/* device, ring, netns */
extern const struct metric_table nic_ring_table;

/* device, kind, netns */
extern const struct metric_table nic_channels_table;

/* Of the two tables above: the number, and its limit. */
enum { NIC_NUMBER, NIC_LIMIT };

/* device, feature, netns */
extern const struct metric_table nic_feature_table;

/* device, direction, netns */
extern const struct metric_table nic_direction_table;
enum {
	NIC_COALESCE_DELAY,
	NIC_COALESCE_FRAMES,
	NIC_PAUSE_ENABLED,
	NIC_PAUSE_FRAMES,
	NIC_DIRECTION_FAMILIES,
};

/* device, queue, netns; the first families are by enum nic_queue_counter */
extern const struct metric_table nic_queue_table;
enum {
	NIC_QUEUE_INFLIGHT = 8,
	NIC_QUEUE_LIMIT,
	NIC_QUEUE_LIMIT_MAX,
	NIC_QUEUE_HOLD,
	NIC_QUEUE_STALLS,
	NIC_QUEUE_STALL_LONGEST,
	NIC_QUEUE_XPS_CPUS,
	NIC_QUEUE_FAMILIES,
};

/* device, name, netns */
extern const struct metric_table nic_statistic_table;

/* statistics, netns */
extern const struct metric_table nic_dump_table;

/* netns; the last family in other network namespaces alone */
extern const struct metric_table nic_namespace_table;
enum { NIC_UNTRACKED_DEVICES, NIC_HIDDEN_DEVICES, NIC_SAMPLE_TIMESTAMP, NIC_NAMESPACE_FAMILIES };

/* No labels. */
extern const struct metric_table nic_bound_table;

/* All of these; ended by NULL. */
extern const struct metric_table *const nic_metric_tables[];
