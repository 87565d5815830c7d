/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The counters of one network namespace, whose files are kept open and hold on to it. */
#include "collectors/stack/protocol.h"
#include "daemon/collector.h"

struct protocol_reader {
	int fds[PROTOCOL_FILES]; /* −1: there is no such file */
};

/* Makes it one that has no files. */
void protocol_reader_init(struct protocol_reader *reader);

/*
 * Opens the first of the files, PROTOCOL_FILES or PROTOCOL_NAMESPACE_FILES, in a directory that is
 * the namespace's /proc/net. Those that there are not, as snmp6 without IPv6, or that must not be
 * read, are left out: ret_missing has a bit for each. −EMFILE and the like: the reader has no files.
 */
int protocol_reader_open(struct protocol_reader *reader, int directory, size_t n_files,
                         unsigned *ret_missing);

void protocol_reader_close(struct protocol_reader *reader);

/* Reads each file once, into text, and fills the rows with what they have. Malformed parts are counted. */
int protocol_reader_read(const struct protocol_reader *reader, const struct collector_env *env,
                         struct proc_text *text, struct proc_row rows[static PROTOCOL_ROWS]);
