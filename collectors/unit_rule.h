/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Which rule names a path of cgroup v2, and what of the path it is applied to. The rules themselves
 * are told in collectors/unit_name.h.
 */
#include <stdbool.h>
#include <stddef.h>

#include "collectors/unit_pattern.h"

/* What a component is by its ending. */
enum unit_type {
	UNIT_BARE = 1 << 0, /* no unit */
	UNIT_SLICE = 1 << 1,
	UNIT_SCOPE = 1 << 2,
	UNIT_SERVICE = 1 << 3,
	UNIT_OTHER = 1 << 4,
};

enum unit_form {
	UNIT_FORM_FOLDED,    /* the component, with a '*' for what is marked */
	UNIT_FORM_LABELLED,  /* the label and what is marked */
	UNIT_FORM_IN_PARENT, /* as UNIT_FORM_FOLDED, below the name of the parent */
	UNIT_FORM_MANAGER,   /* as UNIT_FORM_FOLDED, with the unit below it */
};

struct unit_rule {
	const char *pattern; /* of the component without its ending; NULL ends a table */
	unsigned types;
	enum unit_form form;
	const char *label;
	size_t marked_max;  /* bytes of what is marked; 0: all */
	const char *parent; /* what the component must be in, or NULL */
};

struct unit_component {
	const char *text;
	size_t length, stem_length; /* without the ending */
	enum unit_type type;
};

struct unit_match {
	const struct unit_rule *rule;
	struct unit_component component, parent; /* a parent of length 0: none */
	struct unit_mark mark;
};

/*
 * The component that begins at or after text, with its type. false, and ret_component not touched:
 * there is none before the end.
 */
bool unit_component_next(const char *text, const char *end, struct unit_component *ret_component);

/* The rule for a path; false: there is none. */
bool unit_rule_find(const char *path, const char *end, struct unit_match *ret_match);

/* The rule for what is below a manager of units: of those for units only. */
bool unit_rule_find_unit(const char *path, const char *end, struct unit_match *ret_match);
