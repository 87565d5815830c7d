/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Where a check tells its faults. Positions are looked up when there is a fault, and errors stick:
 * checks go on to the next thing and never ask; their caller asks once at the end.
 */
#include <jansson.h>

#include "config/configuration.h"
#include "config/position.h"

struct report {
	struct configuration_faults *faults;
	const char *file;          /* begins every fault, if set */
	const char *text;          /* of the file; NULL: faults have no position */
	const struct place *place; /* what is being checked */
	int error;                 /* 0, −EINVAL once there is a fault, −ENOMEM */
};

void report_out_of_memory(struct report *report);

/* Faults of the key or the value at the current place. */
__attribute__((format(printf, 2, 3))) void report_key(struct report *report, const char *format,
                                                      ...);
__attribute__((format(printf, 2, 3))) void report_value(struct report *report, const char *format,
                                                        ...);

/* The fault that the value at the current place, of that name, is not what was expected. */
void report_type(struct report *report, const char *name, const char *expected, const json_t *json);

/* A fault at a byte offset of the text. */
__attribute__((format(printf, 3, 4))) void report_at(struct report *report, size_t offset,
                                                     const char *format, ...);

/* A fault of the file as a whole, without a position. */
__attribute__((format(printf, 2, 3))) void report_file(struct report *report, const char *format,
                                                       ...);
