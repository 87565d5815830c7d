/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Ownership by scope. A local that owns something is declared with one of the cleanup_ tags and
 * initialised where it is declared (NULL, or -1 for a descriptor); it leaves its scope only through
 * a steal_ helper.
 */
#include <stdlib.h>
#include <unistd.h>

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* Defines FUNCTION_p(), which applies function to the pointer that a tagged local holds. */
#define DEFINE_CLEANUP(type, function)                  \
	static inline void function##_p(type **pointer) \
	{                                               \
		if (*pointer)                           \
			function(*pointer);             \
	}

/* Tags a local that owns a pointer freed by function; needs DEFINE_CLEANUP(type, function). */
#define cleanup(function) __attribute__((cleanup(function##_p)))

static inline void free_p(void *pointer)
{
	free(*(void **)pointer);
}

static inline void close_p(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

/* Hands the pointer over: returns it and leaves NULL behind. */
#define steal_pointer(pointer)                           \
	__extension__({                                  \
		__typeof__(pointer) stolen_ = (pointer); \
		(pointer) = NULL;                        \
		stolen_;                                 \
	})

/* Hands the descriptor over: returns it and leaves -1 behind. */
static inline int steal_fd(int *fd)
{
	int stolen = *fd;

	*fd = -1;
	return stolen;
}
