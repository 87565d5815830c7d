/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* A text as JSON (RFC 8259), with faults that name the place and what to do about it. */
#include <jansson.h>
#include <stdbool.h>

#include "config/report.h"

/* Keys that are comments, and mean nothing with their values, as a pattern of ECMA-262. */
#define DOCUMENT_COMMENT_PATTERN "^(//|_comment)"

bool document_is_comment(const char *key);

/*
 * Parses the report's text, which is n_bytes long and then has a NUL. The document is an object
 * without duplicate keys, its members in the order of the text. A new reference; NULL after
 * reporting.
 */
json_t *document_parse(struct report *report, size_t n_bytes);
