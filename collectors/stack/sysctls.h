/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The settings that decide how bytes are sent: /proc/sys/net (sysctl(8), ip-sysctl.rst). */
#include "collectors/namespace.h"
#include "collectors/stack/proc_text.h"
#include "daemon/batch.h"

extern const struct metric_table sysctls_table, sysctls_limit_table, sysctls_congestion_table,
	sysctls_qdisc_table;

/*
 * Writes all that this kernel has and shows to the calling thread's network namespace; of another
 * one than our own, which is NULL, only what is not the whole machine's. The directory is /proc/sys;
 * text is memory to read into. Returns the number of malformed files.
 */
uint64_t sysctls_write(int directory, const struct namespace *namespace, struct proc_text *text,
                       struct batch *batch);
