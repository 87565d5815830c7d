/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Fields of the files in /proc/net, found by their names: a kernel may have more or fewer of them,
 * in another order. What is malformed is left out and counted, and costs nothing beside it.
 */
#include "collectors/stack/proc_text.h"
#include "daemon/metric.h"

enum proc_unit {
	PROC_COUNT,
	PROC_PAGES, /* told in bytes */
	PROC_MSEC,  /* told in nanoseconds */
};

struct proc_field {
	const char *name;
	uint8_t length; /* of the name */
	uint8_t value;  /* index in the row */
	uint8_t unit;   /* enum proc_unit */
};

#define PROC_FIELD(name, ...)                         \
	{                                             \
		(name), sizeof(name) - 1, __VA_ARGS__ \
	}
#define PROC_FIELDS_END       \
	{                     \
		NULL, 0, 0, 0 \
	}

struct proc_group {
	const char *name; /* "Tcp"; "" where the file has no groups; NULL ends an array */
	const struct proc_field *fields; /* ended by a NULL name */
	unsigned row;                    /* index of the one that the values go to */
};

struct proc_row {
	uint64_t present; /* bit per value */
	uint64_t values[METRIC_FAMILIES_MAX];
};

/*
 * Parses the text of a file and puts the fields that the groups have into rows. Returns the number
 * of malformed pairs of lines, or lines, of which nothing was taken.
 */
typedef uint64_t (*proc_parse_fn)(struct proc_span text, const struct proc_group *groups,
                                  struct proc_row *rows);

/* "Tcp: NAME NAME…\nTcp: VALUE VALUE…\n": snmp, netstat (net/ipv4/proc.c). */
uint64_t proc_pairs_parse(struct proc_span text, const struct proc_group *groups,
                          struct proc_row *rows);

/* "TCP: NAME VALUE NAME VALUE…\n": sockstat. */
uint64_t proc_inline_parse(struct proc_span text, const struct proc_group *groups,
                           struct proc_row *rows);

/* "NAME VALUE\n": snmp6 (net/ipv6/proc.c). There is one group. */
uint64_t proc_lines_parse(struct proc_span text, const struct proc_group *groups,
                          struct proc_row *rows);
