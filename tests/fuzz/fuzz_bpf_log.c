/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two messages of libbpf's, of any bytes: what is kept of them is text of one line, and bounded. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/bpf_log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bpf_log log = { 0 };
	size_t half = size ? data[0] % size : 0;
	char *first = strndup((const char *)data, half);
	char *second = strndup((const char *)data + half, size - half);

	if (first && second) {
		bpf_log_take(&log, first);
		bpf_log_take(&log, second);
		assert(memchr(log.program, '\0', sizeof(log.program)));
		assert(memchr(log.text, '\0', sizeof(log.text)));
		assert(!strchr(log.text, '\n'));
	}
	free(first);
	free(second);
	return 0;
}
