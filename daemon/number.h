/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Numbers as text, whatever the locale: integers exactly, doubles in the shortest form that reads
 * back to the same double, laid out as Prometheus' own libraries do ("0.25", "1e+21", "+Inf").
 * Nothing is terminated; each returns the number of characters written, at most NUMBER_MAX.
 */
#include <stddef.h>
#include <stdint.h>

#define NUMBER_MAX 32

size_t number_write_count(uint64_t value, char ret[static NUMBER_MAX]);

/* Nanoseconds as seconds, exactly: "12.000000345", "3". */
size_t number_write_nsec(uint64_t nsec, char ret[static NUMBER_MAX]);

size_t number_write_double(double value, char ret[static NUMBER_MAX]);

/* A canonical float of OpenMetrics 1.0, for `le`: as number_write_double(), with ".0" on integers. */
size_t number_write_bound(double value, char ret[static NUMBER_MAX]);
