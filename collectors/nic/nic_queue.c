/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "collectors/nic/nic_queue.h"

#include <stdlib.h>
#include <string.h>

struct nic_queue *nic_queues_at(struct nic_queues *queues, uint32_t number)
{
	size_t n = (size_t)number + 1;

	if (number >= NIC_QUEUES_MAX)
		return NULL;
	if (n > queues->n) {
		struct nic_queue *grown = reallocarray(queues->queues, n, sizeof(*grown));

		if (!grown)
			return NULL;
		memset(grown + queues->n, 0, (n - queues->n) * sizeof(*grown));
		queues->queues = grown;
		queues->n = n;
	}
	return &queues->queues[number];
}

void nic_queues_reset(struct nic_queues *queues)
{
	for (size_t i = 0; i < queues->n; i++)
		queues->queues[i].present = 0;
}

void nic_queues_clear(struct nic_queues *queues)
{
	free(queues->queues);
	*queues = (struct nic_queues){ 0 };
}
