/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Where something stands in a JSON text, for messages: jansson keeps no positions once it has
 * parsed. A place is told by ordinals, which a scanner can count without decoding a single key.
 */
#include <stddef.h>

/* One member of an object or entry of a list. NULL stands for the whole document. */
struct place {
	const struct place *parent;
	size_t ordinal; /* among all its siblings in the text, from 0 */
};

/* As editors count: from 1, columns in characters. */
struct position {
	size_t line;
	size_t column;
};

/* Byte offset of the place's value, or of the key before it. The text is well-formed JSON. */
size_t position_find_value(const char *text, const struct place *place);
size_t position_find_key(const char *text, const struct place *place);

/* The tokens at which a parser gave up. */
struct position_tokens {
	size_t last;     /* byte offset of the one that holds the byte before the end */
	size_t previous; /* of the one before; equal to last when that is the first */
};

/* The text may be anything, and shorter than end. When it has no token both are its length. */
struct position_tokens position_find_tokens(const char *text, size_t end);

/* Byte offset behind the token at the offset: a string, a punctuation mark, or a run of others. */
size_t position_token_end(const char *text, size_t offset);

struct position position_of(const char *text, size_t offset);
