/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Why the kernel drops packets, in its own names: it has numbered its reasons anew in most versions
 * (enum skb_drop_reason, net/dropreason-core.h), and a subsystem has numbers of its own, with the
 * subsystem's in the upper half (enum skb_drop_reason_subsys, 6.4 and later). What they are is in the
 * types that the kernel and its modules tell (BTF).
 */
#include <stdint.h>

#include "bpf/drop.h"
#include "daemon/batch.h"
#include "daemon/reason.h"

struct drop_reasons;

/*
 * Reads those of the kernel itself, from the types in the directory, whose name must stay. 0, or
 * −errno with the reason filled: −EOPNOTSUPP where there are none, −ENOSYS not built, −ENOMEM.
 */
int drop_reasons_open(const char *directory, struct drop_reasons **ret_reasons,
                      struct reason *reason);
void drop_reasons_close(struct drop_reasons *reasons);
DEFINE_CLEANUP(struct drop_reasons, drop_reasons_close)

/* What the number alone tells; there are none beyond DROP_REASONS. */
enum drop_class drop_reasons_class(const struct drop_reasons *reasons, uint32_t number);

/*
 * The name of a reason, valid as long as the reasons are: "NETFILTER_DROP". That of a subsystem is
 * looked for when it is first asked for, which is while the subsystem's module is loaded; without a
 * name a reason is its number, behind the subsystem's name if that is known: "OPENVSWITCH:12".
 */
struct label drop_reasons_name(struct drop_reasons *reasons, uint32_t number);
