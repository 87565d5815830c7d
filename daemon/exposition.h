/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The exposition: the answer to a scrape, put together from the rendered snapshots of the collectors
 * and of the daemon itself. A scrape never collects, and one that finds the snapshots of the scrape
 * before sends the same bytes: however many scrapers there are, each snapshot is rendered once and
 * copied once.
 */
#include "daemon/crew.h"
#include "daemon/http.h"
#include "daemon/reason.h"
#include "daemon/self.h"

#define EXPOSITION_COLLECTORS_MAX 63 /* as many as a choice has bits, less the one for SELF_NAME */

/* Which parts: bit i is the collector at i of the crew; the top bit is the daemon itself. */
typedef uint64_t exposition_choice;

#define EXPOSITION_SELF       (UINT64_C(1) << 63)
#define EXPOSITION_EVERYTHING UINT64_MAX

/*
 * The choice by collect[] and exclude[] arguments; with neither it is everything enabled. −EINVAL
 * with the reason: an unknown or disabled name, both kinds at once, or another argument.
 */
int exposition_choose(const struct crew *crew, const struct argument *arguments, size_t n_arguments,
                      exposition_choice *ret_choice, struct reason *reason);

struct exposition;

/* Both must outlive it. NULL: out of memory. */
struct exposition *exposition_new(const struct crew *crew, struct self *self);
void exposition_free(struct exposition *exposition);
DEFINE_CLEANUP(struct exposition, exposition_free)

/*
 * The chosen parts that have fresh data, as a reply whose body is shared with every other reply that
 * has the same content. 0 or −ENOMEM; on failure the reply is untouched.
 */
int exposition_reply(struct exposition *exposition, exposition_choice choice,
                     struct http_reply *reply);
