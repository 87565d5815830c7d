/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Qdiscs that are bands and nothing else: pfifo_fast, prio (tc-prio(8)), whose bands are classes,
 * and multiq, which has one for each of the device's queues.
 */
#include <linux/pkt_sched.h>

#include "collectors/qdisc/tc_kind.h"

static const struct metric_family pfifo_fast_family = {
	.name = "txpath_qdisc_pfifo_fast_bands",
	.help = "Bands, of which each goes before all after it (bands of struct tc_prio_qopt, bands in tc -d qdisc).",
};

static const struct metric_family prio_family = {
	.name = "txpath_qdisc_prio_bands",
	.help = "Bands, of which each goes before all after it (bands of struct tc_prio_qopt, bands in tc -d qdisc).",
};

static const struct metric_family multiq_family = {
	.name = "txpath_qdisc_multiq_bands",
	.help = "Bands in use (bands of struct tc_multiq_qopt, bands in tc -d qdisc).",
};

static const struct tc_field fields[] = {
	{ 0, TC_OPTIONS, TC_MEMBER(struct tc_prio_qopt, bands) },
};

static const struct tc_field multiq_fields[] = {
	{ 0, TC_OPTIONS, TC_MEMBER(struct tc_multiq_qopt, bands) },
};

const struct tc_kind tc_pfifo_fast = {
	.name = "pfifo_fast",
	.qdisc_table = { { TC_QDISC_LABELS, "netns" }, &pfifo_fast_family, 1 },
	.qdisc = { TC_FIELDS(fields) },
};

const struct tc_kind tc_prio = {
	.name = "prio",
	.classes = TC_CLASSES_REAL,
	.qdisc_table = { { TC_QDISC_LABELS, "netns" }, &prio_family, 1 },
	.qdisc = { TC_FIELDS(fields) },
};

const struct tc_kind tc_multiq = {
	.name = "multiq",
	.classes = TC_CLASSES_REAL,
	.qdisc_table = { { TC_QDISC_LABELS, "netns" }, &multiq_family, 1 },
	.qdisc = { TC_FIELDS(multiq_fields) },
};
