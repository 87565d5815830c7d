/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The standard process_* metrics, of this process, from /proc/self and getrlimit(2). What cannot be
 * read is left out.
 */
#include "daemon/batch.h"

extern const struct metric_table process_table;

void process_write(struct batch *batch);
