/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IP and UDP: a row for each of the two versions of IP, whose counters have the same meaning. */
#include "collectors/stack/protocol.h"

enum {
	SENT_PACKETS,
	TRANSMITTED_PACKETS,
	FORWARDED_PACKETS,
	SENT_BYTES,
	DISCARDS,
	NO_ROUTE,
	FRAGMENTED_PACKETS,
	FRAGMENTS,
	FRAGMENTATION_FAILURES,
	MULTICAST_PACKETS,
	MULTICAST_BYTES,
	BROADCAST_PACKETS,
	BROADCAST_BYTES,
	DATAGRAMS,
	SEND_BUFFER_ERRORS,
	FAMILIES,
};

static const struct metric_family ip_families[FAMILIES] = {
	[SENT_PACKETS] = {
		.name = "txpath_ip_packets_sent_total",
		.help = "Packets that were to be sent, before they were cut into fragments; kernels without OutTransmits count packets forwarded over IPv4 too (Ip OutRequests in /proc/net/snmp, Ip6OutRequests in snmp6).",
		.type = METRIC_COUNTER,
	},
	[TRANSMITTED_PACKETS] = {
		.name = "txpath_ip_packets_transmitted_total",
		.help = "Packets given to the layer below, fragments and forwarded ones included (Ip OutTransmits in /proc/net/snmp, Ip6OutTransmits in snmp6).",
		.type = METRIC_COUNTER,
	},
	[FORWARDED_PACKETS] = {
		.name = "txpath_ip_packets_forwarded_total",
		.help = "Packets sent on that came from elsewhere (Ip ForwDatagrams in /proc/net/snmp, Ip6OutForwDatagrams in snmp6).",
		.type = METRIC_COUNTER,
	},
	[SENT_BYTES] = {
		.name = "txpath_ip_sent_bytes_total",
		.help = "Bytes sent, headers of IP included (IpExt OutOctets in /proc/net/netstat, Ip6OutOctets in snmp6).",
		.type = METRIC_COUNTER,
	},
	[DISCARDS] = {
		.name = "txpath_ip_output_discards_total",
		.help = "Packets dropped on their way out although nothing was wrong with them, by a full qdisc for one (Ip OutDiscards in /proc/net/snmp, Ip6OutDiscards in snmp6).",
		.type = METRIC_COUNTER,
	},
	[NO_ROUTE] = {
		.name = "txpath_ip_no_route_total",
		.help = "Packets dropped as there was no route (Ip OutNoRoutes in /proc/net/snmp, Ip6OutNoRoutes in snmp6).",
		.type = METRIC_COUNTER,
	},
	[FRAGMENTED_PACKETS] = {
		.name = "txpath_ip_packets_fragmented_total",
		.help = "Packets cut into fragments (Ip FragOKs in /proc/net/snmp, Ip6FragOKs in snmp6).",
		.type = METRIC_COUNTER,
	},
	[FRAGMENTS] = {
		.name = "txpath_ip_fragments_created_total",
		.help = "Fragments made of packets too large for their device (Ip FragCreates in /proc/net/snmp, Ip6FragCreates in snmp6).",
		.type = METRIC_COUNTER,
	},
	[FRAGMENTATION_FAILURES] = {
		.name = "txpath_ip_fragmentation_failures_total",
		.help = "Packets dropped as they were too large and could not or must not be cut into fragments (Ip FragFails in /proc/net/snmp, Ip6FragFails in snmp6).",
		.type = METRIC_COUNTER,
	},
	[MULTICAST_PACKETS] = {
		.name = "txpath_ip_multicast_packets_sent_total",
		.help = "Packets sent to multicast addresses (IpExt OutMcastPkts in /proc/net/netstat, Ip6OutMcastPkts in snmp6).",
		.type = METRIC_COUNTER,
	},
	[MULTICAST_BYTES] = {
		.name = "txpath_ip_multicast_sent_bytes_total",
		.help = "Bytes sent to multicast addresses, headers of IP included (IpExt OutMcastOctets in /proc/net/netstat, Ip6OutMcastOctets in snmp6).",
		.type = METRIC_COUNTER,
	},
	[BROADCAST_PACKETS] = {
		.name = "txpath_ip_broadcast_packets_sent_total",
		.help = "Packets sent to broadcast addresses (IpExt OutBcastPkts in /proc/net/netstat; IPv4 only).",
		.type = METRIC_COUNTER,
	},
	[BROADCAST_BYTES] = {
		.name = "txpath_ip_broadcast_sent_bytes_total",
		.help = "Bytes sent to broadcast addresses, headers of IP included (IpExt OutBcastOctets in /proc/net/netstat; IPv4 only).",
		.type = METRIC_COUNTER,
	},
	[DATAGRAMS] = {
		.name = "txpath_udp_datagrams_sent_total",
		.help = "UDP datagrams sent (Udp OutDatagrams in /proc/net/snmp, Udp6OutDatagrams in snmp6).",
		.type = METRIC_COUNTER,
	},
	[SEND_BUFFER_ERRORS] = {
		.name = "txpath_udp_send_buffer_errors_total",
		.help = "UDP datagrams that were not sent: the socket's send buffer or a queue below was full (Udp SndbufErrors in /proc/net/snmp, Udp6SndbufErrors in snmp6).",
		.type = METRIC_COUNTER,
	},
};

