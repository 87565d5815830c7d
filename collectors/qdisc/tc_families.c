/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "collectors/qdisc/tc_families.h"

#include "collectors/qdisc/tc_labels.h"

static const struct metric_family qdisc_families[TC_QDISC_FAMILIES] = {
	[TC_QDISC_SENT_BYTES] = {
		.name = "txpath_qdisc_sent_bytes_total",
		.help = "Bytes sent by the qdisc (bytes of TCA_STATS_BASIC, Sent in tc -s qdisc).",
		.type = METRIC_COUNTER,
	},
	[TC_QDISC_SENT_PACKETS] = {
		.name = "txpath_qdisc_sent_packets_total",
		.help = "Packets sent by the qdisc (packets of TCA_STATS_PKT64 or TCA_STATS_BASIC, Sent in tc -s qdisc).",
		.type = METRIC_COUNTER,
	},
	[TC_QDISC_DROPS] = {
		.name = "txpath_qdisc_drops_total",
		.help = "Packets dropped by the qdisc (drops of TCA_STATS_QUEUE, dropped in tc -s qdisc).",
		.type = METRIC_COUNTER,
	},
	[TC_QDISC_OVERLIMITS] = {
		.name = "txpath_qdisc_overlimits_total",
		.help = "Times that a limit held packets back in the qdisc (overlimits of TCA_STATS_QUEUE, overlimits in tc -s qdisc).",
		.type = METRIC_COUNTER,
	},
	[TC_QDISC_REQUEUES] = {
		.name = "txpath_qdisc_requeues_total",
		.help = "Packets put back into the qdisc, as the driver could not take them (requeues of TCA_STATS_QUEUE, requeues in tc -s qdisc).",
		.type = METRIC_COUNTER,
	},
	[TC_QDISC_BACKLOG_BYTES] = {
		.name = "txpath_qdisc_backlog_bytes",
		.help = "Bytes waiting in the qdisc (backlog of TCA_STATS_QUEUE, backlog in tc -s qdisc).",
	},
	[TC_QDISC_BACKLOG_PACKETS] = {
		.name = "txpath_qdisc_backlog_packets",
		.help = "Packets waiting in the qdisc (qlen of TCA_STATS_QUEUE, backlog in tc -s qdisc).",
	},
	[TC_QDISC_BACKLOG_PEAK_BYTES] = {
		.name = "txpath_qdisc_backlog_peak_bytes",
		.help = "Most bytes sampled waiting in the qdisc in the last peak_window (backlog of TCA_STATS_QUEUE).",
	},
	[TC_QDISC_LIMIT_BYTES] = {
		.name = "txpath_qdisc_limit_bytes",
		.help = "Bytes that may wait in the qdisc (limit of TCA_OPTIONS where it is in bytes, limit in tc qdisc).",
	},
	[TC_QDISC_LIMIT_PACKETS] = {
		.name = "txpath_qdisc_limit_packets",
		.help = "Packets that may wait in the qdisc (limit of TCA_OPTIONS where it is in packets, limit in tc qdisc).",
	},
	[TC_QDISC_OFFLOADED] = {
		.name = "txpath_qdisc_offloaded",
		.help = "Whether the device itself does the work of the qdisc (TCA_HW_OFFLOAD, offloaded in tc qdisc).",
	},
};

