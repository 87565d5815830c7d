/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The exposition: the parts of one answer to a scrape, each the rendered snapshot of one collector
 * (or of the daemon itself), sent from where it lies. A scrape never collects.
 */
#include "daemon/crew.h"
#include "daemon/http.h"
#include "daemon/reason.h"
#include "daemon/self.h"

#define EXPOSITION_MAX 31 /* collectors; one part more is the daemon's own */

struct exposition_choice {
	bool collectors[EXPOSITION_MAX];
	bool self;
};

/*
 * The choice by collect[] and exclude[] arguments; with neither it is everything enabled. −EINVAL
 * with the reason: an unknown or disabled name, both kinds at once, or another argument.
 */
int exposition_choose(const struct crew *crew, const struct http_argument *arguments,
		      size_t n_arguments, struct exposition_choice *ret_choice,
		      struct reason *reason);

/*
 * Adds the chosen parts that have fresh data to a zeroed reply, with references that its release
 * drops. 0 or −ENOMEM; on failure the reply is untouched.
 */
int exposition_reply(const struct crew *crew, struct self *self,
		     const struct exposition_choice *choice, struct http_reply *reply);
