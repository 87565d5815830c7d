/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A path of any bytes, and the same as the text of /proc/PID/cgroup: names keep their promises. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/unit_name.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const char *name, size_t length)
{
	assert(length > 0 && length <= UNIT_NAME_MAX);
	assert(name[length] == '\0');
	assert(strcmp(name, "(other)") != 0 && strcmp(name, "(none)") != 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char name[UNIT_NAME_SIZE], again[UNIT_NAME_SIZE];
	char *path = malloc(size), *text = calloc(1, size + 1);
	size_t length;

	if (path && text) {
		memcpy(path, data, size);
		memcpy(text, data, size);
		length = unit_name(path, size, name);
		check(name, length);
		assert(unit_name(path, size, again) == length && memcmp(name, again, length) == 0);
		length = unit_name_of_process(text, name);
		if (length)
			check(name, length);
	}
	free(text);
	free(path);
	return 0;
}
