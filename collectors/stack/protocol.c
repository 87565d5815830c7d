/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "collectors/stack/protocol.h"

static const struct proc_group snmp_groups[] = {
	{ "Ip", protocol_ip_snmp, PROTOCOL_IPV4 },
	{ "Tcp", protocol_tcp_snmp, PROTOCOL_TCP },
	{ "Udp", protocol_udp_snmp, PROTOCOL_IPV4 },
	{ NULL, NULL, 0 },
};

static const struct proc_group netstat_groups[] = {
	{ "TcpExt", protocol_tcp_netstat, PROTOCOL_TCP },
	{ "IpExt", protocol_ip_netstat, PROTOCOL_IPV4 },
	{ NULL, NULL, 0 },
};

static const struct proc_group snmp6_groups[] = {
	{ "", protocol_ip_snmp6, PROTOCOL_IPV6 },
	{ NULL, NULL, 0 },
};

static const struct proc_group sockstat_groups[] = {
	{ "TCP", protocol_tcp_sockstat, PROTOCOL_MEMORY },
	{ "UDP", protocol_udp_sockstat, PROTOCOL_MEMORY },
	{ NULL, NULL, 0 },
};

const struct protocol_file protocol_files[PROTOCOL_FILES] = {
	{ "snmp", proc_pairs_parse, snmp_groups },
	{ "snmp6", proc_lines_parse, snmp6_groups },
	{ "netstat", proc_pairs_parse, netstat_groups },
	{ "sockstat", proc_inline_parse, sockstat_groups },
};

static void write_row(const struct proc_row *row, const struct metric_table *table,
                      const struct label *labels, size_t n_labels, struct batch *batch)
{
	if (!row->present)
		return;
	batch_row(batch, table, labels, n_labels);
	for (unsigned i = 0; i < table->n_families; i++) {
		if (row->present >> i & 1)
			batch_count(batch, i, row->values[i]);
	}
}

void protocol_write(const struct proc_row rows[static PROTOCOL_ROWS],
                    const struct namespace *namespace, struct batch *batch)
{
	const struct label netns = namespace_label(namespace);
	const struct label ipv4[] = { label_of("ipv4"), netns },
			   ipv6[] = { label_of("ipv6"), netns };

	write_row(&rows[PROTOCOL_IPV4], &protocol_ip_table, ipv4, ARRAY_SIZE(ipv4), batch);
	write_row(&rows[PROTOCOL_IPV6], &protocol_ip_table, ipv6, ARRAY_SIZE(ipv6), batch);
	write_row(&rows[PROTOCOL_TCP], &protocol_tcp_table, &netns, 1, batch);
	write_row(&rows[PROTOCOL_MEMORY], &protocol_memory_table, NULL, 0, batch);
}
