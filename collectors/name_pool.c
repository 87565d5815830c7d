/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "collectors/name_pool.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static struct name **find_chain(struct name_pool *pool, const char *text, size_t length)
{
	uint32_t hash = UINT32_C(0x811c9dc5); /* FNV-1a */

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ (unsigned char)text[i]) * UINT32_C(0x01000193);
	return &pool->chains[hash % NAME_POOL_CHAINS];
}

struct name *name_pool_get(struct name_pool *pool, const char *text, size_t length)
{
	struct name **chain = find_chain(pool, text, length), *name;

	for (name = *chain; name; name = name->next)
		if (name->length == length && memcmp(name->text, text, length) == 0)
			break;
	if (!name) {
		name = calloc(1, sizeof(*name) + length + 1);
		if (!name)
			return NULL;
		name->length = length;
		memcpy(name->text, text, length);
		name->next = *chain;
		*chain = name;
	}
	name->n_users++;
	return name;
}

void name_pool_put(struct name_pool *pool, struct name *name)
{
	struct name **link;

	if (!name || --name->n_users)
		return;
	link = find_chain(pool, name->text, name->length);
	while (*link != name)
		link = &(*link)->next;
	*link = name->next;
	free(name);
}
