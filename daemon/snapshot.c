/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The reference count is all that threads share here; everything else is written before sharing. */
#include "daemon/snapshot.h"

#include <stdatomic.h>
#include <stdbool.h>

#include "daemon/text.h"

struct snapshot {
	atomic_uint n_references;
	uint64_t taken_usec;
	struct batch *batch;
	struct buffer text;
	bool rendered; /* of the control thread, with text */
};

struct snapshot *snapshot_new(struct batch *batch, uint64_t taken_usec)
{
	struct snapshot *snapshot = calloc(1, sizeof(*snapshot));

	if (!snapshot)
		return NULL;
	atomic_init(&snapshot->n_references, 1);
	snapshot->taken_usec = taken_usec;
	snapshot->batch = batch;
	return snapshot;
}

struct snapshot *snapshot_ref(struct snapshot *snapshot)
{
	atomic_fetch_add_explicit(&snapshot->n_references, 1, memory_order_relaxed);
	return snapshot;
}

struct batch *snapshot_reclaim(struct snapshot *snapshot)
{
	struct batch *batch;

	/* Release what this thread did with it, acquire what all others did before the last one. */
	if (!snapshot ||
	    atomic_fetch_sub_explicit(&snapshot->n_references, 1, memory_order_acq_rel) != 1)
		return NULL;
	batch = snapshot->batch;
	buffer_release(&snapshot->text);
	free(snapshot);
	return batch;
}

void snapshot_unref(struct snapshot *snapshot)
{
	batch_free(snapshot_reclaim(snapshot));
}

const struct batch *snapshot_batch(const struct snapshot *snapshot)
{
	return snapshot->batch;
}

uint64_t snapshot_taken_usec(const struct snapshot *snapshot)
{
	return snapshot->taken_usec;
}

const struct buffer *snapshot_text(struct snapshot *snapshot)
{
	if (!snapshot->rendered) {
		text_render(snapshot->batch, &snapshot->text);
		if (snapshot->text.error < 0) {
			buffer_release(&snapshot->text);
			return NULL;
		}
		buffer_trim(&snapshot->text);
		snapshot->rendered = true;
	}
	return &snapshot->text;
}
