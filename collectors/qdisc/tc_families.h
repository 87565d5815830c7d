/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The tables of all qdiscs and of all classes, whatever their kind. */
#include "daemon/metric.h"

enum {
	TC_QDISC_SENT_BYTES,
	TC_QDISC_SENT_PACKETS,
	TC_QDISC_DROPS,
	TC_QDISC_OVERLIMITS,
	TC_QDISC_REQUEUES,
	TC_QDISC_BACKLOG_BYTES,
	TC_QDISC_BACKLOG_PACKETS,
	TC_QDISC_BACKLOG_PEAK_BYTES,
	TC_QDISC_LIMIT_BYTES,
	TC_QDISC_LIMIT_PACKETS,
	TC_QDISC_OFFLOADED,
	TC_QDISC_FAMILIES,
};

/* The first ones are the same as of a qdisc. */
enum {
	TC_CLASS_RATE = TC_QDISC_BACKLOG_PEAK_BYTES + 1,
	TC_CLASS_CEILING,
	TC_CLASS_BURST,
	TC_CLASS_CEILING_BURST,
	TC_CLASS_QUANTUM,
	TC_CLASS_PRIORITY,
	TC_CLASS_LENDS,
	TC_CLASS_BORROWS,
	TC_CLASS_TOKENS,
	TC_CLASS_CEILING_TOKENS,
	TC_CLASS_FAMILIES,
};

extern const struct metric_table tc_qdisc_table;
extern const struct metric_table tc_class_table;
