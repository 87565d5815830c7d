/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One table for each driver. Only what counts the same thing for all traffic of a queue is in it:
 * what counts XDP, offloads or one class of packets is not. A driver with an empty table is known to
 * have nothing by queue, and is never asked.
 */
#include "collectors/nic/driver_rules.h"

#include <string.h>

#include "daemon/cleanup.h"

#define END             \
	{               \
		NULL, 0 \
	}

static const struct driver_rule nothing[] = { END };

/*
 * These have but one queue for sending, whose packets are the device's. Their bytes are not taken, as
 * those of e1000e have the checksum of the frame, unlike all others'.
 */
static const struct driver_rule e1000e[] = {
	{ "tx_packets", NIC_QUEUE_PACKETS },
	{ "tx_restart_queue", NIC_QUEUE_WAKES },
	END,
};

static const struct driver_rule r8169[] = {
	{ "tx_packets", NIC_QUEUE_PACKETS },
	{ "tx_errors", NIC_QUEUE_ERRORS },
	END,
};

static const struct driver_rule virtio_net[] = {
	{ "tx_queue_%u_packets", NIC_QUEUE_PACKETS }, /* before Linux 6.9 */
	{ "tx_queue_%u_bytes", NIC_QUEUE_BYTES },
	{ "tx_queue_%u_kicks", NIC_QUEUE_DOORBELLS },
	{ "tx_queue_%u_tx_timeouts", NIC_QUEUE_TIMEOUTS },
	{ "tx%u_packets", NIC_QUEUE_PACKETS },
	{ "tx%u_bytes", NIC_QUEUE_BYTES },
	{ "tx%u_kicks", NIC_QUEUE_DOORBELLS },
	{ "tx%u_tx_timeouts", NIC_QUEUE_TIMEOUTS },
	END,
};

/* igb, igc, ixgbe, ixgbevf, ice, hv_netvsc */
static const struct driver_rule tx_queue[] = {
	{ "tx_queue_%u_packets", NIC_QUEUE_PACKETS },
	{ "tx_queue_%u_bytes", NIC_QUEUE_BYTES },
	{ "tx_queue_%u_restart", NIC_QUEUE_WAKES },
	END,
};

/* i40e, iavf; the longer names before Linux 4.20 */
static const struct driver_rule tx_dash[] = {
	{ "tx-%u.packets", NIC_QUEUE_PACKETS },
	{ "tx-%u.bytes", NIC_QUEUE_BYTES },
	{ "tx-%u.tx_packets", NIC_QUEUE_PACKETS },
	{ "tx-%u.tx_bytes", NIC_QUEUE_BYTES },
	END,
};

static const struct driver_rule mlx4[] = {
	{ "tx%u_packets", NIC_QUEUE_PACKETS },
	{ "tx%u_bytes", NIC_QUEUE_BYTES },
	END,
};

static const struct driver_rule mlx5[] = {
	{ "tx%u_packets", NIC_QUEUE_PACKETS },
	{ "tx%u_bytes", NIC_QUEUE_BYTES },
	{ "tx%u_dropped", NIC_QUEUE_DROPS },
	{ "tx%u_cqe_err", NIC_QUEUE_ERRORS },
	{ "tx%u_stopped", NIC_QUEUE_STOPS },
	{ "tx%u_wake", NIC_QUEUE_WAKES },
	END,
};

static const struct driver_rule bnxt[] = {
	{ "[%u]: tx_ucast_packets", NIC_QUEUE_PACKETS },
	{ "[%u]: tx_mcast_packets", NIC_QUEUE_PACKETS },
	{ "[%u]: tx_bcast_packets", NIC_QUEUE_PACKETS },
	{ "[%u]: tx_ucast_bytes", NIC_QUEUE_BYTES },
	{ "[%u]: tx_mcast_bytes", NIC_QUEUE_BYTES },
	{ "[%u]: tx_bcast_bytes", NIC_QUEUE_BYTES },
	{ "[%u]: tx_discards", NIC_QUEUE_DROPS },
	{ "[%u]: tx_errors", NIC_QUEUE_ERRORS },
	{ "[%u]: tx_drops", NIC_QUEUE_ERRORS }, /* the same counter before Linux 5.8 */
	END,
};

static const struct driver_rule ena[] = {
	{ "queue_%u_tx_cnt", NIC_QUEUE_PACKETS },
	{ "queue_%u_tx_bytes", NIC_QUEUE_BYTES },
	{ "queue_%u_tx_queue_stop", NIC_QUEUE_STOPS },
	{ "queue_%u_tx_queue_wakeup", NIC_QUEUE_WAKES },
	{ "queue_%u_tx_doorbells", NIC_QUEUE_DOORBELLS },
	END,
};

static const struct driver_rule gve[] = {
	{ "tx_bytes[%u]", NIC_QUEUE_BYTES },
	{ "tx_stop[%u]", NIC_QUEUE_STOPS },
	{ "tx_wake[%u]", NIC_QUEUE_WAKES },
	END,
};

/* What is sent as TSO is among unicast, too. */
static const struct driver_rule vmxnet3[] = {
	{ "  ucast pkts tx", NIC_QUEUE_PACKETS },
	{ "  mcast pkts tx", NIC_QUEUE_PACKETS },
	{ "  bcast pkts tx", NIC_QUEUE_PACKETS },
	{ "  ucast bytes tx", NIC_QUEUE_BYTES },
	{ "  mcast bytes tx", NIC_QUEUE_BYTES },
	{ "  bcast bytes tx", NIC_QUEUE_BYTES },
	{ "  pkts tx err", NIC_QUEUE_ERRORS },
	{ "  pkts tx discard", NIC_QUEUE_DROPS },
	{ "  drv dropped tx total", NIC_QUEUE_DROPS },
	{ "  ring full", NIC_QUEUE_STOPS },
	END,
};

