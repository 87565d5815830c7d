/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Durations as the configuration writes them: a whole number and one unit of us, ms, s, min, h.
 */
#include <stdint.h>

/* As an ECMA 262 regular expression, for the JSON Schema. */
#define DURATION_PATTERN "^[0-9]+(us|ms|s|min|h)$"

struct duration_text {
	char text[32];
};

/* 0 and the microseconds, −EINVAL, or −ERANGE when they do not fit. */
int duration_parse(const char *text, uint64_t *ret_usec);

/* In the largest unit that is exact: "90s", "2min". */
struct duration_text duration_format(uint64_t usec);
