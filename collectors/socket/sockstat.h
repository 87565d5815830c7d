/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * /proc/net/sockstat: what the kernel counts of sockets by itself (proc_pid_net(5)). Sockets in
 * TIME_WAIT are so many that listing them would cost more than all others.
 */
#include <stddef.h>
#include <stdint.h>

/* A number of the file's text, by the names of its line and field: "TCP", "tw". −ENODATA: none. */
int sockstat_parse(const char *text, const char *line, const char *field, uint64_t *ret_value);

/* Reads the sockets in TIME_WAIT from the open file, from its beginning. −ENODATA, −errno. */
int sockstat_read_time_wait(int fd, uint64_t *ret_n);
