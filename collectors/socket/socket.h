/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Internet sockets and their send queues: see socket.c. */
#include "daemon/collector.h"

extern const struct collector_ops socket_collector;
