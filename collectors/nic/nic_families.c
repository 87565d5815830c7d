/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "collectors/nic/nic_families.h"

#include "collectors/nic/nic_queue.h"
#include "daemon/cleanup.h"

static const struct metric_family info_families[] = {
	{ .name = "txpath_nic_info",
	  .help = "1; who drives the device, as ethtool -i says (ETHTOOL_GDRVINFO)." },
};

const struct metric_table nic_info_table = {
	.labels = { "device", "driver", "version", "firmware", "bus", "netns" },
	.families = info_families,
	.n_families = ARRAY_SIZE(info_families),
};

static const struct metric_family link_info_families[] = {
	{ .name = "txpath_nic_link_info",
	  .help = "1; the kind of a virtual device (IFLA_INFO_KIND), the connector of its port where the driver knows it (ETHTOOL_A_LINKINFO_PORT, Port in ethtool), and the bridge or bond that a device belongs to (IFLA_MASTER)." },
};

const struct metric_table nic_link_info_table = {
	.labels = { "device", "kind", "port", "master", "netns" },
	.families = link_info_families,
	.n_families = ARRAY_SIZE(link_info_families),
};

static const struct metric_family device_families[NIC_DEVICE_FAMILIES] = {
	[NIC_UP] = { .name = "txpath_nic_up",
	             .help = "Whether the device is set up (IFF_UP, UP in ip link)." },
	[NIC_CARRIER] = { .name = "txpath_nic_carrier",
	                  .help = "Whether a device that is up has a carrier (IFF_LOWER_UP, LOWER_UP in ip link)." },
	[NIC_SPEED_BYTES] = { .name = "txpath_nic_speed_bytes_per_second",
	                      .help = "Speed of the link, where the driver knows it (ETHTOOL_A_LINKMODES_SPEED, Speed in ethtool).",
	                      .unit = METRIC_DOUBLE },
	[NIC_FULL_DUPLEX] = { .name = "txpath_nic_full_duplex",
	                      .help = "Whether the link sends and receives at once (ETHTOOL_A_LINKMODES_DUPLEX, Duplex in ethtool)." },
	[NIC_MTU] = { .name = "txpath_nic_mtu_bytes",
	              .help = "Largest packet that the device takes, without its own header (IFLA_MTU, mtu in ip link)." },
	[NIC_QUEUE_LENGTH] = { .name = "txpath_nic_queue_length_packets",
	                       .help = "Packets that a default qdisc of the device may hold (IFLA_TXQLEN, qlen in ip link)." },
	[NIC_SEND_QUEUES] = { .name = "txpath_nic_send_queues",
	                      .help = "Queues for sending that the device has, in use or not (IFLA_NUM_TX_QUEUES, numtxqueues in ip -d link)." },
	[NIC_CARRIER_CHANGES] = { .name = "txpath_nic_carrier_changes_total",
	                          .help = "Times that the carrier of a device that is up came or went (IFLA_CARRIER_CHANGES, carrier_changes in sysfs); of others no change is told.",
	                          .type = METRIC_COUNTER },
	[NIC_SENT_BYTES] = { .name = "txpath_nic_sent_bytes_total",
	                     .help = "Bytes sent by the device (tx_bytes of IFLA_STATS_LINK_64, TX in ip -s link).",
	                     .type = METRIC_COUNTER },
	[NIC_SENT_PACKETS] = { .name = "txpath_nic_sent_packets_total",
	                       .help = "Packets sent by the device (tx_packets of IFLA_STATS_LINK_64, TX in ip -s link).",
	                       .type = METRIC_COUNTER },
	[NIC_SEND_DROPS] = { .name = "txpath_nic_send_drops_total",
	                     .help = "Packets dropped instead of being sent (tx_dropped of IFLA_STATS_LINK_64, dropped in ip -s link).",
	                     .type = METRIC_COUNTER },
	[NIC_SEND_ERRORS] = { .name = "txpath_nic_send_errors_total",
	                      .help = "Packets that could not be sent (tx_errors of IFLA_STATS_LINK_64, errors in ip -s link).",
	                      .type = METRIC_COUNTER },
	[NIC_READ_SECONDS] = { .name = "txpath_nic_read_seconds",
	                       .help = "How long the last reading of the driver's statistics took (ETHTOOL_GSTATS). A slow driver is read at most for a hundredth of the time; what it has told stays until then.",
	                       .unit = METRIC_NSEC },
	[NIC_MAC_FAMILIES +
		NIC_MAC_FRAMES] = { .name = "txpath_nic_mac_sent_frames_total",
	                            .help = "Frames that the MAC has sent, where the driver counts them by the standard (FramesTransmittedOK, ethtool -S --groups eth-mac).",
	                            .type = METRIC_COUNTER },
	[NIC_MAC_FAMILIES +
		NIC_MAC_BYTES] = { .name = "txpath_nic_mac_sent_bytes_total",
	                           .help = "Bytes of these frames without their headers and checksums (OctetsTransmittedOK, ethtool -S --groups eth-mac).",
	                           .type = METRIC_COUNTER },
	[NIC_MAC_FAMILIES +
		NIC_MAC_MULTICAST] = { .name = "txpath_nic_mac_sent_multicast_frames_total",
	                               .help = "Frames of these to groups (MulticastFramesXmittedOK, ethtool -S --groups eth-mac).",
	                               .type = METRIC_COUNTER },
	[NIC_MAC_FAMILIES +
		NIC_MAC_BROADCAST] = { .name = "txpath_nic_mac_sent_broadcast_frames_total",
	                               .help = "Frames of these to all (BroadcastFramesXmittedOK, ethtool -S --groups eth-mac).",
	                               .type = METRIC_COUNTER },
};

