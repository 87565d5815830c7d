/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Names that are chosen by POSIX extended regular expressions (regex(7)). */
#include <regex.h>
#include <stdbool.h>
#include <stddef.h>

#include "config/option.h"
#include "daemon/reason.h"

/* Empty when zeroed: nothing is chosen. */
struct name_patterns {
	regex_t *regexes;
	size_t n;
};

/* For the option table: 0, or −EINVAL with what is wrong with the text. */
int name_pattern_check(const char *text, struct reason *reason);

/* −EINVAL or −ENOMEM with the reason filled; to be cleared in all cases. */
int name_patterns_init(struct name_patterns *patterns, const struct string_list *texts,
                       struct reason *reason);
void name_patterns_clear(struct name_patterns *patterns);

/* Whether any of them matches. */
bool name_patterns_match(const struct name_patterns *patterns, const char *name);
