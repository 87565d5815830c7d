/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Whether a part of the kernel can be asked without its being loaded for the asking. */
#include <stdbool.h>

/*
 * Whether /proc/modules lists the module, or the kernel has no modules at all. A part built into a
 * kernel that has modules cannot be told from one that is not loaded, and counts as such.
 */
bool kernel_module_present(const char *name);
