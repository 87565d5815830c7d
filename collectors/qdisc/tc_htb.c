/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * HTB: a tree of classes with rates that lend to each other (tc-htb(8), net/sched/sch_htb.c).
 * Classes that are not leaves have neither quantum nor priority.
 */
#include <linux/pkt_sched.h>

#include "collectors/qdisc/tc_families.h"
#include "collectors/qdisc/tc_kind.h"

#define LEVEL TC_CLASS_FAMILIES /* of no family: decides about others */

static const struct tc_field class_common_fields[] = {
	{ .family = LEVEL,
	  .source = TC_OPTION,
	  .attribute = TCA_HTB_PARMS,
	  TC_MEMBER(struct tc_htb_opt, level) },
	{ .family = TC_CLASS_RATE,
	  .source = TC_OPTION,
	  .attribute = TCA_HTB_PARMS,
	  TC_MEMBER(struct tc_htb_opt, rate.rate) },
	{ .family = TC_CLASS_RATE, .source = TC_OPTION, .attribute = TCA_HTB_RATE64, .size = 8 },
	{ .family = TC_CLASS_CEILING,
	  .source = TC_OPTION,
	  .attribute = TCA_HTB_PARMS,
	  TC_MEMBER(struct tc_htb_opt, ceil.rate) },
	{ .family = TC_CLASS_CEILING, .source = TC_OPTION, .attribute = TCA_HTB_CEIL64, .size = 8 },
	{ .family = TC_CLASS_BURST,
	  .source = TC_OPTION,
	  .attribute = TCA_HTB_PARMS,
	  TC_MEMBER(struct tc_htb_opt, buffer) },
	{ .family = TC_CLASS_CEILING_BURST,
	  .source = TC_OPTION,
	  .attribute = TCA_HTB_PARMS,
	  TC_MEMBER(struct tc_htb_opt, cbuffer) },
	{ .family = TC_CLASS_QUANTUM,
	  .source = TC_OPTION,
	  .attribute = TCA_HTB_PARMS,
	  TC_MEMBER(struct tc_htb_opt, quantum) },
	{ .family = TC_CLASS_PRIORITY,
	  .source = TC_OPTION,
	  .attribute = TCA_HTB_PARMS,
	  TC_MEMBER(struct tc_htb_opt, prio) },
	{ .family = TC_CLASS_LENDS, .source = TC_XSTATS, TC_MEMBER(struct tc_htb_xstats, lends) },
	{ .family = TC_CLASS_BORROWS,
	  .source = TC_XSTATS,
	  TC_MEMBER(struct tc_htb_xstats, borrows) },
	{ .family = TC_CLASS_TOKENS,
	  .source = TC_XSTATS,
	  TC_MEMBER(struct tc_htb_xstats, tokens),
	  .is_signed = true,
	  .factor = 1 },
	{ .family = TC_CLASS_CEILING_TOKENS,
	  .source = TC_XSTATS,
	  TC_MEMBER(struct tc_htb_xstats, ctokens),
	  .is_signed = true,
	  .factor = 1 },
};

enum {
	DIRECT,
	DIRECT_LIMIT,
};

static const struct metric_family families[] = {
	[DIRECT] = {
		.name = "txpath_qdisc_htb_direct_packets_total",
		.help = "Packets that no class took, sent past them all (direct_pkts of TCA_HTB_INIT, direct_packets_stat in tc -d qdisc).",
		.type = METRIC_COUNTER,
	},
	[DIRECT_LIMIT] = {
		.name = "txpath_qdisc_htb_direct_limit_packets",
		.help = "Packets without a class that may wait (TCA_HTB_DIRECT_QLEN, direct_qlen in tc -d qdisc).",
	},
};

static const struct tc_field fields[] = {
	{ .family = DIRECT,
	  .source = TC_OPTION,
	  .attribute = TCA_HTB_INIT,
	  TC_MEMBER(struct tc_htb_glob, direct_pkts) },
	{ .family = DIRECT_LIMIT,
	  .source = TC_OPTION,
	  .attribute = TCA_HTB_DIRECT_QLEN,
	  .size = 4 },
};

static int finish_class(struct tc_values *values)
{
	if (!tc_values_have(values, LEVEL) || values->of[LEVEL].count > 0) {
		tc_values_drop(values, TC_CLASS_QUANTUM);
		tc_values_drop(values, TC_CLASS_PRIORITY);
	}
	tc_values_fill(values, TC_CLASS_BURST, TC_CLASS_RATE);
	tc_values_fill(values, TC_CLASS_CEILING_BURST, TC_CLASS_CEILING);
	return 0;
}

const struct tc_kind tc_htb = {
	.name = "htb",
	.classes = TC_CLASSES_REAL,
	.class_common = { TC_FIELDS(class_common_fields), .adjust = finish_class },
	.qdisc_table = { { TC_QDISC_LABELS, "netns" }, TC_FAMILIES(families) },
	.qdisc = { TC_FIELDS(fields) },
};
