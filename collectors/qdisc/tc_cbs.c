/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CBS: the credit-based shaper of IEEE 802.1Q (tc-cbs(8), net/sched/sch_cbs.c). Slopes are in
 * kbit/s.
 */
#include <linux/pkt_sched.h>

#include "collectors/qdisc/tc_families.h"
#include "collectors/qdisc/tc_kind.h"

enum {
	HIGH,
	LOW,
	IDLE,
	SEND,
};

static const struct metric_family families[] = {
	[HIGH] = {
		.name = "txpath_qdisc_cbs_high_credit_bytes",
		.help = "Most credit that can be had (hicredit of TCA_CBS_PARMS, hicredit in tc -d qdisc).",
		.unit = METRIC_DOUBLE,
	},
	[LOW] = {
		.name = "txpath_qdisc_cbs_low_credit_bytes",
		.help = "Least credit that can be had (locredit of TCA_CBS_PARMS, locredit in tc -d qdisc).",
		.unit = METRIC_DOUBLE,
	},
	[IDLE] = {
		.name = "txpath_qdisc_cbs_idle_slope_bytes_per_second",
		.help = "How fast credit grows while packets wait (idleslope of TCA_CBS_PARMS, idleslope in tc -d qdisc).",
		.unit = METRIC_DOUBLE,
	},
	[SEND] = {
		.name = "txpath_qdisc_cbs_send_slope_bytes_per_second",
		.help = "How fast credit falls, as a negative number, while packets are sent (sendslope of TCA_CBS_PARMS, sendslope in tc -d qdisc).",
		.unit = METRIC_DOUBLE,
	},
};

static const struct tc_field fields[] = {
	{ .family = HIGH,
	  .source = TC_OPTION,
	  .attribute = TCA_CBS_PARMS,
	  TC_MEMBER(struct tc_cbs_qopt, hicredit),
	  .is_signed = true,
	  .factor = 1 },
	{ .family = LOW,
	  .source = TC_OPTION,
	  .attribute = TCA_CBS_PARMS,
	  TC_MEMBER(struct tc_cbs_qopt, locredit),
	  .is_signed = true,
	  .factor = 1 },
	{ .family = IDLE,
	  .source = TC_OPTION,
	  .attribute = TCA_CBS_PARMS,
	  TC_MEMBER(struct tc_cbs_qopt, idleslope),
	  .is_signed = true,
	  .factor = 125 },
	{ .family = SEND,
	  .source = TC_OPTION,
	  .attribute = TCA_CBS_PARMS,
	  TC_MEMBER(struct tc_cbs_qopt, sendslope),
	  .is_signed = true,
	  .factor = 125 },
};

const struct tc_kind tc_cbs = {
	.name = "cbs",
	.qdisc_table = { { TC_QDISC_LABELS, "netns" }, TC_FAMILIES(families) },
	.qdisc = { TC_FIELDS(fields) },
};