static const struct metric_family class_families[TC_CLASS_FAMILIES] = {
	[TC_QDISC_SENT_BYTES] = {
		.name = "txpath_class_sent_bytes_total",
		.help = "Bytes sent by the class (bytes of TCA_STATS_BASIC, Sent in tc -s class).",
		.type = METRIC_COUNTER,
	},
	[TC_QDISC_SENT_PACKETS] = {
		.name = "txpath_class_sent_packets_total",
		.help = "Packets sent by the class (packets of TCA_STATS_PKT64 or TCA_STATS_BASIC, Sent in tc -s class).",
		.type = METRIC_COUNTER,
	},
	[TC_QDISC_DROPS] = {
		.name = "txpath_class_drops_total",
		.help = "Packets dropped by the class (drops of TCA_STATS_QUEUE, dropped in tc -s class).",
		.type = METRIC_COUNTER,
	},
	[TC_QDISC_OVERLIMITS] = {
		.name = "txpath_class_overlimits_total",
		.help = "Times that a limit held packets back in the class (overlimits of TCA_STATS_QUEUE, overlimits in tc -s class).",
		.type = METRIC_COUNTER,
	},
	[TC_QDISC_REQUEUES] = {
		.name = "txpath_class_requeues_total",
		.help = "Packets put back into the class, as the driver could not take them (requeues of TCA_STATS_QUEUE, requeues in tc -s class).",
		.type = METRIC_COUNTER,
	},
	[TC_QDISC_BACKLOG_BYTES] = {
		.name = "txpath_class_backlog_bytes",
		.help = "Bytes waiting in the class (backlog of TCA_STATS_QUEUE, backlog in tc -s class).",
	},
	[TC_QDISC_BACKLOG_PACKETS] = {
		.name = "txpath_class_backlog_packets",
		.help = "Packets waiting in the class (qlen of TCA_STATS_QUEUE, backlog in tc -s class).",
	},
	[TC_QDISC_BACKLOG_PEAK_BYTES] = {
		.name = "txpath_class_backlog_peak_bytes",
		.help = "Most bytes sampled waiting in the class in the last peak_window (backlog of TCA_STATS_QUEUE).",
	},
	[TC_CLASS_RATE] = {
		.name = "txpath_class_rate_bytes_per_second",
		.help = "Rate that an HTB class is sure of (rate of TCA_HTB_PARMS, TCA_HTB_RATE64, rate in tc class).",
	},
	[TC_CLASS_CEILING] = {
		.name = "txpath_class_ceiling_bytes_per_second",
		.help = "Rate that an HTB class may not exceed (ceil of TCA_HTB_PARMS, TCA_HTB_CEIL64, ceil in tc class).",
	},
	[TC_CLASS_BURST] = {
		.name = "txpath_class_burst_bytes",
		.help = "Bytes that an HTB class may send at once at its rate (buffer of TCA_HTB_PARMS, burst in tc class).",
	},
	[TC_CLASS_CEILING_BURST] = {
		.name = "txpath_class_ceiling_burst_bytes",
		.help = "Bytes that an HTB class may send at once at its ceiling (cbuffer of TCA_HTB_PARMS, cburst in tc class).",
	},
	[TC_CLASS_QUANTUM] = {
		.name = "txpath_class_quantum_bytes",
		.help = "Bytes that a class may send in its turn; of HTB, DRR and ETS (quantum of TCA_HTB_PARMS, TCA_DRR_QUANTUM, TCA_ETS_QUANTA_BAND, quantum in tc -d class).",
	},
	[TC_CLASS_PRIORITY] = {
		.name = "txpath_class_priority",
		.help = "Priority of an HTB class, 0 goes first (prio of TCA_HTB_PARMS, prio in tc class).",
	},
	[TC_CLASS_LENDS] = {
		.name = "txpath_class_lends_total",
		.help = "Packets that an HTB class sent by its own rate or lent another its rate for (lends of struct tc_htb_xstats, lended in tc -s class).",
		.type = METRIC_COUNTER,
	},
	[TC_CLASS_BORROWS] = {
		.name = "txpath_class_borrows_total",
		.help = "Packets that an HTB class sent by the rate of another (borrows of struct tc_htb_xstats, borrowed in tc -s class).",
		.type = METRIC_COUNTER,
	},
	[TC_CLASS_TOKENS] = {
		.name = "txpath_class_tokens",
		.help = "Tokens that an HTB class has left of its rate, in ticks of 64 ns; negative when it must wait (tokens of struct tc_htb_xstats, tokens in tc -s class).",
		.unit = METRIC_DOUBLE,
	},
	[TC_CLASS_CEILING_TOKENS] = {
		.name = "txpath_class_ceiling_tokens",
		.help = "Tokens that an HTB class has left of its ceiling, in ticks of 64 ns; negative when it must wait (ctokens of struct tc_htb_xstats, ctokens in tc -s class).",
		.unit = METRIC_DOUBLE,
	},
};

const struct metric_table tc_qdisc_table = {
	.labels = { TC_QDISC_LABELS, "netns" },
	.families = qdisc_families,
	.n_families = TC_QDISC_FAMILIES,
};

const struct metric_table tc_class_table = {
	.labels = { TC_CLASS_LABELS, "netns" },
	.families = class_families,
	.n_families = TC_CLASS_FAMILIES,
};
