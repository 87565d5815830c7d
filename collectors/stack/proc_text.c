/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel shows of a file in one go (seq_file, single_open) it makes anew for each read
 * from the beginning, and gives whole to a buffer that it fits in. One that is filled may have been
 * too small: then it is made larger and all is read anew, as two parts need not be of one moment.
 */
#include "collectors/stack/proc_text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define FIRST_BYTES 16384

int proc_open(int directory, const char *name, int flags, int *ret_fd)
{
	int fd = openat(directory, name, flags | O_CLOEXEC);

	if (fd < 0 && errno != ENOENT && errno != EACCES && errno != EPERM)
		return -errno;
	*ret_fd = fd;
	return 0;
}

static int proc_text_grow(struct proc_text *text)
{
	size_t capacity = text->capacity ? 2 * text->capacity : FIRST_BYTES;
	char *bytes;

	if (capacity > PROC_TEXT_MAX)
		return -EFBIG;
	bytes = realloc(text->bytes, capacity);
	if (!bytes)
		return -ENOMEM;
	text->bytes = bytes;
	text->capacity = capacity;
	return 0;
}

int proc_text_read(struct proc_text *text, int fd)
{
	text->length = 0;
	for (;;) {
		ssize_t length = text->bytes ? pread(fd, text->bytes, text->capacity, 0) : 0;
		int error;

		if (length < 0)
			return -errno;
		text->length = (size_t)length;
		if (text->bytes && text->length < text->capacity)
			return 0;
		text->length = 0;
		error = proc_text_grow(text);
		if (error < 0)
			return error;
	}
}

void proc_text_release(struct proc_text *text)
{
	free(text->bytes);
	*text = (struct proc_text){ 0 };
}

bool proc_line_next(struct proc_span *rest, struct proc_span *ret_line, bool *ret_whole)
{
	const char *start = rest->start, *newline;

	if (start == rest->end)
		return false;
	newline = memchr(start, '\n', proc_span_length(*rest));
	*ret_whole = newline != NULL;
	*ret_line = (struct proc_span){ start, newline ? newline : rest->end };
	rest->start = newline ? newline + 1 : rest->end;
	return true;
}

int proc_number_parse(struct proc_span word, uint64_t *ret_value)
{
	const char *position = word.start;
	bool negative = position < word.end && *position == '-';
	uint64_t value = 0;

	position += negative;
	if (position == word.end)
		return -EBADMSG;
	for (; position < word.end; position++) {
		unsigned digit = (unsigned char)*position - (unsigned)'0';

		if (digit > 9 || value > UINT64_MAX / 10)
			return -EBADMSG;
		value = 10 * value + digit;
		if (value < digit)
			return -EBADMSG;
	}
	if (negative)
		return -ERANGE;
	*ret_value = value;
	return 0;
}
