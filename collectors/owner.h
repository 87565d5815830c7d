/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Whose a socket is: the names of the cgroups whose ids sock_diag(7) gives (INET_DIAG_CGROUP_ID), as
 * collectors/unit_name.h makes them, or the configured group that such a name belongs to.
 *
 * A sample first asks for the id of each socket, by owner_find(), and gathers those without a name;
 * then it has them found together, by owner_table_resolve(), and asks again.
 */
#include <stdint.h>

#include "collectors/owner_pattern.h"
#include "daemon/batch.h"
#include "daemon/collector.h"

/* Ids that are known at a time; of more, those that were not asked for longest are given up. */
#define OWNER_IDS_MAX 16384

/* New ids per call of owner_table_resolve(); what is over stays unknown until the next. */
#define OWNER_NEW_IDS_MAX (OWNER_IDS_MAX / 2)

/* The name of what cannot be found: deleted before it was looked for, or not in our namespace. */
#define OWNER_NONE "(none)"

struct owner_table;

/*
 * Opens the tree of cgroups, and makes the groups, which may be NULL, ready to use; both env and
 * groups must outlive the table. Where there is no tree, all sockets are OWNER_NONE's: 0, with the
 * reason filled. −EINVAL (a pattern), −ENOMEM.
 */
int owner_table_open(const struct collector_env *env, const struct named_lists *groups,
                     struct owner_table **ret_table);

void owner_table_close(struct owner_table *table);
DEFINE_CLEANUP(struct owner_table, owner_table_close)

/*
 * Exchanges with the table of former options what is known, so that cgroups that are gone keep their
 * names; not if the groups are others, which the names may stand for.
 */
void owner_table_inherit(struct owner_table *table, struct owner_table *former);

/*
 * The name, which is valid until the next owner_table_resolve(), or length 0 when it is not known
 * yet. A name stays when its cgroup goes. Ids of one name share its bytes: one pointer, one name.
 */
struct label owner_find(struct owner_table *table, uint64_t cgroup_id);

/*
 * Finds the names of those ids that are not known, in one walk, which ends when it has them all; no
 * walk when all are known. What it does not find is OWNER_NONE's from then on, and costs no walk
 * again. 0, also with a reason when the walk met its bounds; −errno with the reason filled, and
 * what has no name yet stays unknown.
 */
int owner_table_resolve(struct owner_table *table, const uint64_t *ids, size_t n);
