/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writing one takes some nanoseconds and reading it not many more, so that a second reading is rare
 * and a third one rarer still.
 */
#include "collectors/latency/latency_element.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define READ_MAX 100

static bool is_whole(const struct latency_element *element)
{
	__u64 n = 0;

	for (size_t i = 0; i < LATENCY_BUCKETS; i++)
		n += element->buckets[i];
	return n == element->n;
}

static void add(struct latency_sums *sums, const struct latency_element *element)
{
	sums->sum_nsec += element->sum_nsec;
	for (size_t i = 0; i < LATENCY_BUCKETS; i++)
		sums->buckets[i] += element->buckets[i];
}

int latency_element_add(latency_element_read_fn read, void *context, struct latency_sums *sums)
{
	const struct latency_element *elements;
	size_t n_cpus, cpu = 0;

	for (int i = 0; i < READ_MAX; i++) {
		int error = read(context, &elements, &n_cpus);

		if (error < 0)
			return error;
		/* Of those before this one an earlier reading has been added. */
		while (cpu < n_cpus && is_whole(&elements[cpu]))
			add(sums, &elements[cpu++]);
		if (cpu == n_cpus)
			return 0;
	}
	return -EAGAIN;
}
