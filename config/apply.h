/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A document over a configuration. Merging files is applying them in turn: what a document says
 * replaces the values of the options it names, and each is checked where it stands.
 */
#include "config/report.h"
#include "config/section.h"

/*
 * Checks all of the report's text, which is n_bytes long and then has a NUL, and sets what is good
 * in it.
 */
void apply_text(struct configuration *configuration, size_t n_bytes, struct report *report);
