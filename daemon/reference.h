/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The reference of collectors, options and metrics, written from the tables that the daemon itself
 * works by.
 */
#include <stdio.h>

#include "config/configuration.h"
#include "daemon/collector.h"

/* "name  type  {labels}  help", a line per family, in the order of the exposition. */
void reference_list_metrics(const struct collector_ops *const *collectors, FILE *file);

/* "name  interval  summary", a line per collector. */
void reference_list_collectors(const struct collector_ops *const *collectors, FILE *file);

/* All of it as Markdown: the file REFERENCE.md. */
void reference_print(const struct collector_ops *const *collectors,
                     const struct configuration_schema *schema, FILE *file);
