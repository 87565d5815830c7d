/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A growable run of bytes for rendering. Running out of memory sticks: appends after it do nothing,
 * and the user asks buffer.error once at the end. A zeroed struct is an empty buffer.
 */
#include <stddef.h>
#include <string.h>

#include "daemon/cleanup.h"

struct buffer {
	char *bytes;
	size_t size;     /* bytes in use */
	size_t capacity; /* bytes allocated */
	int error;       /* 0 or −ENOMEM */
};

void buffer_release(struct buffer *buffer);

/* Room for n more bytes, to be written at the returned place and then added to size; NULL: none. */
char *buffer_reserve(struct buffer *buffer, size_t n);

static inline void buffer_append(struct buffer *buffer, const void *bytes, size_t n)
{
	char *end = buffer_reserve(buffer, n);

	if (end) {
		memcpy(end, bytes, n);
		buffer->size += n;
	}
}

static inline void buffer_append_string(struct buffer *buffer, const char *string)
{
	buffer_append(buffer, string, strlen(string));
}

/* Gives back what was reserved beyond size, for a buffer that is kept. */
void buffer_trim(struct buffer *buffer);
