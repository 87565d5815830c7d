/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What the collector's section of the configuration may hold. */
#include "config/option.h"

struct nic_options {
	struct string_list devices;
	struct string_list exclude_devices;
	uint64_t max_devices;
	struct string_list features;
	struct string_list driver_statistics;
	uint64_t settings_interval_usec;
	uint64_t max_open_files;
};

extern const struct option nic_option_table[];
