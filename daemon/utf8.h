/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * UTF-8 (RFC 3629). Names of processes, devices and cgroups are bytes that anybody may choose; one
 * invalid byte in a label makes Prometheus refuse the whole scrape.
 */
#include <stdbool.h>
#include <stddef.h>

/* How many times longer a repaired string can be: U+FFFD and two digits for every byte. */
#define UTF8_REPAIR_GROWTH 5

/* Whether the string is valid as it is. One with U+FFFD in it is not: that is what repairs are marked by. */
bool utf8_is_valid(const char *string, size_t length);

/*
 * Copies the string into ret, which has room for length × UTF8_REPAIR_GROWTH bytes, with each byte
 * that is part of no valid sequence, or of U+FFFD, replaced by U+FFFD and its value as two
 * hexadecimal digits: strings that differ are different afterwards too, as series must be. Returns
 * the length of the copy.
 */
size_t utf8_repair(const char *string, size_t length, char *ret);
