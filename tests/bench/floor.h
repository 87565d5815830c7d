/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What a netlink collector is measured against: the same dumps, received and not looked at, in turn
 * with it, in CPU time of the thread.
 */
#include <errno.h>
#include <linux/netlink.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "config/option.h"
#include "daemon/clock.h"
#include "daemon/collector.h"

static inline void bench_fail(const char *what)
{
	perror(what);
	exit(EXIT_FAILURE);
}

/* Sends the request and receives until NLMSG_DONE, which ends a datagram in its last 20 bytes. */
static inline void floor_dump(int fd, uint16_t type, const void *body, size_t size)
{
	static alignas(struct nlmsghdr) char buffer[32768];
	struct {
		struct nlmsghdr header;
		char body[256];
	} request = { .header = {
			      .nlmsg_len = (uint32_t)(NLMSG_HDRLEN + size),
			      .nlmsg_type = type,
			      .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
		      } };
	struct nlmsghdr last;
	ssize_t length;

	memcpy(request.body, body, size);
	if (send(fd, &request, request.header.nlmsg_len, 0) < 0)
		bench_fail("send");
	do {
		length = recv(fd, buffer, sizeof(buffer), 0);
		if (length < (ssize_t)(NLMSG_HDRLEN + sizeof(int)))
			bench_fail("recv");
		memcpy(&last, buffer + length - NLMSG_HDRLEN - sizeof(int), sizeof(last));
	} while (last.nlmsg_type != NLMSG_DONE || last.nlmsg_len != NLMSG_HDRLEN + sizeof(int));
}

static inline int compare_nsec(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static inline uint64_t median_nsec(uint64_t *values, size_t n)
{
	qsort(values, n, sizeof(*values), compare_nsec);
	return values[n / 2];
}

/* Resident memory of this process. */
static inline long resident_kib(void)
{
	long pages = 0;
	FILE *file = fopen("/proc/self/statm", "r");

	if (file && fscanf(file, "%*s %ld", &pages) != 1)
		pages = 0;
	if (file)
		(void)fclose(file);
	return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

struct bench_collector {
	const struct collector_ops *ops;
	void *state;
	struct batch *batch;
	struct collector_tally tally;
	struct reason reason;
	struct collector_env env;
};

/* With the limits that the daemon has by default. */
static inline void bench_collector_open(struct bench_collector *bench,
                                        const struct collector_ops *ops, const void *options)
{
	static const struct choice_or_strings own = { .choice = COLLECTOR_NAMESPACES_OWN };

	*bench = (struct bench_collector){ .ops = ops, .batch = batch_new(SIZE_MAX) };
	bench->env = (struct collector_env){ .options = options,
		                             .tally = &bench->tally,
		                             .reason = &bench->reason,
		                             .scope = { .namespaces = &own, .max_groups = 200 } };
	if (!bench->batch || ops->open(&bench->env, &bench->state) < 0) {
		fprintf(stderr, "%s: %s\n", ops->name, bench->reason.text);
		exit(EXIT_FAILURE);
	}
}

static inline void bench_collector_collect(struct bench_collector *bench)
{
	batch_reset(bench->batch, SIZE_MAX);
	if (bench->ops->collect(bench->state, bench->batch) < 0) {
		fprintf(stderr, "%s: %s\n", bench->ops->name, bench->reason.text);
		exit(EXIT_FAILURE);
	}
}

static inline void bench_collector_close(struct bench_collector *bench)
{
	bench->ops->close(bench->state);
	batch_free(bench->batch);
}

/*
 * Runs floor and collector in turn, n times each after one unmeasured round, and prints a line:
 * the medians, the floor's share per object, and the ratio. Returns the collector's milliseconds.
 */
static inline double bench_against_floor(const char *title, struct bench_collector *bench,
                                         void (*run_floor)(void *), void *context, size_t n,
                                         size_t n_objects)
{
	uint64_t *floors = calloc(n, sizeof(*floors)), *ours = calloc(n, sizeof(*ours));
	uint64_t floor_nsec, our_nsec;
	long resident;

	if (!floors || !ours)
		bench_fail("calloc");
	run_floor(context);
	bench_collector_collect(bench);
	resident = resident_kib();
	for (size_t i = 0; i < n; i++) {
		uint64_t start = clock_nsec(CLOCK_THREAD_CPUTIME_ID), middle;

		run_floor(context);
		middle = clock_nsec(CLOCK_THREAD_CPUTIME_ID);
		bench_collector_collect(bench);
		ours[i] = clock_nsec(CLOCK_THREAD_CPUTIME_ID) - middle;
		floors[i] = middle - start;
	}
	floor_nsec = median_nsec(floors, n);
	our_nsec = median_nsec(ours, n);
	printf("%-34s floor %9.3f ms  collect %9.3f ms  %6.0f ns more per object  ratio %.3f  "
	       "rss %ld KiB (%+ld)  series %zu\n",
	       title, (double)floor_nsec / 1e6, (double)our_nsec / 1e6,
	       ((double)our_nsec - (double)floor_nsec) / (double)n_objects,
	       (double)our_nsec / (double)floor_nsec, resident_kib(), resident_kib() - resident,
	       bench->batch->n_series);
	free(floors);
	free(ours);
	return (double)our_nsec / 1e6;
}
