/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Everything but a star takes a number of bytes that is settled by the text alone. So there is one
 * place to go back to, the last star, which takes one byte more then.
 */
#include "collectors/unit_pattern.h"

#include <string.h>

#include "daemon/cleanup.h"

#define UUID_LENGTH 36

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f');
}

static size_t match_digits(const char *text, size_t length)
{
	size_t n = 0;

	while (n < length && is_digit(text[n]))
		n++;
	return n;
}

static size_t match_hex(const char *text, size_t length, size_t wanted)
{
	size_t n = 0;

	while (n < length && is_hex(text[n]))
		n++;
	return n == wanted ? n : 0;
}

static size_t match_hex_32(const char *text, size_t length)
{
	return match_hex(text, length, 32);
}

static size_t match_hex_64(const char *text, size_t length)
{
	return match_hex(text, length, 64);
}

static size_t match_uuid(const char *text, size_t length)
{
	static const char shape[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

	if (match_hex_32(text, length))
		return 32;
	if (length < UUID_LENGTH)
		return 0;
	for (size_t i = 0; i < UUID_LENGTH; i++)
		if (shape[i] == '-' ? text[i] != '-' && text[i] != '_' : !is_hex(text[i]))
			return 0;
	return UUID_LENGTH;
}

static size_t match_part(const char *text, size_t length)
{
	const char *dash = memchr(text, '-', length);

	return dash ? (size_t)(dash - text) : length;
}

static const struct {
	char symbol;
	size_t (*match)(const char *text, size_t length); /* bytes taken; 0: no match */
} classes[] = {
	{ '#', match_digits }, { '%', match_hex_32 }, { '$', match_hex_64 },
	{ '&', match_uuid },   { '+', match_part },
};

/* How many bytes a symbol other than a star or a mark takes; 0: it does not match. */
static size_t match_symbol(char symbol, const char *text, size_t length)
{
	for (size_t i = 0; i < ARRAY_SIZE(classes); i++)
		if (classes[i].symbol == symbol)
			return classes[i].match(text, length);
	return length > 0 && *text == symbol;
}

bool unit_pattern_match(const char *pattern, const char *text, size_t length,
                        struct unit_mark *ret_mark)
{
	struct unit_mark mark = { 0 };
	const char *after_star = NULL;
	size_t at = 0, star_end = 0, n;

	while (*pattern || at < length) {
		n = 0;
		if (*pattern == '(') {
			mark.start = at;
		} else if (*pattern == ')') {
			mark.end = at;
		} else if (*pattern == '*' && at < length) {
			after_star = pattern + 1;
			star_end = at + 1;
			n = 1;
		} else {
			n = *pattern ? match_symbol(*pattern, text + at, length - at) : 0;
			if (!n && (!after_star || star_end == length))
				return false;
			if (!n) {
				pattern = after_star;
				at = ++star_end;
				continue;
			}
		}
		at += n;
		pattern++;
	}
	*ret_mark = mark;
	return true;
}
