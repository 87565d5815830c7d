/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ETF: packets at the times that they say (tc-etf(8), net/sched/sch_etf.c).
 */
#include <linux/pkt_sched.h>

#include "collectors/qdisc/tc_families.h"
#include "collectors/qdisc/tc_kind.h"

enum {
	DELTA,
	DEADLINE,
};

static const struct metric_family families[] = {
	[DELTA] = {
		.name = "txpath_qdisc_etf_delta_seconds",
		.help = "Time before its own at which a packet is handed on (delta of TCA_ETF_PARMS, delta in tc -d qdisc).",
		.unit = METRIC_NSEC,
	},
	[DEADLINE] = {
		.name = "txpath_qdisc_etf_deadline_mode_enabled",
		.help = "Whether a time is the latest rather than the only one (flags of TCA_ETF_PARMS, deadline_mode in tc -d qdisc).",
	},
};

static const struct tc_field fields[] = {
	{ .family = DELTA,
	  .source = TC_OPTION,
	  .attribute = TCA_ETF_PARMS,
	  TC_MEMBER(struct tc_etf_qopt, delta) },
	{ .family = DEADLINE,
	  .source = TC_OPTION,
	  .attribute = TCA_ETF_PARMS,
	  TC_MEMBER(struct tc_etf_qopt, flags) },
};

static int take_flag(struct tc_values *values)
{
	tc_values_flag(values, DEADLINE, TC_ETF_DEADLINE_MODE_ON);
	return 0;
}

const struct tc_kind tc_etf = {
	.name = "etf",
	.qdisc_table = { { TC_QDISC_LABELS, "netns" }, TC_FAMILIES(families) },
	.qdisc = { TC_FIELDS(fields), .adjust = take_flag },
};
