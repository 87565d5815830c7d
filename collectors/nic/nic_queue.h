/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What a queue for sending has counted, under names that mean the same for every driver. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NIC_QUEUES_MAX 4096 /* of one device: more than any has */

enum nic_queue_counter {
	NIC_QUEUE_BYTES,
	NIC_QUEUE_PACKETS,
	NIC_QUEUE_DROPS,
	NIC_QUEUE_ERRORS,
	NIC_QUEUE_STOPS,
	NIC_QUEUE_WAKES,
	NIC_QUEUE_DOORBELLS,
	NIC_QUEUE_TIMEOUTS,
	NIC_QUEUE_COUNTERS,
};

struct nic_queue {
	uint32_t present; /* bit per counter */
	uint64_t values[NIC_QUEUE_COUNTERS];
};

/* By queue number. Empty when zeroed. */
struct nic_queues {
	struct nic_queue *queues;
	size_t n;
};

/* The queue, which is made if it is not there; NULL: a number too high, or out of memory. */
struct nic_queue *nic_queues_at(struct nic_queues *queues, uint32_t number);

/* Forgets all values and keeps the memory. */
void nic_queues_reset(struct nic_queues *queues);

void nic_queues_clear(struct nic_queues *queues);

/* Adds to what is there: a driver may count what is one in several. */
static inline void nic_queue_add(struct nic_queue *queue, enum nic_queue_counter counter,
                                 uint64_t value)
{
	queue->values[counter] =
		(queue->present >> counter & 1 ? queue->values[counter] : 0) + value;
	queue->present |= 1U << counter;
}
