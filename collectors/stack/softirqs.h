/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* How often each processor was to send what waits in qdiscs, and free what was sent: NET_TX. */
#include "collectors/stack/proc_text.h"
#include "daemon/batch.h"

extern const struct metric_table softirqs_table;

/* Writes a row for each processor of the text of /proc/softirqs. −EBADMSG: none, it is malformed. */
int softirqs_write(struct proc_span text, struct batch *batch);
