/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Why something failed, in words: what −errno alone cannot say. Functions that can explain take a
 * struct reason and fill it when they fail; those that log print it once.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct reason {
	char text[512]; /* empty when nothing was said; cut at the end, always terminated */
};

/* Sets the text by a printf format; returns error, so that a failure is one line at its place. */
__attribute__((format(printf, 3, 4))) static inline int reason_set(struct reason *reason, int error,
                                                                   const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(reason->text, sizeof(reason->text), format, arguments);
	va_end(arguments);
	return error;
}

/* Appends another one to what is said already, as far as there is room; "" adds nothing. */
static inline void reason_add(struct reason *reason, const char *text)
{
	size_t length = strlen(reason->text);
	int room = (int)(sizeof(reason->text) - length) - (int)sizeof("; ");

	if (text[0] && room > 0)
		(void)snprintf(reason->text + length, sizeof(reason->text) - length, "%s%.*s",
		               length ? "; " : "", room, text);
}
