/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * OPTION_NAMED_LISTS: the functions of value.c for a struct named_lists. Parsing merges: a name
 * that is there already gets the new list in its old place, others are added behind.
 */
#include <jansson.h>

#include "config/option.h"
#include "config/report.h"

#define NAMED_LISTS_NAME_MAX 64 /* bytes */

void named_lists_parse(const struct option *option, const json_t *json, void *member,
                       struct report *report);
bool named_lists_equal(const void *a, const void *b);
json_t *named_lists_to_json(const struct option *option, const void *member);
void named_lists_clear(void *member);
