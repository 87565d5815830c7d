/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Prometheus text exposition format, version 0.0.4.
 */
#include "daemon/batch.h"
#include "daemon/buffer.h"

#define TEXT_CONTENT_TYPE "text/plain; version=0.0.4; charset=utf-8"

/*
 * Appends the whole batch: tables in the order of their first rows, families in the order of their
 * table, each with HELP and TYPE before its samples; families without a value are left out. Memory
 * errors stick to the buffer.
 */
void text_render(const struct batch *batch, struct buffer *buffer);
