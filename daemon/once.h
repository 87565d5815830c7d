/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * --once: the daemon without its loop.
 */
#include "daemon/collector.h"
#include "daemon/settings.h"

/*
 * Writes one exposition of one sample per collector to standard output. 0; −ENODATA when no
 * collector worked; whether it was written is for ferror(3) to say. Collectors that did not work are named in the log.
 */
int once_run(const struct collector_ops *const *collectors, struct settings *settings);
