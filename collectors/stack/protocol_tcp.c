/* SPDX-License-Identifier: GPL-2.0-or-later */
/* TCP: one row, as both versions of IP share it. */
#include "collectors/stack/protocol.h"

enum {
	SEGMENTS,
	RETRANSMITTED,
	RESETS,
	DATA_SEGMENTS,
	DELIVERED,
	DELIVERED_CE,
	TIMEOUTS,
	SPURIOUS_TIMEOUTS,
	TIMEOUT_REHASHES,
	LOSS_PROBES,
	LOSS_PROBE_RECOVERIES,
	FAST_RETRANSMITS,
	SLOW_START_RETRANSMITS,
	LOST_RETRANSMITS,
	SYN_RETRANSMITS,
	RETRANSMIT_FAILURES,
	STILL_QUEUED,
	ZERO_WINDOW_PROBES,
	KEEPALIVES,
	AUTO_CORKED,
	MTU_PROBE_SUCCESSES,
	MTU_PROBE_FAILURES,
	ABORTS_ON_TIMEOUT,
	MEMORY_ABORTS,
	MEMORY_PRESSURE,
	MEMORY_PRESSURE_SECONDS,
	WRITE_QUEUE_TOO_BIG,
	FAMILIES,
};

static const struct metric_family tcp_families[FAMILIES] = {
	[SEGMENTS] = {
		.name = "txpath_tcp_segments_sent_total",
		.help = "Segments sent, acknowledgements and resets included, retransmissions not (Tcp OutSegs in /proc/net/snmp).",
		.type = METRIC_COUNTER,
	},
	[RETRANSMITTED] = {
		.name = "txpath_tcp_segments_retransmitted_total",
		.help = "Segments retransmitted (Tcp RetransSegs in /proc/net/snmp).",
		.type = METRIC_COUNTER,
	},
	[RESETS] = {
		.name = "txpath_tcp_resets_sent_total",
		.help = "Resets sent (Tcp OutRsts in /proc/net/snmp).",
		.type = METRIC_COUNTER,
	},
	[DATA_SEGMENTS] = {
		.name = "txpath_tcp_data_segments_sent_total",
		.help = "Segments with data sent for the first time (TcpExt TCPOrigDataSent in /proc/net/netstat).",
		.type = METRIC_COUNTER,
	},
	[DELIVERED] = {
		.name = "txpath_tcp_delivered_total",
		.help = "Segments with data that were acknowledged (TcpExt TCPDelivered in /proc/net/netstat).",
		.type = METRIC_COUNTER,
	},
	[DELIVERED_CE] = {
		.name = "txpath_tcp_delivered_ce_total",
		.help = "Segments with data that were acknowledged and had met congestion (ECN) (TcpExt TCPDeliveredCE in /proc/net/netstat).",
		.type = METRIC_COUNTER,
	},
	[TIMEOUTS] = {
		.name = "txpath_tcp_timeouts_total",
		.help = "Retransmission timeouts (TcpExt TCPTimeouts in /proc/net/netstat).",
		.type = METRIC_COUNTER,
	},
	[SPURIOUS_TIMEOUTS] = {
		.name = "txpath_tcp_spurious_timeouts_total",
		.help = "Retransmission timeouts after which it turned out that nothing had been lost (F-RTO) (TcpExt TCPSpuriousRTOs in /proc/net/netstat).",
		.type = METRIC_COUNTER,
	},
	[TIMEOUT_REHASHES] = {
		.name = "txpath_tcp_timeout_rehashes_total",
		.help = "Times that a connection took another path after a timeout, by a new hash (TcpExt TcpTimeoutRehash in /proc/net/netstat).",
		.type = METRIC_COUNTER,
	},
	[LOSS_PROBES] = {
		.name = "txpath_tcp_loss_probes_total",
		.help = "Tail loss probes sent (TcpExt TCPLossProbes in /proc/net/netstat).",
		.type = METRIC_COUNTER,
	},
	[LOSS_PROBE_RECOVERIES] = {
		.name = "txpath_tcp_loss_probe_recoveries_total",
		.help = "Losses that a tail loss probe repaired (TcpExt TCPLossProbeRecovery in /proc/net/netstat).",
		.type = METRIC_COUNTER,
	},
	[FAST_RETRANSMITS] = {
		.name = "txpath_tcp_fast_retransmits_total",
		.help = "Segments retransmitted in fast recovery (TcpExt TCPFastRetrans in /proc/net/netstat).",
		.type = METRIC_COUNTER,
	},
	[SLOW_START_RETRANSMITS] = {
		.name = "txpath_tcp_slow_start_retransmits_total",
		.help = "Segments retransmitted in slow start, after a timeout (TcpExt TCPSlowStartRetrans in /proc/net/netstat).",
		.type = METRIC_COUNTER,
	},
	[LOST_RETRANSMITS] = {
		.name = "txpath_tcp_lost_retransmits_total",
		.help = "Retransmissions that were lost in turn (TcpExt TCPLostRetransmit in /proc/net/netstat).",
		.type = METRIC_COUNTER,
	},
	[SYN_RETRANSMITS] = {
		.name = "txpath_tcp_syn_retransmits_total",
		.help = "SYN and SYN-ACK segments retransmitted (TcpExt TCPSynRetrans in /proc/net/netstat).",
		.type = METRIC_COUNTER,
	},
	[RETRANSMIT_FAILURES] = {
		.name = "txpath_tcp_retransmit_failures_total",
		.help = "Retransmissions that failed on this machine (TcpExt TCPRetransFail in /proc/net/netstat).",
		.type = METRIC_COUNTER,
	},
	[STILL_QUEUED] = {
		.name = "txpath_tcp_retransmits_still_queued_total",
		.help = "Retransmissions put off as the segment itself was still waiting in this machine (TcpExt TCPSpuriousRtxHostQueues in /proc/net/netstat).",
		.type = METRIC_COUNTER,
	},
	[ZERO_WINDOW_PROBES] = {
		.name = "txpath_tcp_zero_window_probes_total",
		.help = "Probes sent to peers that had no room in their receive window (TcpExt TCPWinProbe in /proc/net/netstat).",
		.type = METRIC_COUNTER,
	},
	[KEEPALIVES] = {
		.name = "txpath_tcp_keepalives_sent_total",
		.help = "Keepalive probes sent (TcpExt TCPKeepAlive in /proc/net/netstat).",
		.type = METRIC_COUNTER,
	},
	[AUTO_CORKED] = {
		.name = "txpath_tcp_auto_corked_total",
		.help = "Times that a small segment was held back, as others were still waiting in qdisc or device (TcpExt TCPAutoCorking in /proc/net/netstat).",
		.type = METRIC_COUNTER,
	},
	[MTU_PROBE_SUCCESSES] = {
		.name = "txpath_tcp_mtu_probe_successes_total",
		.help = "Larger segments tried that the path let through (TcpExt TCPMTUPSuccess in /proc/net/netstat).",
		.type = METRIC_COUNTER,
	},
	[MTU_PROBE_FAILURES] = {
		.name = "txpath_tcp_mtu_probe_failures_total",
		.help = "Larger segments tried that were lost (TcpExt TCPMTUPFail in /proc/net/netstat).",
		.type = METRIC_COUNTER,
	},
	[ABORTS_ON_TIMEOUT] = {
		.name = "txpath_tcp_timeout_aborts_total",
		.help = "Connections given up as the peer did not answer in time (TcpExt TCPAbortOnTimeout in /proc/net/netstat).",
		.type = METRIC_COUNTER,
	},
	[MEMORY_ABORTS] = {
		.name = "txpath_tcp_memory_aborts_total",
		.help = "Connections given up as there was no memory for what they had still to send (TcpExt TCPAbortOnMemory in /proc/net/netstat).",
		.type = METRIC_COUNTER,
	},
	[MEMORY_PRESSURE] = {
		.name = "txpath_tcp_memory_pressure_total",
		.help = "Times that TCP's memory came under pressure (TcpExt TCPMemoryPressures in /proc/net/netstat).",
		.type = METRIC_COUNTER,
	},
	[MEMORY_PRESSURE_SECONDS] = {
		.name = "txpath_tcp_memory_pressure_seconds_total",
		.help = "Time that TCP's memory was under pressure, once that is over (TcpExt TCPMemoryPressuresChrono in /proc/net/netstat).",
		.type = METRIC_COUNTER,
		.unit = METRIC_NSEC,
	},
	[WRITE_QUEUE_TOO_BIG] = {
		.name = "txpath_tcp_write_queue_too_big_total",
		.help = "Segments that could not be cut in two, as the send queue was far beyond its bound (TcpExt TCPWqueueTooBig in /proc/net/netstat).",
		.type = METRIC_COUNTER,
	},
};

