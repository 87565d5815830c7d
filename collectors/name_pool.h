/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Strings that many share: each is there once, and goes with its last user. */
#include <stddef.h>

#define NAME_POOL_CHAINS 1024

struct name {
	struct name *next; /* of its chain */
	size_t n_users;
	size_t length;
	char text[]; /* terminated */
};

/* Empty when zeroed. */
struct name_pool {
	struct name *chains[NAME_POOL_CHAINS];
};

/* The name of these bytes, with one user more, who owes a name_pool_put(). NULL: out of memory. */
struct name *name_pool_get(struct name_pool *pool, const char *text, size_t length);

/* Takes one user away; NULL is accepted. */
void name_pool_put(struct name_pool *pool, struct name *name);
