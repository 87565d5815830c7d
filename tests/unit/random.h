/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Numbers that look random, the same in every run: xorshift64*. */
#include <stdint.h>

static inline uint64_t random_next(void)
{
	static uint64_t number = UINT64_C(0x2545f4914f6cdd1d);

	number ^= number >> 12;
	number ^= number << 25;
	number ^= number >> 27;
	return number * UINT64_C(0x2545f4914f6cdd1d);
}
