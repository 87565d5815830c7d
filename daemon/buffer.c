/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Grows by half, so that rendering costs a logarithmic number of copies and little spare memory. */
#include "daemon/buffer.h"

#include <errno.h>
#include <stdint.h>

#define FIRST_BYTES 4096

void buffer_release(struct buffer *buffer)
{
	free(buffer->bytes);
	*buffer = (struct buffer){ 0 };
}

char *buffer_reserve(struct buffer *buffer, size_t n)
{
	size_t capacity = buffer->capacity;
	char *bytes;

	if (buffer->error < 0)
		return NULL;
	if (buffer->bytes && capacity - buffer->size >= n)
		return buffer->bytes + buffer->size;

	if (n > SIZE_MAX / 4 - buffer->size) {
		buffer->error = -ENOMEM;
		return NULL;
	}
	capacity += capacity / 2 + FIRST_BYTES;
	if (capacity < buffer->size + n)
		capacity = buffer->size + n;
	bytes = realloc(buffer->bytes, capacity);
	if (!bytes) {
		buffer->error = -ENOMEM;
		return NULL;
	}
	buffer->bytes = bytes;
	buffer->capacity = capacity;
	return bytes + buffer->size;
}

void buffer_trim(struct buffer *buffer)
{
	char *bytes;

	if (buffer->size == 0 || buffer->size == buffer->capacity)
		return;
	bytes = realloc(buffer->bytes, buffer->size);
	if (bytes) {
		buffer->bytes = bytes;
		buffer->capacity = buffer->size;
	}
}
