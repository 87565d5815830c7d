/* SPDX-License-Identifier: GPL-2.0-or-later */
/* UTF-8 is read as in RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF. */
#include "config/quote.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "daemon/cleanup.h"

/* The length of the sequence that the string begins with, and its character; 0 if it is invalid. */
static size_t utf8_decode(const char *string, uint32_t *ret_character)
{
	static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *bytes = (const unsigned char *)string;
	size_t length = 1 + (bytes[0] >= 0xc0) + (bytes[0] >= 0xe0) + (bytes[0] >= 0xf0);
	uint32_t character = length == 1 ? bytes[0] : bytes[0] & (0x7fU >> length);

	if ((length == 1 && bytes[0] >= 0x80) || bytes[0] > 0xf4)
		return 0;
	for (size_t i = 1; i < length; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
		character = character << 6 | (bytes[i] & 0x3f);
	}
	if (character < smallest[length] || character > 0x10ffff ||
	    (character >= 0xd800 && character <= 0xdfff))
		return 0;
	*ret_character = character;
	return length;
}

/* Controls, and format characters that are invisible or turn the direction of the text. */
static bool is_unprintable(uint32_t character)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{ 0x00, 0x1f },     { 0x7f, 0x9f },     { 0xad, 0xad },
		{ 0x61c, 0x61c },   { 0x200b, 0x200f }, { 0x2028, 0x202e },
		{ 0x2060, 0x206f }, { 0xfeff, 0xfeff }, { 0xfff9, 0xfffb },
	};

	for (size_t i = 0; i < ARRAY_SIZE(ranges); i++)
		if (character >= ranges[i].first && character <= ranges[i].last)
			return true;
	return character >= 0xe0000;
}

/* Writes one character of a JSON string; returns its length. */
static size_t quote_character(char *ret, size_t size, const char *string, size_t length,
                              uint32_t character)
{
	int n;

	if (length == 0 || (is_unprintable(character) && character > 0xffff))
		n = snprintf(ret, size, "?");
	else if (is_unprintable(character))
		n = snprintf(ret, size, "\\u%04x", (unsigned)character);
	else if (character == '"' || character == '\\')
		n = snprintf(ret, size, "\\%c", (int)character);
	else
		n = snprintf(ret, size, "%.*s", (int)length, string);
	return (size_t)n;
}

struct quoted quote(const char *string)
{
	struct quoted quoted = { "\"" };
	size_t used = 1;

	for (size_t i = 0; *string && i < QUOTE_CHARACTERS; i++) {
		uint32_t character = 0;
		size_t length = utf8_decode(string, &character);

		used += quote_character(quoted.text + used, sizeof(quoted.text) - used, string,
		                        length, character);
		string += length ? length : 1;
	}
	(void)snprintf(quoted.text + used, sizeof(quoted.text) - used, *string ? "…\"" : "\"");
	return quoted;
}

void quote_harmless(char *text)
{
	while (*text) {
		uint32_t character = 0;
		size_t length = utf8_decode(text, &character);
		size_t n = length ? length : 1;

		if (length == 0 || is_unprintable(character))
			memset(text, '?', n);
		text += n;
	}
}
