/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Well-formed byte sequences as in RFC 3629 §4: no overlong forms, no surrogates, at most U+10FFFF. */
#include "daemon/utf8.h"

#include <stdint.h>
#include <string.h>

static const unsigned char replacement[] = { 0xef, 0xbf, 0xbd }; /* U+FFFD */

/* The length of the sequence to keep that the string begins with; 0 if there is none. */
static size_t sequence_length(const unsigned char *s, size_t length)
{
	unsigned char low = 0x80, high = 0xbf; /* of the second byte */
	size_t n;

	if (s[0] < 0x80)
		return 1;
	if (s[0] >= 0xc2 && s[0] <= 0xdf)
		n = 2;
	else if (s[0] >= 0xe0 && s[0] <= 0xef)
		n = 3;
	else if (s[0] >= 0xf0 && s[0] <= 0xf4)
		n = 4;
	else
		return 0;

	if (s[0] == 0xe0)
		low = 0xa0;
	else if (s[0] == 0xed)
		high = 0x9f;
	else if (s[0] == 0xf0)
		low = 0x90;
	else if (s[0] == 0xf4)
		high = 0x8f;

	if (length < n || s[1] < low || s[1] > high)
		return 0;
	for (size_t i = 2; i < n; i++)
		if (s[i] < 0x80 || s[i] > 0xbf)
			return 0;
	return n == 3 && memcmp(s, replacement, 3) == 0 ? 0 : n;
}

static size_t ascii_length(const char *string, size_t length)
{
	size_t i = 0;

	for (; i + sizeof(uint64_t) <= length; i += sizeof(uint64_t)) {
		uint64_t word;

		memcpy(&word, string + i, sizeof(word));
		if (word & UINT64_C(0x8080808080808080))
			break;
	}
	while (i < length && (unsigned char)string[i] < 0x80)
		i++;
	return i;
}

bool utf8_is_valid(const char *string, size_t length)
{
	size_t i = ascii_length(string, length);

	while (i < length) {
		size_t n = sequence_length((const unsigned char *)string + i, length - i);

		if (n == 0)
			return false;
		i += n;
	}
	return true;
}

size_t utf8_repair(const char *string, size_t length, char *ret)
{
	static const char digits[] = "0123456789abcdef";
	size_t used = 0;

	for (size_t i = 0; i < length;) {
		size_t n = sequence_length((const unsigned char *)string + i, length - i);

		if (n == 0) {
			memcpy(ret + used, replacement, sizeof(replacement));
			used += sizeof(replacement);
			ret[used++] = digits[(unsigned char)string[i] >> 4];
			ret[used++] = digits[(unsigned char)string[i] & 15];
			i++;
		} else {
			memcpy(ret + used, string + i, n);
			used += n;
			i += n;
		}
	}
	return used;
}
