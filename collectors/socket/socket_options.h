/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What the collector's section of the configuration may hold. */
#include "config/option.h"

struct socket_options {
	struct string_list group_by;
	struct named_lists unit_groups;
	struct string_list ports;
	struct named_lists peers;
	uint64_t backlog_after_usec;
	uint64_t stall_after_usec;
	uint64_t peak_window_usec;
	uint64_t max_sockets;
	uint64_t top;
	bool unix_sockets;
};

extern const struct option socket_option_table[];
