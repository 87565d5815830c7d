/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config/duration.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "daemon/cleanup.h"

static const struct {
	const char *name;
	uint64_t usec;
} units[] = {
	{ "h", UINT64_C(3600000000) },
	{ "min", 60000000 },
	{ "s", 1000000 },
	{ "ms", 1000 },
	{ "us", 1 },
};

int duration_parse(const char *text, uint64_t *ret_usec)
{
	size_t n_digits = strspn(text, "0123456789");
	uint64_t value = 0;
	size_t unit = 0;

	while (unit < ARRAY_SIZE(units) && strcmp(text + n_digits, units[unit].name) != 0)
		unit++;
	if (n_digits == 0 || unit == ARRAY_SIZE(units))
		return -EINVAL;
	for (size_t i = 0; i < n_digits; i++)
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(text[i] - '0'), &value))
			return -ERANGE;
	if (__builtin_mul_overflow(value, units[unit].usec, &value))
		return -ERANGE;
	*ret_usec = value;
	return 0;
}

struct duration_text duration_format(uint64_t usec)
{
	struct duration_text text;
	size_t unit = 0;

	/* Nothing is exact in every unit: "0s" rather than "0h". */
	while (usec % units[unit].usec != 0 || (usec == 0 && units[unit].usec != 1000000))
		unit++;
	(void)snprintf(text.text, sizeof(text.text), "%" PRIu64 "%s", usec / units[unit].usec,
	               units[unit].name);
	return text;
}
