/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * HHF: flows that send much behind those that do not (tc-hhf(8), net/sched/sch_hhf.c).
 */
#include <linux/pkt_sched.h>

#include "collectors/qdisc/tc_families.h"
#include "collectors/qdisc/tc_kind.h"

static const struct tc_field common_fields[] = {
	{ .family = TC_QDISC_LIMIT_PACKETS,
	  .source = TC_OPTION,
	  .attribute = TCA_HHF_BACKLOG_LIMIT,
	  .size = 4 },
};

enum {
	QUANTUM,
	LIMIT,
	ADMIT,
	WEIGHT,
	OVERLIMIT_DROPS,
	OVERFLOWS,
	FOUND,
	KNOWN,
};

static const struct metric_family families[] = {
	[QUANTUM] = {
		.name = "txpath_qdisc_hhf_quantum_bytes",
		.help = "Bytes that a bucket may send in its turn (TCA_HHF_QUANTUM, quantum in tc -d qdisc).",
	},
	[LIMIT] = {
		.name = "txpath_qdisc_hhf_heavy_hitters_limit",
		.help = "Heavy hitters that can be known (TCA_HHF_HH_FLOWS_LIMIT, hh_limit in tc -d qdisc).",
	},
	[ADMIT] = {
		.name = "txpath_qdisc_hhf_admit_bytes",
		.help = "Bytes in a time that make a flow a heavy hitter (TCA_HHF_ADMIT_BYTES, admit_bytes in tc -d qdisc).",
	},
	[WEIGHT] = {
		.name = "txpath_qdisc_hhf_other_weight",
		.help = "How often the turn of the others comes as against theirs (TCA_HHF_NON_HH_WEIGHT, non_hh_weight in tc -d qdisc).",
	},
	[OVERLIMIT_DROPS] = {
		.name = "txpath_qdisc_hhf_overlimit_drops_total",
		.help = "Packets dropped at the limit (drop_overlimit of struct tc_hhf_xstats, drop_overlimit in tc -s qdisc).",
		.type = METRIC_COUNTER,
	},
	[OVERFLOWS] = {
		.name = "txpath_qdisc_hhf_heavy_hitter_overflows_total",
		.help = "Heavy hitters beyond those that can be known (hh_overlimit of struct tc_hhf_xstats, hh_overlimit in tc -s qdisc).",
		.type = METRIC_COUNTER,
	},
	[FOUND] = {
		.name = "txpath_qdisc_hhf_found_heavy_hitters_total",
		.help = "Heavy hitters found so far (hh_tot_count of struct tc_hhf_xstats, tot_hh in tc -s qdisc).",
		.type = METRIC_COUNTER,
	},
	[KNOWN] = {
		.name = "txpath_qdisc_hhf_heavy_hitters",
		.help = "Heavy hitters now (hh_cur_count of struct tc_hhf_xstats, cur_hh in tc -s qdisc).",
	},
};

static const struct tc_field fields[] = {
	{ .family = QUANTUM, .source = TC_OPTION, .attribute = TCA_HHF_QUANTUM, .size = 4 },
	{ .family = LIMIT, .source = TC_OPTION, .attribute = TCA_HHF_HH_FLOWS_LIMIT, .size = 4 },
	{ .family = ADMIT, .source = TC_OPTION, .attribute = TCA_HHF_ADMIT_BYTES, .size = 4 },
	{ .family = WEIGHT, .source = TC_OPTION, .attribute = TCA_HHF_NON_HH_WEIGHT, .size = 4 },
	{ .family = OVERLIMIT_DROPS,
	  .source = TC_XSTATS,
	  TC_MEMBER(struct tc_hhf_xstats, drop_overlimit) },
	{ .family = OVERFLOWS, .source = TC_XSTATS, TC_MEMBER(struct tc_hhf_xstats, hh_overlimit) },
	{ .family = FOUND, .source = TC_XSTATS, TC_MEMBER(struct tc_hhf_xstats, hh_tot_count) },
	{ .family = KNOWN, .source = TC_XSTATS, TC_MEMBER(struct tc_hhf_xstats, hh_cur_count) },
};

const struct tc_kind tc_hhf = {
	.name = "hhf",
	.qdisc_common = { TC_FIELDS(common_fields) },
	.qdisc_table = { { TC_QDISC_LABELS, "netns" }, TC_FAMILIES(families) },
	.qdisc = { TC_FIELDS(fields) },
};
