/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Allocations of the program under test that fail when they are told to; linked with --wrap. */
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>

/* The one of this number fails, and perhaps all that follow; 0: none. */
static struct {
	size_t n, fail_at;
	bool all_after;
} allocations;

static inline void allocations_fail_at(size_t number, bool all_after)
{
	allocations.n = 0;
	allocations.fail_at = number;
	allocations.all_after = all_after;
}

static inline bool allocation_fails(void)
{
	if (allocations.fail_at == 0)
		return false;
	allocations.n++;
	if (allocations.n < allocations.fail_at ||
	    (allocations.n > allocations.fail_at && !allocations.all_after))
		return false;
	errno = ENOMEM;
	return true;
}

/* Whether what was told to fail has been reached since. */
static inline bool allocations_failed(void)
{
	return allocations.fail_at && allocations.n >= allocations.fail_at;
}

#define FAILING(type, function, parameters, arguments)                          \
	type __real_##function parameters;                                      \
	type __wrap_##function parameters;                                      \
	type __wrap_##function parameters                                       \
	{                                                                       \
		return allocation_fails() ? NULL : __real_##function arguments; \
	}

FAILING(void *, malloc, (size_t size), (size))
FAILING(void *, calloc, (size_t n, size_t size), (n, size))
FAILING(void *, reallocarray, (void *pointer, size_t n, size_t size), (pointer, n, size))
FAILING(char *, strdup, (const char *string), (string))