const struct metric_table nic_device_table = {
	.labels = { "device", "netns" },
	.families = device_families,
	.n_families = NIC_DEVICE_FAMILIES,
};

static const struct metric_family error_families[] = {
	{ .name = "txpath_nic_send_error_events_total",
	  .help = "What went wrong in sending, by cause (tx_aborted_errors, tx_carrier_errors, tx_fifo_errors, tx_heartbeat_errors, tx_window_errors and collisions of IFLA_STATS_LINK_64, ip -s -s link).",
	  .type = METRIC_COUNTER },
};

const struct metric_table nic_error_table = {
	.labels = { "device", "cause", "netns" },
	.families = error_families,
	.n_families = ARRAY_SIZE(error_families),
};

static const struct metric_family mac_event_families[] = {
	{ .name = "txpath_nic_mac_send_events_total",
	  .help = "What befell frames in sending, where the driver counts it by the standard (collisions, deferrals and errors of IEEE 802.3, ethtool -S --groups eth-mac).",
	  .type = METRIC_COUNTER },
};

const struct metric_table nic_mac_event_table = {
	.labels = { "device", "event", "netns" },
	.families = mac_event_families,
	.n_families = ARRAY_SIZE(mac_event_families),
};

static const struct metric_family mac_size_families[] = {
	{ .name = "txpath_nic_mac_sent_frames_by_size_total",
	  .help = "Frames sent, by their bytes on the wire from least to most, where the driver counts them (etherStatsPkts of RMON, ethtool -S --groups rmon).",
	  .type = METRIC_COUNTER },
};

const struct metric_table nic_mac_size_table = {
	.labels = { "device", "size", "netns" },
	.families = mac_size_families,
	.n_families = ARRAY_SIZE(mac_size_families),
};

static const struct metric_family ring_families[] = {
	[NIC_NUMBER] = { .name = "txpath_nic_ring_entries",
	                 .help = "Entries of each ring of the device (ETHTOOL_MSG_RINGS_GET, ethtool -g)." },
	[NIC_LIMIT] = { .name = "txpath_nic_ring_entries_limit",
	                .help = "Most entries that the ring may be set to (ETHTOOL_MSG_RINGS_GET, ethtool -g)." },
};

const struct metric_table nic_ring_table = {
	.labels = { "device", "ring", "netns" },
	.families = ring_families,
	.n_families = ARRAY_SIZE(ring_families),
};

static const struct metric_family channels_families[] = {
	[NIC_NUMBER] = { .name = "txpath_nic_channels",
	                 .help = "Channels of each kind that are in use (ETHTOOL_MSG_CHANNELS_GET, ethtool -l)." },
	[NIC_LIMIT] = { .name = "txpath_nic_channels_limit",
	                .help = "Most channels of the kind that may be set (ETHTOOL_MSG_CHANNELS_GET, ethtool -l)." },
};

const struct metric_table nic_channels_table = {
	.labels = { "device", "kind", "netns" },
	.families = channels_families,
	.n_families = ARRAY_SIZE(channels_families),
};

