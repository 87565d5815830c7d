/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Groups of owners as they are configured: names, each with POSIX extended regular expressions
 * (regex(7)) for the unit names of its members.
 */
#include <regex.h>
#include <stddef.h>

#include "config/option.h"
#include "daemon/reason.h"

struct owner_pattern {
	regex_t regex;
	const char *group;
};

/* In the order in which they are tried; empty when zeroed. */
struct owner_patterns {
	struct owner_pattern *patterns;
	size_t n;
};

/* For the option table: 0, or −EINVAL with what is wrong with the text. */
int owner_pattern_check(const char *text, struct reason *reason);

/*
 * Makes the groups, which must stay valid, ready to use; NULL: there are none. −EINVAL, −ENOMEM
 * with the reason filled. owner_patterns_clear() is due in all cases.
 */
int owner_patterns_init(struct owner_patterns *patterns, const struct named_lists *groups,
                        struct reason *reason);
void owner_patterns_clear(struct owner_patterns *patterns);

/* The group of the first pattern that the name matches, or NULL. */
const char *owner_patterns_match(const struct owner_patterns *patterns, const char *name);
