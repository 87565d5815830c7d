/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A collector as it was last opened, or tried to be. What it reads stays in place until it is
 * closed, so one that takes over from another has an opening of its own.
 */
#include <stdbool.h>

#include "daemon/collector.h"
#include "daemon/settings.h"

struct opening {
	struct settings *settings; /* NULL: not yet tried */
	struct collector_env env;
	void *state;
	bool open;
	struct reason lack; /* what it goes without */
};

/*
 * Opens the collector by the settings, with the tally and the reason of the environment, in an
 * opening that is zeroed or closed. 0 or −errno, the reason filled; either way it is to be closed.
 */
int opening_open(struct opening *opening, const struct collector_ops *ops,
                 struct settings *settings, const struct collector_env *env);

/* Closes what is open, and drops the settings. */
void opening_close(struct opening *opening, const struct collector_ops *ops);
