/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Patterns for the names that service managers and container engines give to cgroups. Everything in
 * a pattern stands for itself, but for
 *
 *	#  decimal digits, at least one, as many as there are
 *	%  32 hexadecimal digits in lower case, and not more
 *	$  64 of them: the id of a container
 *	&  a UUID, its parts divided by '-' or by '_', or %: the uid of a static pod
 *	+  at least one byte, up to the next '-' or the end
 *	*  at least one byte of any kind, as few as will do
 *	() a mark around what is told by ret_mark; at most one
 *
 * Of two stars the first takes as little as it can, whatever that leaves to the second: time is the
 * product of the two lengths at worst.
 */
#include <stdbool.h>
#include <stddef.h>

struct unit_mark {
	size_t start, end; /* bytes of the text; equal when the pattern has no mark */
};

/* Whether the pattern matches the whole text; ret_mark is not touched otherwise. */
bool unit_pattern_match(const char *pattern, const char *text, size_t length,
                        struct unit_mark *ret_mark);
