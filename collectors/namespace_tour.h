/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A collector's tour of other network namespaces, as far as the option "namespaces" wants them. Its
 * own it samples by itself, every time; the others have their turns after that, as many as the CPU
 * budget of the run has room for, one at least, the one whose sample is oldest first. What each has
 * left in its own batch goes with every run until its next turn.
 *
 * Nothing of a namespace is open between two turns: one that nobody else holds goes away. They are
 * looked for every 5 seconds at most. One that cannot be sampled, be entered or be found any more
 * loses its rows at once.
 */
#include <linux/capability.h>

#include "collectors/namespace.h"
#include "daemon/collector.h"

/* What a collector that uses a tour needs for it, as its namespace_capabilities. */
#define NAMESPACE_TOUR_CAPABILITIES (UINT64_C(1) << CAP_SYS_ADMIN | UINT64_C(1) << CAP_SYS_PTRACE)

struct namespace_tour;

struct namespace_tour_ops {
	/*
	 * Fills the empty batch with the truth now in the namespace, whose door is open; each row
	 * has its label. 0, or −errno with env->reason filled and the batch is thrown away. With 0, a
	 * reason says what the sample had to go without. What it opens behind the door it closes
	 * again. It may begin anew by batch_reset() to the bound that the batch has.
	 */
	int (*sample)(void *context, struct namespace *namespace, struct batch *batch);

	/* Frees namespace->data, which is not NULL. NULL: there is never any. */
	void (*forget)(void *data);

	/*
	 * Makes what a former collector had as data this one's own, and frees the rest; nothing of
	 * it may point into the former one afterwards. The new data, or NULL. NULL: data is the same
	 * for every collector of the kind.
	 */
	void *(*adopt)(void *context, void *data);
};

/*
 * A tour for the collector of env, which must outlive it. The context is for ops->sample. NULL is
 * the tour of who stays at home, and good for all the functions below. 0, or −ENOMEM with the
 * reason filled.
 */
int namespace_tour_open(const struct collector_env *env, const struct namespace_tour_ops *ops,
                        void *context, struct namespace_tour **ret_tour);

/*
 * First thing of a run: budget_nsec counts from here. 0, or −errno with the reason filled when the
 * thread is not at home, see namespace_door_check_home(): then nothing must be sampled.
 */
int namespace_tour_begin(struct namespace_tour *tour);

/*
 * Last thing of a run whose batch has what our own namespace gave: takes the turns, and appends all
 * that is known of other namespaces. Fills the tally; and adds to the reason, which has what our own
 * one had to go without, what is missing of others. 0, or −errno with the reason filled: the thread
 * is not at home any more.
 */
int namespace_tour_run(struct namespace_tour *tour, struct batch *batch);

/*
 * Takes over from a former tour of the same collector the data of namespaces that are known here.
 */
void namespace_tour_inherit(struct namespace_tour *tour, struct namespace_tour *former);

void namespace_tour_close(struct namespace_tour *tour);
