/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A snapshot: a batch that is complete, immutable and shared by reference. Its rendering is made
 * by the first scrape that asks, and the same bytes serve every later one.
 */
#include "daemon/batch.h"
#include "daemon/buffer.h"

struct snapshot;

/* Takes the batch over; the one reference is the caller's. NULL out of memory, batch untouched. */
struct snapshot *snapshot_new(struct batch *batch, uint64_t taken_usec);

struct snapshot *snapshot_ref(struct snapshot *snapshot);

/* Drops a reference, in any thread; the last one frees. NULL is accepted. */
void snapshot_unref(struct snapshot *snapshot);
DEFINE_CLEANUP(struct snapshot, snapshot_unref)

/*
 * Drops a reference like snapshot_unref(); when it was the last one, the batch is handed back for
 * use again instead of being freed. NULL if others still hold the snapshot, or for NULL.
 */
struct batch *snapshot_reclaim(struct snapshot *snapshot);

const struct batch *snapshot_batch(const struct snapshot *snapshot);

/* CLOCK_MONOTONIC time at which its collection began. */
uint64_t snapshot_taken_usec(const struct snapshot *snapshot);

/*
 * Prometheus text of the snapshot, valid while a reference is held. Control thread only: there the
 * cache needs no lock. NULL: out of memory.
 */
const struct buffer *snapshot_text(struct snapshot *snapshot);
