/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config/json.h"

#include <errno.h>

int json_read(const char *text, size_t n_bytes, json_error_t *error, json_t **ret_json)
{
	json_t *json cleanup(json_decref) = NULL;

	/*
	 * jansson 2.14 takes some failed allocations for syntax errors, and drops a character when
	 * it cannot make room for it: only errno tells.
	 */
	errno = 0;
	json = json_loadb(text, n_bytes, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, error);
	if (errno == ENOMEM)
		return -ENOMEM;
	if (!json)
		return -EINVAL;
	*ret_json = steal_pointer(json);
	return 0;
}
