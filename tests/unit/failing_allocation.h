/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Allocations of the sources that are included behind this: as many as are left succeed. */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

static size_t allocations_left = SIZE_MAX;

static inline bool allocation_succeeds(void)
{
	if (allocations_left == 0)
		return false;
	allocations_left -= allocations_left != SIZE_MAX;
	return true;
}

static inline void *failing_calloc(size_t n, size_t size)
{
	return allocation_succeeds() ? calloc(n, size) : NULL;
}

static inline void *failing_reallocarray(void *pointer, size_t n, size_t size)
{
	return allocation_succeeds() ? reallocarray(pointer, n, size) : NULL;
}

#define calloc       failing_calloc
#define reallocarray failing_reallocarray
