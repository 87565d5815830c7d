/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The text of files in /proc, whole and at one moment, and its lines and words, which lie in it and
 * are not terminated.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define PROC_TEXT_MAX (1U << 20)

/* A zeroed struct is good for a first read; the memory is kept from one read to the next. */
struct proc_text {
	char *bytes;
	size_t length;
	size_t capacity;
};

struct proc_span {
	const char *start;
	const char *end;
};

/*
 * Opens a file or directory with these flags of open(2) and O_CLOEXEC. 0 as well where there is none
 * or it must not be opened: ret_fd is −1 then. Other failures, such as −EMFILE, are for now only.
 */
int proc_open(int directory, const char *name, int flags, int *ret_fd);

/* Reads the file from its beginning. −EFBIG: longer than PROC_TEXT_MAX; −ENOMEM; or of pread(2). */
int proc_text_read(struct proc_text *text, int fd);

void proc_text_release(struct proc_text *text);

static inline struct proc_span proc_text_span(const struct proc_text *text)
{
	return (struct proc_span){ text->bytes, text->bytes + text->length };
}

static inline size_t proc_span_length(struct proc_span span)
{
	return (size_t)(span.end - span.start);
}

static inline bool proc_span_is(struct proc_span span, const char *text, size_t length)
{
	return proc_span_length(span) == length && memcmp(span.start, text, length) == 0;
}

/*
 * Takes the next line off the rest; it comes without its newline. False: there is none.
 * *ret_whole: whether it has a newline; what has none was cut somewhere.
 */
bool proc_line_next(struct proc_span *rest, struct proc_span *ret_line, bool *ret_whole);

/* Takes the next word off the line; blanks and tabs part words. False: there is none. */
static inline bool proc_word_next(struct proc_span *line, struct proc_span *ret_word)
{
	const char *start = line->start, *end;

	while (start < line->end && (*start == ' ' || *start == '\t'))
		start++;
	for (end = start; end < line->end && *end != ' ' && *end != '\t';)
		end++;
	line->start = end;
	*ret_word = (struct proc_span){ start, end };
	return start < end;
}

/*
 * A decimal number. −ERANGE: one below 0, ret_value is not touched; −EBADMSG: none, or one beyond
 * 64 bits.
 */
int proc_number_parse(struct proc_span word, uint64_t *ret_value);
