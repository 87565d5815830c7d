/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A rule that says queue (nft) or NFQUEUE (iptables) takes a packet out of its hook, on the way out
 * too, until a program has decided about it. The program binds the queue and bounds it; a queue
 * that no program has bound does not exist and drops what is sent to it, uncounted.
 *
 * /proc/net/netfilter/nfnetlink_queue (seq_show() of nfnetlink_queue.c) is a line a queue: number,
 * port of the program's socket, packets waiting, copy mode, copy range, dropped as the queue was
 * full, dropped as the socket took no more, last packet's id, 1. It belongs to root and may be read
 * by its group.
 */
#include "collectors/netfilter/nfqueue.h"

#include <errno.h>
#include <stdio.h>

#include "collectors/netfilter/proc_line.h"

#define QUEUE_PATH "/proc/thread-self/net/netfilter/nfnetlink_queue"

enum {
	NUMBER,
	PORT,
	DEPTH,
	COPY_MODE,
	COPY_RANGE,
	QUEUE_FULL_DROPS,
	USERSPACE_DROPS,
	COLUMNS,
};

static const struct metric_family depth_families[] = {
	{
		.name = "txpath_nfqueue_depth_packets",
		.help = "Packets that wait in the queue for the verdict of a program (third column of /proc/net/netfilter/nfnetlink_queue).",
	},
};

static const struct metric_family drops_families[] = {
	{
		.name = "txpath_nfqueue_drops_total",
		.help = "Packets dropped because the queue was full, or because the program's socket took no more (sixth and seventh column of /proc/net/netfilter/nfnetlink_queue).",
		.type = METRIC_COUNTER,
	},
};

const struct metric_table nfqueue_table = {
	.labels = { "queue", "netns" },
	.families = depth_families,
	.n_families = ARRAY_SIZE(depth_families),
};

const struct metric_table nfqueue_drops_table = {
	.labels = { "queue", "cause", "netns" },
	.families = drops_families,
	.n_families = ARRAY_SIZE(drops_families),
};

bool nfqueue_parse(const char *line, struct nfqueue *ret_queue)
{
	uint64_t columns[COLUMNS], further;

	for (size_t i = 0; i < COLUMNS; i++)
		if (!proc_number(&line, 10, UINT32_MAX, &columns[i]))
			return false;
	if (columns[NUMBER] >= NFQUEUE_NUMBERS)
		return false;
	while (!proc_line_ends(line))
		if (!proc_number(&line, 10, UINT32_MAX, &further))
			return false;
	*ret_queue = (struct nfqueue){
		.number = (uint16_t)columns[NUMBER],
		.depth = columns[DEPTH],
		.queue_full_drops = columns[QUEUE_FULL_DROPS],
		.userspace_drops = columns[USERSPACE_DROPS],
	};
	return true;
}

static void write_drops(const struct netfilter_target *target, struct label queue,
                        const char *cause, uint64_t drops)
{
	const struct label labels[] = { queue, label_of(cause), target->netns };

	batch_row(target->batch, &nfqueue_drops_table, labels, ARRAY_SIZE(labels));
	batch_count(target->batch, 0, drops);
}

static void write_queue(const struct netfilter_target *target, const struct nfqueue *queue)
{
	char number[8];
	struct label labels[2];

	(void)snprintf(number, sizeof(number), "%u", queue->number);
	labels[0] = label_of(number);
	labels[1] = target->netns;
	batch_row(target->batch, &nfqueue_table, labels, ARRAY_SIZE(labels));
	batch_count(target->batch, 0, queue->depth);
	write_drops(target, labels[0], "queue_full", queue->queue_full_drops);
	write_drops(target, labels[0], "userspace", queue->userspace_drops);
}

struct taker {
	const struct netfilter_target *target;
	uint64_t seen[NFQUEUE_NUMBERS / 64]; /* bit per queue */
};

/* The kernel walks a table that may change meanwhile: a queue can come twice. */
static int take_line(const char *line, void *context)
{
	struct taker *taker = context;
	struct collector_tally *tally = taker->target->env->tally;
	struct nfqueue queue;
	uint64_t *word, bit;

	if (!nfqueue_parse(line, &queue)) {
		tally->skipped_objects++;
		return 0;
	}
	word = &taker->seen[queue.number / 64];
	bit = UINT64_C(1) << queue.number % 64;
	if (*word & bit)
		tally->skipped_objects++;
	else
		write_queue(taker->target, &queue);
	*word |= bit;
	return 0;
}

int nfqueue_write(const struct netfilter_target *target)
{
	const struct collector_env *env = target->env;
	struct taker taker = { .target = target };
	int error = proc_lines(QUEUE_PATH, take_line, &taker, env->reason);

	if (error == -EOPNOTSUPP)
		return reason_set(env->reason, error, "nfnetlink_queue is not loaded");
	if (error == -EPERM)
		return reason_set(env->reason, error, QUEUE_PATH " is for root and its group");
	return error;
}
