/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A new collector adds its header and its line here. */
#include "daemon/registry.h"

#include "collectors/drop/drop.h"
#include "collectors/latency/latency.h"
#include "collectors/netfilter/netfilter.h"
#include "collectors/nic/nic.h"
#include "collectors/qdisc/qdisc.h"
#include "collectors/retransmit/retransmit.h"
#include "collectors/socket/socket.h"
#include "collectors/stack/stack.h"

const struct collector_ops *const registry[] = {
	&socket_collector, &stack_collector,   &netfilter_collector,
	&qdisc_collector,  &nic_collector,     &retransmit_collector,
	&drop_collector,   &latency_collector, NULL,
};
