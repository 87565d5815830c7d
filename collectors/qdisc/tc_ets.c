/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ETS: strict bands, then others in turn (tc-ets(8), net/sched/sch_ets.c). Only the latter have a
 * quantum.
 */
#include <linux/pkt_sched.h>

#include "collectors/qdisc/tc_families.h"
#include "collectors/qdisc/tc_kind.h"

static const struct tc_field class_common_fields[] = {
	{ .family = TC_CLASS_QUANTUM,
	  .source = TC_OPTION,
	  .attribute = TCA_ETS_QUANTA_BAND,
	  .size = 4 },
};

enum {
	BANDS,
	STRICT,
};

static const struct metric_family families[] = {
	[BANDS] = {
		.name = "txpath_qdisc_ets_bands",
		.help = "Bands (TCA_ETS_NBANDS, bands in tc -d qdisc).",
	},
	[STRICT] = {
		.name = "txpath_qdisc_ets_strict_bands",
		.help = "Bands of which each goes before all after it (TCA_ETS_NSTRICT, strict in tc -d qdisc).",
	},
};

static const struct tc_field fields[] = {
	{ .family = BANDS, .source = TC_OPTION, .attribute = TCA_ETS_NBANDS, .size = 1 },
	{ .family = STRICT, .source = TC_OPTION, .attribute = TCA_ETS_NSTRICT, .size = 1 },
};

const struct tc_kind tc_ets = {
	.name = "ets",
	.classes = TC_CLASSES_REAL,
	.class_common = { TC_FIELDS(class_common_fields) },
	.qdisc_table = { { TC_QDISC_LABELS, "netns" }, TC_FAMILIES(families) },
	.qdisc = { TC_FIELDS(fields) },
};
