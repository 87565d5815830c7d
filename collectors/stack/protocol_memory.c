/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What sockets hold of the machine's memory: one row, the same in every network namespace. */
#include "collectors/stack/protocol.h"

enum {
	ORPHANS,
	TCP_MEMORY,
	UDP_MEMORY,
	FAMILIES,
};

static const struct metric_family memory_families[FAMILIES] = {
	[ORPHANS] = {
		.name = "txpath_tcp_orphans",
		.help = "TCP sockets that no process holds any more and that have still to send, in all network namespaces (TCP orphan in /proc/net/sockstat).",
	},
	[TCP_MEMORY] = {
		.name = "txpath_tcp_memory_bytes",
		.help = "Memory for the buffers of TCP sockets, in all network namespaces (TCP mem in /proc/net/sockstat, in pages there).",
	},
	[UDP_MEMORY] = {
		.name = "txpath_udp_memory_bytes",
		.help = "Memory for what UDP sockets have received, in all network namespaces; what they send is not in it (UDP mem in /proc/net/sockstat, in pages there).",
	},
};

const struct metric_table protocol_memory_table = {
	.families = memory_families,
	.n_families = FAMILIES,
};

const struct proc_field protocol_tcp_sockstat[] = {
	PROC_FIELD("orphan", ORPHANS, PROC_COUNT),
	PROC_FIELD("mem", TCP_MEMORY, PROC_PAGES),
	PROC_FIELDS_END,
};

const struct proc_field protocol_udp_sockstat[] = {
	PROC_FIELD("mem", UDP_MEMORY, PROC_PAGES),
	PROC_FIELDS_END,
};