static const struct metric_family feature_families[] = {
	{ .name = "txpath_nic_feature_enabled",
	  .help = "Whether a feature is on, under the kernel's name for it (ETHTOOL_A_FEATURES_ACTIVE, ethtool -k); which ones is configured." },
};

const struct metric_table nic_feature_table = {
	.labels = { "device", "feature", "netns" },
	.families = feature_families,
	.n_families = ARRAY_SIZE(feature_families),
};

static const struct metric_family direction_families[NIC_DIRECTION_FAMILIES] = {
	[NIC_COALESCE_DELAY] = { .name = "txpath_nic_coalesce_delay_seconds",
	                         .help = "For how long an interrupt may wait for more packets (tx-usecs, rx-usecs in ethtool -c).",
	                         .unit = METRIC_NSEC },
	[NIC_COALESCE_FRAMES] = { .name = "txpath_nic_coalesce_frames",
	                          .help = "For how many packets an interrupt may wait (tx-frames, rx-frames in ethtool -c)." },
	[NIC_PAUSE_ENABLED] = { .name = "txpath_nic_pause_enabled",
	                        .help = "Whether pause frames are sent (tx) and obeyed (rx) (ETHTOOL_MSG_PAUSE_GET, ethtool -a)." },
	[NIC_PAUSE_FRAMES] = { .name = "txpath_nic_pause_frames_total",
	                       .help = "Pause frames sent and received, where the driver counts them (ETHTOOL_A_PAUSE_STATS, ethtool -I -a).",
	                       .type = METRIC_COUNTER },
};

const struct metric_table nic_direction_table = {
	.labels = { "device", "direction", "netns" },
	.families = direction_families,
	.n_families = NIC_DIRECTION_FAMILIES,
};

static const struct metric_family queue_families[NIC_QUEUE_FAMILIES] = {
	[NIC_QUEUE_BYTES] = { .name = "txpath_nic_queue_sent_bytes_total",
	                      .help = "Bytes sent by the queue (NETDEV_CMD_QSTATS_GET, or the driver's statistics, ethtool -S).",
	                      .type = METRIC_COUNTER },
	[NIC_QUEUE_PACKETS] = { .name = "txpath_nic_queue_sent_packets_total",
	                        .help = "Packets sent by the queue (NETDEV_CMD_QSTATS_GET, or the driver's statistics, ethtool -S).",
	                        .type = METRIC_COUNTER },
	[NIC_QUEUE_DROPS] = { .name = "txpath_nic_queue_drops_total",
	                      .help = "Packets dropped by the queue (NETDEV_CMD_QSTATS_GET, or the driver's statistics, ethtool -S).",
	                      .type = METRIC_COUNTER },
	[NIC_QUEUE_ERRORS] = { .name = "txpath_nic_queue_errors_total",
	                       .help = "Packets that the queue could not send (NETDEV_CMD_QSTATS_GET, or the driver's statistics, ethtool -S).",
	                       .type = METRIC_COUNTER },
	[NIC_QUEUE_STOPS] = { .name = "txpath_nic_queue_stops_total",
	                      .help = "Times that the driver stopped the queue because it was full (NETDEV_CMD_QSTATS_GET, or the driver's statistics, ethtool -S).",
	                      .type = METRIC_COUNTER },
	[NIC_QUEUE_WAKES] = { .name = "txpath_nic_queue_wakes_total",
	                      .help = "Times that the driver let the queue go on again (NETDEV_CMD_QSTATS_GET, or the driver's statistics, ethtool -S).",
	                      .type = METRIC_COUNTER },
	[NIC_QUEUE_DOORBELLS] = { .name = "txpath_nic_queue_doorbells_total",
	                          .help = "Times that the driver told the device of packets in the queue (the driver's statistics, ethtool -S).",
	                          .type = METRIC_COUNTER },
	[NIC_QUEUE_TIMEOUTS] = { .name = "txpath_nic_queue_timeouts_total",
	                         .help = "Times that the queue stood still until the kernel's watchdog noticed (tx_timeout in sysfs).",
	                         .type = METRIC_COUNTER },
	[NIC_QUEUE_INFLIGHT] = { .name = "txpath_nic_queue_bql_inflight_bytes",
	                         .help = "Bytes that the device has and has not sent yet (byte_queue_limits/inflight in sysfs)." },
	[NIC_QUEUE_LIMIT] = { .name = "txpath_nic_queue_bql_limit_bytes",
	                      .help = "Bytes that the device may have now (byte_queue_limits/limit in sysfs)." },
	[NIC_QUEUE_LIMIT_MAX] = { .name = "txpath_nic_queue_bql_limit_max_bytes",
	                          .help = "Bytes beyond which that limit never goes (byte_queue_limits/limit_max in sysfs)." },
	[NIC_QUEUE_HOLD] = { .name = "txpath_nic_queue_bql_hold_seconds",
	                     .help = "For how long the limit is held before it is lowered (byte_queue_limits/hold_time in sysfs).",
	                     .unit = METRIC_NSEC },
	[NIC_QUEUE_STALLS] = { .name = "txpath_nic_queue_bql_stalls_total",
	                       .help = "Times that the device took too long to send anything, where a threshold is set (byte_queue_limits/stall_cnt in sysfs).",
	                       .type = METRIC_COUNTER },
	[NIC_QUEUE_STALL_LONGEST] = { .name = "txpath_nic_queue_bql_stall_longest_seconds",
	                              .help = "The longest of these stalls (byte_queue_limits/stall_max in sysfs, which is in ticks of the kernel).",
	                              .unit = METRIC_NSEC },
	[NIC_QUEUE_XPS_CPUS] = { .name = "txpath_nic_queue_xps_cpus",
	                         .help = "Processors whose packets are put into the queue (xps_cpus in sysfs)." },
};

