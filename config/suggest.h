/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * "Did you mean": of the names on offer, the one most like a word that is none of them. Case, and
 * '-' for '_', make no difference; a letter left out, added, changed or swapped with the next one
 * counts one, and a third of the letters may be wrong.
 */
#include <stddef.h>

#include "config/quote.h"

/* Begins as { .word = WORD }. */
struct suggestion {
	const char *word;
	const char *best; /* best_length characters; NULL: nothing like it yet */
	size_t best_length;
	size_t distance;
};

/* Offers a name, which must stay valid. Of equally good ones the first stays. */
void suggestion_offer(struct suggestion *suggestion, const char *name, size_t length);

struct suggestion_text {
	char text[96];
};

/* The end of a message: ', did you mean "NAME"?', or empty. */
struct suggestion_text suggestion_text(const struct suggestion *suggestion);