static const struct driver_rule stmmac[] = { { "q%u_tx_pkt_n", NIC_QUEUE_PACKETS }, END };

static const struct driver_rule nfp[] = {
	{ "txq_%u_pkts", NIC_QUEUE_PACKETS },
	{ "txq_%u_bytes", NIC_QUEUE_BYTES },
	{ "rvec_%u_tx_busy", NIC_QUEUE_STOPS },
	END,
};

static const struct driver_rule qede[] = {
	{ "%u: xmit_pkts", NIC_QUEUE_PACKETS },
	{ "%u: stopped_cnt", NIC_QUEUE_STOPS },
	END,
};

static const struct driver_rule sfc[] = { { "tx-%u.tx_packets", NIC_QUEUE_PACKETS }, END };

/* Where they occur these names mean what they say; the most usual ones. */
static const struct driver_rule usual[] = {
	{ "tx_queue_%u_packets", NIC_QUEUE_PACKETS },
	{ "tx_queue_%u_bytes", NIC_QUEUE_BYTES },
	{ "tx_queue_%u_drops", NIC_QUEUE_DROPS },
	{ "tx_queue_%u_dropped", NIC_QUEUE_DROPS },
	{ "tx_queue_%u_errors", NIC_QUEUE_ERRORS },
	{ "tx%u_packets", NIC_QUEUE_PACKETS },
	{ "tx%u_bytes", NIC_QUEUE_BYTES },
	{ "tx%u_dropped", NIC_QUEUE_DROPS },
	{ "tx%u_errors", NIC_QUEUE_ERRORS },
	{ "tx-%u.packets", NIC_QUEUE_PACKETS },
	{ "tx-%u.bytes", NIC_QUEUE_BYTES },
	{ "tx-%u.tx_packets", NIC_QUEUE_PACKETS },
	{ "tx-%u.tx_bytes", NIC_QUEUE_BYTES },
	{ "queue_%u_tx_packets", NIC_QUEUE_PACKETS },
	{ "queue_%u_tx_bytes", NIC_QUEUE_BYTES },
	{ "queue_%u_tx_dropped", NIC_QUEUE_DROPS },
	END,
};

static const struct driver_rules unknown = { .rules = usual };

static const struct driver_rules drivers[] = {
	{ .driver = "virtio_net", .rules = virtio_net },
	{ .driver = "veth", .rules = nothing },
	{ .driver = "tun", .rules = nothing },
	{ .driver = "bridge", .rules = nothing },
	{ .driver = "macvlan", .rules = nothing },
	{ .driver = "e1000e", .rules = e1000e },
	{ .driver = "r8169", .rules = r8169 },
	{ .driver = "tg3", .rules = nothing },
	{ .driver = "mvneta", .rules = nothing },
	{ .driver = "igb", .rules = tx_queue },
	{ .driver = "igc", .rules = tx_queue },
	{ .driver = "ixgbe", .rules = tx_queue },
	{ .driver = "ixgbevf", .rules = tx_queue },
	{ .driver = "ice", .rules = tx_queue },
	{ .driver = "hv_netvsc", .rules = tx_queue },
	{ .driver = "i40e", .rules = tx_dash },
	{ .driver = "iavf", .rules = tx_dash },
	{ .driver = "mlx4_en", .rules = mlx4 },
	{ .driver = "mlx5_core", .rules = mlx5 },
	{ .driver = "bnxt_en", .rules = bnxt },
	{ .driver = "ena", .rules = ena },
	{ .driver = "gve", .rules = gve },
	{ .driver = "gvnic", .rules = gve },
	{ .driver = "vmxnet3",
	  .section = "Tx Queue#",
	  .section_end = "Rx Queue#",
	  .rules = vmxnet3 },
	{ .driver = "stmmaceth", .rules = stmmac },
	{ .driver = "st_gmac", .rules = stmmac },
	{ .driver = "st_xgmac", .rules = stmmac },
	{ .driver = "st_mac100", .rules = stmmac },
	{ .driver = "nfp", .rules = nfp },
	{ .driver = "qede", .rules = qede },
	{ .driver = "sfc", .rules = sfc },
};

const struct driver_rules *driver_rules_find(const char *driver)
{
	for (size_t i = 0; i < ARRAY_SIZE(drivers); i++)
		if (strcmp(drivers[i].driver, driver) == 0)
			return &drivers[i];
	return &unknown;
}

/* The number at the start of the name, as printf writes it; the bytes it takes, or 0. */
static size_t parse_queue(const char *name, size_t length, uint32_t *ret_queue)
{
	uint32_t queue = 0;
	size_t n = 0;

	while (n < length && n < 6 && name[n] >= '0' && name[n] <= '9')
		queue = 10 * queue + (uint32_t)(name[n++] - '0');
	if (n == 0 || (n > 1 && name[0] == '0'))
		return 0;
	*ret_queue = queue;
	return n;
}

bool driver_rule_match(const char *pattern, const char *name, size_t length, uint32_t *ret_queue)
{
	uint32_t queue = 0;
	size_t n = 0;

	while (*pattern) {
		size_t digits = 1;

		if (pattern[0] == '%') {
			digits = parse_queue(name + n, length - n, &queue);
			if (!digits)
				return false;
			pattern++;
		} else if (n == length || name[n] != *pattern) {
			return false;
		}
		n += digits;
		pattern++;
	}
	if (n != length)
		return false;
	*ret_queue = queue;
	return true;
}
