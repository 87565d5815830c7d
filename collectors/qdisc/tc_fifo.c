/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Queues with a limit and nothing else to tell: pfifo, bfifo, pfifo_head_drop (tc-pfifo(8)) and
 * skbprio (tc-skbprio(8)).
 */
#include <linux/pkt_sched.h>

#include "collectors/qdisc/tc_families.h"
#include "collectors/qdisc/tc_kind.h"

static const struct tc_field packets[] = {
	{ TC_QDISC_LIMIT_PACKETS, TC_OPTIONS, TC_MEMBER(struct tc_fifo_qopt, limit) },
};

static const struct tc_field bytes[] = {
	{ TC_QDISC_LIMIT_BYTES, TC_OPTIONS, TC_MEMBER(struct tc_fifo_qopt, limit) },
};

static const struct tc_field skbprio_packets[] = {
	{ TC_QDISC_LIMIT_PACKETS, TC_OPTIONS, TC_MEMBER(struct tc_skbprio_qopt, limit) },
};

const struct tc_kind tc_pfifo = { .name = "pfifo", .qdisc_common = { TC_FIELDS(packets) } };
const struct tc_kind tc_bfifo = { .name = "bfifo", .qdisc_common = { TC_FIELDS(bytes) } };

const struct tc_kind tc_pfifo_head_drop = {
	.name = "pfifo_head_drop",
	.qdisc_common = { TC_FIELDS(packets) },
};

const struct tc_kind tc_skbprio = {
	.name = "skbprio",
	.qdisc_common = { TC_FIELDS(skbprio_packets) },
};
