/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Files and directories of configuration, which must be such that nobody else can have put
 * something into them. What is not as it should be is reported; the report's file is set.
 */
#include "config/report.h"
#include "daemon/cleanup.h"

#define FILE_SIZE_MAX    (1024 * 1024)
#define FILE_ENTRIES_MAX 1000

struct file_text {
	char *bytes; /* n_bytes, then a NUL; owned */
	size_t n_bytes;
};

static inline void file_text_clear_p(struct file_text *text)
{
	free(text->bytes);
}

/* Reads the report's file whole. Without a text after a fault, or when it may be absent and is. */
struct file_text file_read(struct report *report, bool may_be_absent);

struct file_list {
	char **names; /* n, in byte order; owned */
	size_t n;
};

static inline void file_list_clear_p(struct file_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->names[i]);
	free(list->names);
}

/*
 * The NAME.json of the report's file, a directory, but those that begin with a dot. Empty after a
 * fault, or when there is no such directory.
 */
struct file_list file_list(struct report *report);
