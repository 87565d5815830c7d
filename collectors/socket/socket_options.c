/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "collectors/socket/socket_options.h"

#include "collectors/owner_pattern.h"
#include "collectors/socket/socket_sorting.h"
#include "daemon/clock.h"

#define HOUR_USEC (3600 * USEC_PER_SEC)

const struct option socket_option_table[] = {
	{
		.name = "group_by",
		.help = "What sockets are told apart by, as labels: any of unit, local_port, peer and algorithm. Groups beyond limits.max_groups of a protocol become \"(other)\".",
		.type = OPTION_STRINGS,
		.offset = offsetof(struct socket_options, group_by),
		.fallback = "[\"unit\"]",
		.max = SOCKET_LABELS,
		.check = socket_sorting_check,
	},
	{
		.name = "unit_groups",
		.help = "Units that are one group: for the name of each group POSIX extended regular expressions, of which the first that matches a unit counts.",
		.type = OPTION_NAMED_LISTS,
		.offset = offsetof(struct socket_options, unit_groups),
		.fallback = "{}",
		.max = 256,
		.check = owner_pattern_check,
	},
	{
		.name = "ports",
		.help = "Local ports and ranges of them, each a value of the label local_port; all others are \"(other)\". The first that holds a port counts.",
		.type = OPTION_STRINGS,
		.offset = offsetof(struct socket_options, ports),
		.fallback = "[]",
		.max = 256,
		.check = port_range_check,
	},
	{
		.name = "peers",
		.help = "Networks of peers, each name a value of the label peer; all others are \"(other)\". The longest prefix that holds an address counts.",
		.type = OPTION_NAMED_LISTS,
		.offset = offsetof(struct socket_options, peers),
		.fallback = "{}",
		.max = 1024,
		.check = peer_network_check,
	},
	{
		.name = "backlog_after",
		.help = "For how long a send queue must not have been seen empty for txpath_socket_backlogged.",
		.type = OPTION_DURATION,
		.offset = offsetof(struct socket_options, backlog_after_usec),
		.fallback = "\"5s\"",
		.min = 100 * 1000,
		.max = HOUR_USEC,
	},
	{
		.name = "stall_after",
		.help = "For how long nothing of a send queue must have been acknowledged for txpath_socket_stalled.",
		.type = OPTION_DURATION,
		.offset = offsetof(struct socket_options, stall_after_usec),
		.fallback = "\"5s\"",
		.min = 100 * 1000,
		.max = HOUR_USEC,
	},
	{
		.name = "peak_window",
		.help = "How far back txpath_socket_send_queue_peak_bytes looks.",
		.type = OPTION_DURATION,
		.offset = offsetof(struct socket_options, peak_window_usec),
		.fallback = "\"60s\"",
		.min = USEC_PER_SEC,
		.max = HOUR_USEC,
	},
	{
		.name = "max_sockets",
		.help = "Sockets that are remembered from sample to sample, at less than 100 bytes each; those beyond are in no counter and in neither backlogged nor stalled.",
		.type = OPTION_INTEGER,
		.offset = offsetof(struct socket_options, max_sockets),
		.fallback = "65536",
		.min = 1024,
		.max = 4194304,
	},
	{
		.name = "top",
		.help = "Sockets that are kept for each order of /api/v1/sockets.",
		.type = OPTION_INTEGER,
		.offset = offsetof(struct socket_options, top),
		.fallback = "100",
		.min = 1,
		.max = 1000,
	},
	{
		.name = "unix",
		.help = "Whether stream and seqpacket Unix sockets are counted, too.",
		.type = OPTION_BOOLEAN,
		.offset = offsetof(struct socket_options, unix_sockets),
		.fallback = "false",
	},
	OPTION_END,
};