const struct metric_table protocol_ip_table = {
	.labels = { "family", "netns" },
	.families = ip_families,
	.n_families = FAMILIES,
};

const struct proc_field protocol_ip_snmp[] = {
	PROC_FIELD("OutRequests", SENT_PACKETS, PROC_COUNT),
	PROC_FIELD("OutTransmits", TRANSMITTED_PACKETS, PROC_COUNT),
	PROC_FIELD("ForwDatagrams", FORWARDED_PACKETS, PROC_COUNT),
	PROC_FIELD("OutDiscards", DISCARDS, PROC_COUNT),
	PROC_FIELD("OutNoRoutes", NO_ROUTE, PROC_COUNT),
	PROC_FIELD("FragOKs", FRAGMENTED_PACKETS, PROC_COUNT),
	PROC_FIELD("FragCreates", FRAGMENTS, PROC_COUNT),
	PROC_FIELD("FragFails", FRAGMENTATION_FAILURES, PROC_COUNT),
	PROC_FIELDS_END,
};

const struct proc_field protocol_udp_snmp[] = {
	PROC_FIELD("OutDatagrams", DATAGRAMS, PROC_COUNT),
	PROC_FIELD("SndbufErrors", SEND_BUFFER_ERRORS, PROC_COUNT),
	PROC_FIELDS_END,
};

const struct proc_field protocol_ip_netstat[] = {
	PROC_FIELD("OutOctets", SENT_BYTES, PROC_COUNT),
	PROC_FIELD("OutMcastPkts", MULTICAST_PACKETS, PROC_COUNT),
	PROC_FIELD("OutMcastOctets", MULTICAST_BYTES, PROC_COUNT),
	PROC_FIELD("OutBcastPkts", BROADCAST_PACKETS, PROC_COUNT),
	PROC_FIELD("OutBcastOctets", BROADCAST_BYTES, PROC_COUNT),
	PROC_FIELDS_END,
};

const struct proc_field protocol_ip_snmp6[] = {
	PROC_FIELD("Ip6OutRequests", SENT_PACKETS, PROC_COUNT),
	PROC_FIELD("Ip6OutTransmits", TRANSMITTED_PACKETS, PROC_COUNT),
	PROC_FIELD("Ip6OutForwDatagrams", FORWARDED_PACKETS, PROC_COUNT),
	PROC_FIELD("Ip6OutOctets", SENT_BYTES, PROC_COUNT),
	PROC_FIELD("Ip6OutDiscards", DISCARDS, PROC_COUNT),
	PROC_FIELD("Ip6OutNoRoutes", NO_ROUTE, PROC_COUNT),
	PROC_FIELD("Ip6FragOKs", FRAGMENTED_PACKETS, PROC_COUNT),
	PROC_FIELD("Ip6FragCreates", FRAGMENTS, PROC_COUNT),
	PROC_FIELD("Ip6FragFails", FRAGMENTATION_FAILURES, PROC_COUNT),
	PROC_FIELD("Ip6OutMcastPkts", MULTICAST_PACKETS, PROC_COUNT),
	PROC_FIELD("Ip6OutMcastOctets", MULTICAST_BYTES, PROC_COUNT),
	PROC_FIELD("Udp6OutDatagrams", DATAGRAMS, PROC_COUNT),
	PROC_FIELD("Udp6SndbufErrors", SEND_BUFFER_ERRORS, PROC_COUNT),
	PROC_FIELDS_END,
};
