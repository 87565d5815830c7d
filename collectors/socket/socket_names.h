/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What protocols, families and states are called, in labels as in JSON. */
#include "collectors/socket/socket_message.h"

/* "ipv4", "ipv6", "" */
const char *socket_family_name(enum socket_family family);

/* "established", …; NULL for a state that the protocol's sockets are never in. */
const char *socket_state_name(enum socket_protocol protocol, enum socket_state state);
