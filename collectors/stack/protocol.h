/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What IP, UDP and TCP count, as metrics: which fields of which files in /proc/net are which
 * families. A family that the kernel has no field for is not written.
 */
#include "collectors/namespace.h"
#include "collectors/stack/proc_fields.h"
#include "daemon/batch.h"

enum {
	PROTOCOL_IPV4, /* of protocol_ip_table, as is the next */
	PROTOCOL_IPV6,
	PROTOCOL_TCP,    /* of protocol_tcp_table */
	PROTOCOL_MEMORY, /* of protocol_memory_table */
	PROTOCOL_ROWS,
};

struct protocol_file {
	const char *name; /* in /proc/net */
	proc_parse_fn parse;
	const struct proc_group *groups;
};

/* The first ones are of a network namespace, the rest is the same in all of them. */
#define PROTOCOL_FILES           4
#define PROTOCOL_NAMESPACE_FILES 3

extern const struct protocol_file protocol_files[PROTOCOL_FILES];

extern const struct metric_table protocol_ip_table, protocol_tcp_table, protocol_memory_table;

/* Groups of fields, by the files that they are in; ended by a NULL name. */
extern const struct proc_field protocol_ip_snmp[], protocol_udp_snmp[], protocol_ip_netstat[],
	protocol_ip_snmp6[], protocol_tcp_snmp[], protocol_tcp_netstat[], protocol_tcp_sockstat[],
	protocol_udp_sockstat[];

/* The namespace that the rows are of; NULL is our own. */
void protocol_write(const struct proc_row rows[static PROTOCOL_ROWS],
                    const struct namespace *namespace, struct batch *batch);
