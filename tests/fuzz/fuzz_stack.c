/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text of any bytes, parsed as each of the files in /proc. */
#include <assert.h>
#include <stdlib.h>

#include "collectors/stack/protocol.h"
#include "collectors/stack/softirqs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(struct proc_span text, struct batch *batch)
{
	for (size_t i = 0; i < PROTOCOL_FILES; i++) {
		struct proc_row rows[PROTOCOL_ROWS] = { 0 };
		uint64_t n_malformed =
			protocol_files[i].parse(text, protocol_files[i].groups, rows);

		assert(n_malformed <= proc_span_length(text));
		protocol_write(rows, NULL, batch);
	}
	batch_reset(batch, SIZE_MAX);
	if (softirqs_write(text, batch) < 0)
		assert(batch->n_series == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct batch *batch;
	char *text = malloc(size);

	if (!batch)
		batch = batch_new(SIZE_MAX);
	if (batch && text) {
		memcpy(text, data, size);
		batch_reset(batch, SIZE_MAX);
		check((struct proc_span){ text, text + size }, batch);
	}
	free(text);
	return 0;
}
