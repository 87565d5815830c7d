/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * TBF: a token bucket (tc-tbf(8), net/sched/sch_tbf.c).
 */
#include <linux/pkt_sched.h>

#include "collectors/qdisc/tc_families.h"
#include "collectors/qdisc/tc_kind.h"

static const struct tc_field common_fields[] = {
	{ .family = TC_QDISC_LIMIT_BYTES,
	  .source = TC_OPTION,
	  .attribute = TCA_TBF_PARMS,
	  TC_MEMBER(struct tc_tbf_qopt, limit) },
};

enum {
	RATE,
	PEAK,
	BURST,
};

static const struct metric_family families[] = {
	[RATE] = {
		.name = "txpath_qdisc_tbf_rate_bytes_per_second",
		.help = "Rate that tokens come at (rate of TCA_TBF_PARMS, TCA_TBF_RATE64, rate in tc -d qdisc).",
	},
	[PEAK] = {
		.name = "txpath_qdisc_tbf_peak_rate_bytes_per_second",
		.help = "Rate that is never exceeded, where set (peakrate of TCA_TBF_PARMS, TCA_TBF_PRATE64, peakrate in tc -d qdisc).",
	},
	[BURST] = {
		.name = "txpath_qdisc_tbf_burst_bytes",
		.help = "Tokens that the bucket holds (buffer of TCA_TBF_PARMS, burst in tc -d qdisc).",
	},
};

static const struct tc_field fields[] = {
	{ .family = RATE,
	  .source = TC_OPTION,
	  .attribute = TCA_TBF_PARMS,
	  TC_MEMBER(struct tc_tbf_qopt, rate.rate) },
	{ .family = RATE, .source = TC_OPTION, .attribute = TCA_TBF_RATE64, .size = 8 },
	{ .family = PEAK,
	  .source = TC_OPTION,
	  .attribute = TCA_TBF_PARMS,
	  TC_MEMBER(struct tc_tbf_qopt, peakrate.rate),
	  .unless_zero = true },
	{ .family = PEAK, .source = TC_OPTION, .attribute = TCA_TBF_PRATE64, .size = 8 },
	{ .family = BURST,
	  .source = TC_OPTION,
	  .attribute = TCA_TBF_PARMS,
	  TC_MEMBER(struct tc_tbf_qopt, buffer) },
};

static int fill_bucket(struct tc_values *values)
{
	tc_values_fill(values, BURST, RATE);
	return 0;
}

const struct tc_kind tc_tbf = {
	.name = "tbf",
	.qdisc_common = { TC_FIELDS(common_fields) },
	.qdisc_table = { { TC_QDISC_LABELS, "netns" }, TC_FAMILIES(families) },
	.qdisc = { TC_FIELDS(fields), .adjust = fill_bucket },
};
