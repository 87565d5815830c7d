/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* OPTION_STRINGS: the functions of value.c for a struct string_list. */
#include <jansson.h>

#include "config/option.h"
#include "config/report.h"

void string_list_parse(const struct option *option, const json_t *json, void *member,
                       struct report *report);
bool string_list_equal(const void *a, const void *b);
json_t *string_list_to_json(const struct option *option, const void *member);
void string_list_clear(void *member);
