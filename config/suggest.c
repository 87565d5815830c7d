/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The distance is optimal string alignment: rows of the usual table, one for each letter of a. */
#include "config/suggest.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define WORD_MAX 64

static char fold(char letter)
{
	if (letter >= 'A' && letter <= 'Z')
		return (char)(letter - 'A' + 'a');
	return letter == '-' ? '_' : letter;
}

static size_t smallest(size_t a, size_t b, size_t c)
{
	size_t ab = a < b ? a : b;

	return ab < c ? ab : c;
}

static size_t distance(const char *a, size_t n_a, const char *b, size_t n_b)
{
	size_t rows[3][WORD_MAX + 1];
	size_t *before = rows[0], *above = rows[1], *row = rows[2];

	for (size_t j = 0; j <= n_b; j++)
		row[j] = j;
	for (size_t i = 1; i <= n_a; i++) {
		size_t *oldest = before;

		before = above;
		above = row;
		row = oldest;
		row[0] = i;
		for (size_t j = 1; j <= n_b; j++) {
			size_t change = fold(a[i - 1]) != fold(b[j - 1]);

			row[j] = smallest(above[j] + 1, row[j - 1] + 1, above[j - 1] + change);
			if (i > 1 && j > 1 && fold(a[i - 1]) == fold(b[j - 2]) &&
			    fold(a[i - 2]) == fold(b[j - 1]))
				row[j] = smallest(row[j], before[j - 2] + 1, SIZE_MAX);
		}
	}
	return row[n_b];
}

void suggestion_offer(struct suggestion *suggestion, const char *name, size_t length)
{
	size_t n_word = strlen(suggestion->word);
	size_t longer = n_word > length ? n_word : length;
	size_t d;

	if (longer > WORD_MAX)
		return;
	d = distance(suggestion->word, n_word, name, length);
	if (d > longer / 3 || (suggestion->best && d >= suggestion->distance))
		return;
	suggestion->best = name;
	suggestion->best_length = length;
	suggestion->distance = d;
}

struct suggestion_text suggestion_text(const struct suggestion *suggestion)
{
	struct suggestion_text text = { "" };

	if (suggestion->best)
		(void)snprintf(text.text, sizeof(text.text), ", did you mean \"%.*s\"?",
		               (int)suggestion->best_length, suggestion->best);
	return text;
}
