/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A line of mountinfo of any bytes. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/cgroup_mount.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct cgroup_mount mount;
	char *line = calloc(1, size + 1);

	if (line) {
		memcpy(line, data, size);
		if (cgroup_mount_parse(line, &mount)) {
			assert(strlen(mount.root) < size && strlen(mount.point) < size);
			assert(strstr(line, "cgroup2"));
		}
	}
	free(line);
	return 0;
}
