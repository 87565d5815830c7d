/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The daemon's log: lines on standard error, with the <N> priorities of sd-daemon(3) when the
 * journal reads them. Only daemon/ logs, one line per failure; collectors, config/ and parsers
 * return errors. Control characters in foreign strings are written as '?'. Threads may log at once.
 */
#include <syslog.h>

/* Lines above this syslog(3) priority are not written; LOG_INFO at the start. */
void log_set_level(int priority);

/* The priority of "error", "warning", "notice", "info" or "debug"; −EINVAL for another name. */
int log_level_parse(const char *name);

__attribute__((format(printf, 2, 3))) void log_write(int priority, const char *format, ...);

#define log_error(...)   log_write(LOG_ERR, __VA_ARGS__)
#define log_warning(...) log_write(LOG_WARNING, __VA_ARGS__)
#define log_notice(...)  log_write(LOG_NOTICE, __VA_ARGS__)
#define log_info(...)    log_write(LOG_INFO, __VA_ARGS__)
#define log_debug(...)   log_write(LOG_DEBUG, __VA_ARGS__)
