/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* One name=value of a request's query, decoded; value is "" when there was none. */
struct argument {
	const char *name;
	const char *value;
};
