/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdio.h>

/* Writes version and revision of the daemon, and versions of the libraries it runs with. */
void version_print(FILE *file);
