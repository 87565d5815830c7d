/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Almost every value is a 64-bit counter, so integers have a path of their own, two digits at a
 * time. Doubles are rare: the C library's correctly rounded conversion is tried with more and more
 * digits, and only its digits are used, so that no locale's decimal point gets through.
 */
#include "daemon/number.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NSEC_PER_SEC   UINT64_C(1000000000)
#define NSEC_DIGITS    9
#define DIGITS_ENOUGH  17 /* significant digits that tell any two doubles apart */
#define DIGITS_USUAL   15 /* any decimal of so many digits survives a double */
#define EXPONENT_LEAST (-4)
#define EXPONENT_MOST  21 /* from here on an exponent is easier to read than zeros */

size_t number_write_count(uint64_t value, char ret[static NUMBER_MAX])
{
	static const char pairs[] = "00010203040506070809101112131415161718192021222324"
				    "25262728293031323334353637383940414243444546474849"
				    "50515253545556575859606162636465666768697071727374"
				    "75767778798081828384858687888990919293949596979899";
	char digits[20];
	size_t at = sizeof(digits);

	while (value >= 100) {
		at -= 2;
		memcpy(digits + at, pairs + 2 * (value % 100), 2);
		value /= 100;
	}
	if (value >= 10) {
		at -= 2;
		memcpy(digits + at, pairs + 2 * value, 2);
	} else {
		digits[--at] = (char)('0' + value);
	}
	memcpy(ret, digits + at, sizeof(digits) - at);
	return sizeof(digits) - at;
}

size_t number_write_nsec(uint64_t nsec, char ret[static NUMBER_MAX])
{
	uint64_t fraction = nsec % NSEC_PER_SEC;
	size_t n = number_write_count(nsec / NSEC_PER_SEC, ret);
	size_t last = NSEC_DIGITS;

	if (fraction == 0)
		return n;
	ret[n++] = '.';
	for (size_t i = NSEC_DIGITS; i-- > 0; fraction /= 10)
		ret[n + i] = (char)('0' + fraction % 10);
	while (ret[n + last - 1] == '0')
		last--;
	return n + last;
}

/* A finite double as digits d₁d₂…dₙ without trailing zeros, worth d₁.d₂…dₙ × 10^exponent. */
struct decimal {
	char digits[DIGITS_ENOUGH];
	size_t n;
	int exponent;
};

static struct decimal decimal_shortest(double value)
{
	struct decimal decimal = { .n = 1 };
	char text[NUMBER_MAX];

	/* Trailing zeros are cut off, so trying fewer digits first gains nothing for normal numbers. */
	for (int precision = value < DBL_MIN ? 1 : DIGITS_USUAL; precision <= DIGITS_ENOUGH;
	     precision++) {
		(void)snprintf(text, sizeof(text), "%.*e", precision - 1, value);
		if (precision == DIGITS_ENOUGH || strtod(text, NULL) == value)
			break;
	}
	/* "d.ddde±xx", where the point may be any character of a locale. */
	decimal.exponent = (int)strtol(strchr(text, 'e') + 1, NULL, 10);
	decimal.digits[0] = text[0];
	for (const char *c = text + 1; *c != 'e'; c++)
		if (*c >= '0' && *c <= '9' && decimal.n < sizeof(decimal.digits))
			decimal.digits[decimal.n++] = *c;
	while (decimal.n > 1 && decimal.digits[decimal.n - 1] == '0')
		decimal.n--;
	return decimal;
}

static size_t write_exponential(const struct decimal *decimal, char *ret)
{
	unsigned magnitude = (unsigned)abs(decimal->exponent);
	size_t n = 0;

	ret[n++] = decimal->digits[0];
	if (decimal->n > 1) {
		ret[n++] = '.';
		memcpy(ret + n, decimal->digits + 1, decimal->n - 1);
		n += decimal->n - 1;
	}
	ret[n++] = 'e';
	ret[n++] = decimal->exponent < 0 ? '-' : '+';
	if (magnitude < 10)
		ret[n++] = '0';
	return n + number_write_count(magnitude, ret + n);
}

static size_t write_plain(const struct decimal *decimal, char *ret)
{
	size_t n = 0;
	int place = decimal->exponent; /* power of ten of the digit to come */

	if (place < 0) {
		ret[n++] = '0';
		ret[n++] = '.';
		for (int zero = -1; zero > place; zero--)
			ret[n++] = '0';
	}
	for (size_t i = 0; i < decimal->n || place >= 0; i++, place--) {
		if (place == -1 && i > 0)
			ret[n++] = '.';
		ret[n++] = i < decimal->n ? decimal->digits[i] : '0';
	}
	return n;
}

static size_t write_special(double value, char *ret)
{
	const char *text = isnan(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
	size_t n = strlen(text);

	memcpy(ret, text, n);
	return n;
}

/* Exponents are written from exponent_most on. */
static size_t write_double(double value, int exponent_most, char *ret)
{
	struct decimal decimal;
	size_t n = 0;

	if (!isfinite(value))
		return write_special(value, ret);
	if (signbit(value) && value != 0)
		ret[n++] = '-';
	decimal = decimal_shortest(fabs(value));
	if (decimal.exponent < EXPONENT_LEAST || decimal.exponent >= exponent_most)
		return n + write_exponential(&decimal, ret + n);
	return n + write_plain(&decimal, ret + n);
}

size_t number_write_double(double value, char ret[static NUMBER_MAX])
{
	return write_double(value, EXPONENT_MOST, ret);
}

size_t number_write_bound(double value, char ret[static NUMBER_MAX])
{
	/* The canonical form turns to exponents where %g does: six digits before the point. */
	size_t n = write_double(value, 6, ret);
	bool integer = isfinite(value);

	for (size_t i = 0; i < n; i++)
		if (ret[i] == '.' || ret[i] == 'e')
			integer = false;
	if (integer) {
		ret[n++] = '.';
		ret[n++] = '0';
	}
	return n;
}