const struct metric_table nic_queue_table = {
	.labels = { "device", "queue", "netns" },
	.families = queue_families,
	.n_families = NIC_QUEUE_FAMILIES,
};

static const struct metric_family statistic_families[] = {
	{ .name = "txpath_nic_driver_statistic",
	  .help = "A statistic of the driver as it is, counter or not (ETHTOOL_GSTATS, ethtool -S); which ones is configured." },
};

const struct metric_table nic_statistic_table = {
	.labels = { "device", "name", "netns" },
	.families = statistic_families,
	.n_families = ARRAY_SIZE(statistic_families),
};

static const struct metric_family dump_families[] = {
	{ .name = "txpath_nic_statistics_dump_seconds",
	  .help = "How long the last reading of statistics took that come of all devices at once (queues: NETDEV_CMD_QSTATS_GET, pause: ETHTOOL_MSG_PAUSE_GET, standard: ETHTOOL_MSG_STATS_GET), where a device has them. They, too, are read at most for a hundredth of the time.",
	  .unit = METRIC_NSEC },
};

const struct metric_table nic_dump_table = {
	.labels = { "statistics", "netns" },
	.families = dump_families,
	.n_families = ARRAY_SIZE(dump_families),
};

static const struct metric_family namespace_families[NIC_NAMESPACE_FAMILIES] = {
	[NIC_UNTRACKED_DEVICES] = { .name = "txpath_nic_untracked_devices",
	                            .help = "Devices that are not told of because there are more than max_devices." },
	[NIC_HIDDEN_DEVICES] = { .name = "txpath_nic_hidden_devices",
	                         .help = "Devices that are told of without what sysfs knows of their queues, as it shows another network namespace: txpath_nic_queue_bql_…, _timeouts_total and _xps_cpus." },
	[NIC_SAMPLE_TIMESTAMP] = { .name = "txpath_nic_sample_timestamp_seconds",
	                           .help = "When the sample of another network namespace was begun, since the Unix epoch; its age is time() less this. The daemon's own is sampled every time.",
	                           .unit = METRIC_NSEC },
};

const struct metric_table nic_namespace_table = {
	.labels = { "netns" },
	.families = namespace_families,
	.n_families = NIC_NAMESPACE_FAMILIES,
};

static const struct metric_family bound_families[] = {
	{ .name = "txpath_nic_reopened_files",
	  .help = "Files of sysfs that had to be opened for the last sample, as no more may be kept open." },
};

const struct metric_table nic_bound_table = {
	.labels = { NULL },
	.families = bound_families,
	.n_families = ARRAY_SIZE(bound_families),
};

const struct metric_table *const nic_metric_tables[] = {
	&nic_info_table,      &nic_link_info_table, &nic_device_table, &nic_error_table,
	&nic_mac_event_table, &nic_mac_size_table,  &nic_ring_table,   &nic_channels_table,
	&nic_feature_table,   &nic_direction_table, &nic_queue_table,  &nic_statistic_table,
	&nic_dump_table,      &nic_namespace_table, &nic_bound_table,  NULL,
};
