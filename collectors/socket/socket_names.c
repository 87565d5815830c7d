/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "collectors/socket/socket_names.h"

static const char *const family_names[SOCKET_FAMILIES] = {
	[SOCKET_IPV4] = "ipv4",
	[SOCKET_IPV6] = "ipv6",
	[SOCKET_NO_FAMILY] = "",
};

#define CONNECTION_STATES                                                       \
	[SOCKET_ESTABLISHED] = "established", [SOCKET_SYN_SENT] = "syn_sent",   \
	[SOCKET_FIN_WAIT_1] = "fin_wait_1", [SOCKET_FIN_WAIT_2] = "fin_wait_2", \
	[SOCKET_CLOSE] = "close", [SOCKET_CLOSE_WAIT] = "close_wait",           \
	[SOCKET_LAST_ACK] = "last_ack", [SOCKET_LISTEN] = "listen", [SOCKET_CLOSING] = "closing"

/* Other protocols borrow TCP's numbers: a UDP socket is connected, or it is not. */
static const char *const state_names[SOCKET_PROTOCOLS][SOCKET_STATES] = {
	[SOCKET_TCP] = { CONNECTION_STATES, [SOCKET_SYN_RECV] = "syn_recv" },
	[SOCKET_UDP] = { [SOCKET_ESTABLISHED] = "established", [SOCKET_CLOSE] = "unconnected" },
	[SOCKET_MPTCP] = { CONNECTION_STATES },
	[SOCKET_UNIX] = { [SOCKET_ESTABLISHED] = "established",
	                  [SOCKET_CLOSE] = "unconnected",
	                  [SOCKET_LISTEN] = "listen" },
};

const char *socket_family_name(enum socket_family family)
{
	return family_names[family];
}

const char *socket_state_name(enum socket_protocol protocol, enum socket_state state)
{
	return state_names[protocol][state];
}
