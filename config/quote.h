/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Foreign strings in messages. A key of a file is chosen by whoever wrote the file; what a terminal
 * or the journal would act upon (control characters, and those that hide or reorder text) is shown
 * as the JSON escape by which it can be searched for.
 */

#define QUOTE_CHARACTERS 48

struct quoted {
	char text[QUOTE_CHARACTERS * sizeof("\\u001b") + sizeof("\"…\"")];
};

/* The string as a JSON string, in its quotes; cut to QUOTE_CHARACTERS characters, then "…". */
struct quoted quote(const char *string);

/* Writes '?' over bytes that are no valid UTF-8 and characters that are not to be shown. */
void quote_harmless(char *text);
