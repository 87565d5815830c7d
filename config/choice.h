/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* OPTION_CHOICE, OPTION_CHOICES and OPTION_CHOICE_OR_STRINGS: the functions of value.c for them. */
#include <jansson.h>

#include "config/option.h"
#include "config/report.h"

void choice_parse(const struct option *option, const json_t *json, void *member,
                  struct report *report);
bool choice_equal(const void *a, const void *b);
json_t *choice_to_json(const struct option *option, const void *member);

void choices_parse(const struct option *option, const json_t *json, void *member,
                   struct report *report);
json_t *choices_to_json(const struct option *option, const void *member);

void choice_or_strings_parse(const struct option *option, const json_t *json, void *member,
                             struct report *report);
bool choice_or_strings_equal(const void *a, const void *b);
json_t *choice_or_strings_to_json(const struct option *option, const void *member);
void choice_or_strings_clear(void *member);
