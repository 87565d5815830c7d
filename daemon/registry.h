/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The one list of collectors, in transmit-path order. This and main.c are the only places of
 * daemon/ that know a collector by name.
 */
#include "daemon/collector.h"

/* Ended by NULL. */
extern const struct collector_ops *const registry[];
