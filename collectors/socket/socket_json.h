/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* A socket as JSON. What the kernel does not tell of it is not there. */
#include <jansson.h>

#include "collectors/socket/socket_top.h"

/* As it lies in a batch's details. */
struct socket_record {
	struct socket_detail detail;
	uint32_t unit_length;
	uint32_t netns_length;
	char names[]; /* unit, then netns; valid UTF-8, as in labels; not terminated */
};

/* A new object; NULL: out of memory. */
json_t *socket_json(const struct socket_record *record);