const struct metric_table protocol_tcp_table = {
	.labels = { "netns" },
	.families = tcp_families,
	.n_families = FAMILIES,
};

const struct proc_field protocol_tcp_snmp[] = {
	PROC_FIELD("OutSegs", SEGMENTS, PROC_COUNT),
	PROC_FIELD("RetransSegs", RETRANSMITTED, PROC_COUNT),
	PROC_FIELD("OutRsts", RESETS, PROC_COUNT),
	PROC_FIELDS_END,
};

const struct proc_field protocol_tcp_netstat[] = {
	PROC_FIELD("TCPOrigDataSent", DATA_SEGMENTS, PROC_COUNT),
	PROC_FIELD("TCPDelivered", DELIVERED, PROC_COUNT),
	PROC_FIELD("TCPDeliveredCE", DELIVERED_CE, PROC_COUNT),
	PROC_FIELD("TCPTimeouts", TIMEOUTS, PROC_COUNT),
	PROC_FIELD("TCPSpuriousRTOs", SPURIOUS_TIMEOUTS, PROC_COUNT),
	PROC_FIELD("TcpTimeoutRehash", TIMEOUT_REHASHES, PROC_COUNT),
	PROC_FIELD("TCPLossProbes", LOSS_PROBES, PROC_COUNT),
	PROC_FIELD("TCPLossProbeRecovery", LOSS_PROBE_RECOVERIES, PROC_COUNT),
	PROC_FIELD("TCPFastRetrans", FAST_RETRANSMITS, PROC_COUNT),
	PROC_FIELD("TCPSlowStartRetrans", SLOW_START_RETRANSMITS, PROC_COUNT),
	PROC_FIELD("TCPLostRetransmit", LOST_RETRANSMITS, PROC_COUNT),
	PROC_FIELD("TCPSynRetrans", SYN_RETRANSMITS, PROC_COUNT),
	PROC_FIELD("TCPRetransFail", RETRANSMIT_FAILURES, PROC_COUNT),
	PROC_FIELD("TCPSpuriousRtxHostQueues", STILL_QUEUED, PROC_COUNT),
	PROC_FIELD("TCPWinProbe", ZERO_WINDOW_PROBES, PROC_COUNT),
	PROC_FIELD("TCPKeepAlive", KEEPALIVES, PROC_COUNT),
	PROC_FIELD("TCPAutoCorking", AUTO_CORKED, PROC_COUNT),
	PROC_FIELD("TCPMTUPSuccess", MTU_PROBE_SUCCESSES, PROC_COUNT),
	PROC_FIELD("TCPMTUPFail", MTU_PROBE_FAILURES, PROC_COUNT),
	PROC_FIELD("TCPAbortOnTimeout", ABORTS_ON_TIMEOUT, PROC_COUNT),
	PROC_FIELD("TCPAbortOnMemory", MEMORY_ABORTS, PROC_COUNT),
	PROC_FIELD("TCPMemoryPressures", MEMORY_PRESSURE, PROC_COUNT),
	PROC_FIELD("TCPMemoryPressuresChrono", MEMORY_PRESSURE_SECONDS, PROC_MSEC),
	PROC_FIELD("TCPWqueueTooBig", WRITE_QUEUE_TOO_BIG, PROC_COUNT),
	PROC_FIELDS_END,
};
