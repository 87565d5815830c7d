/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A tokenizer that only knows where tokens end. It runs when there is a fault to report, so it
 * begins at the top of the text each time and remembers nothing.
 */
#include "config/position.h"

#include <stdbool.h>
#include <string.h>

#define BLANK       " \t\r\n"
#define PUNCTUATION "{}[]:,"

static size_t blank_end(const char *text, size_t offset)
{
	return offset + strspn(text + offset, BLANK);
}

static size_t string_end(const char *text, size_t offset)
{
	for (offset++;; offset++) {
		offset += strcspn(text + offset, "\"\\\n");
		if (text[offset] == '"')
			return offset + 1;
		if (text[offset] != '\\')
			return offset; /* not terminated */
		if (text[offset + 1] != '\0' && text[offset + 1] != '\n')
			offset++;
	}
}

size_t position_token_end(const char *text, size_t offset)
{
	if (text[offset] == '"')
		return string_end(text, offset);
	if (text[offset] != '\0' && strchr(PUNCTUATION, text[offset]))
		return offset + 1;
	return offset + strcspn(text + offset, "\"" BLANK PUNCTUATION);
}

static size_t next_token(const char *text, size_t offset)
{
	return blank_end(text, position_token_end(text, offset));
}

/* The token behind the value that begins at the offset. */
static size_t next_value(const char *text, size_t offset)
{
	size_t depth = 0;

	do {
		if (text[offset] == '{' || text[offset] == '[')
			depth++;
		else if (text[offset] == '}' || text[offset] == ']')
			depth--;
		offset = next_token(text, offset);
	} while (depth > 0 && text[offset]);
	return offset;
}

static size_t skip_key(const char *text, size_t offset)
{
	size_t colon = next_token(text, offset);

	return next_token(text, colon);
}

/* The place's first token: its key, or its value when there is none or behind_key is set. */
static size_t find(const char *text, const struct place *place, bool behind_key)
{
	size_t parent, offset;

	if (!place)
		return blank_end(text, 0);
	parent = find(text, place->parent, true);
	offset = next_token(text, parent);
	for (size_t i = 0; i < place->ordinal; i++) {
		if (text[parent] == '{')
			offset = skip_key(text, offset);
		offset = next_value(text, offset);
		offset = next_token(text, offset); /* the comma */
	}
	return behind_key && text[parent] == '{' ? skip_key(text, offset) : offset;
}

size_t position_find_key(const char *text, const struct place *place)
{
	return find(text, place, false);
}

size_t position_find_value(const char *text, const struct place *place)
{
	return find(text, place, true);
}

struct position_tokens position_find_tokens(const char *text, size_t end)
{
	size_t offset = blank_end(text, 0);
	struct position_tokens tokens = { offset, offset };

	while (text[offset] && offset < end) {
		tokens.previous = tokens.last;
		tokens.last = offset;
		offset = next_token(text, offset);
	}
	return tokens;
}

struct position position_of(const char *text, size_t offset)
{
	struct position position = { 1, 1 };

	for (size_t i = 0; i < offset; i++) {
		if (text[i] == '\n') {
			position.line++;
			position.column = 1;
		} else if (((unsigned char)text[i] & 0xc0) != 0x80) {
			position.column++;
		}
	}
	return position;
}
