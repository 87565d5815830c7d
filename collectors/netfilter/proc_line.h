/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Files of /proc line by line, and the words of a line. /proc/thread-self is meant where a network
 * namespace matters: /proc/self is the process's first thread.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/reason.h"

/* Takes one line, with the newline that ends it unless the file is cut; anything but 0 ends it. */
typedef int (*proc_line_fn)(const char *line, void *context);

/*
 * Hands each line of the file to take. 0, what take returned, or −errno: −EOPNOTSUPP when there is
 * no such file, −EPERM when it may not be read, with the reason filled in all cases.
 */
int proc_lines(const char *path, proc_line_fn take, void *context, struct reason *reason);

/* The next word of the line, behind *position, which is moved behind it; false at the line's end. */
bool proc_word(const char **position, const char **ret_word, size_t *ret_length);

/*
 * The next word as a number of the base (10 or 16) up to max, written by the kernel: digits alone.
 * false: no word, or another one.
 */
bool proc_number(const char **position, unsigned base, uint64_t max, uint64_t *ret_number);

/* Whether nothing but the newline is left: the line is whole and has been read. */
bool proc_line_ends(const char *position);
