/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * One option's value: from JSON into the member of the section's struct that the option describes,
 * and back. All of it goes by a table of the option types.
 */
#include <jansson.h>

#include "config/option.h"
#include "config/report.h"

/* Replaces the value by the JSON at the report's place, or reports every fault and leaves it. */
void value_parse(const struct option *option, const json_t *json, void *section,
                 struct report *report);

/* Sets the default in a zeroed section: 0 or −ENOMEM. A faulty default is a bug of ours. */
int value_set_fallback(const struct option *option, void *section);

bool value_equal(const struct option *option, const void *a, const void *b);

/* Releases what the value owns; the section is then as if zeroed. */
void value_clear(const struct option *option, void *section);

/* A new reference; NULL: out of memory. */
json_t *value_to_json(const struct option *option, const void *section);
json_t *value_fallback_to_json(const struct option *option);
