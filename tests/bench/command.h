/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What a command costs that people run for the same figures: CPU time, its start included. */
#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "tests/bench/floor.h"

static inline uint64_t timeval_nsec(struct timeval time)
{
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_usec * 1000;
}

/* Runs the command, with its output thrown away. */
static inline uint64_t command_nsec(const char *const argv[])
{
	posix_spawn_file_actions_t actions;
	struct rusage usage;
	int status = 0;
	pid_t pid;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	errno = posix_spawnp(&pid, argv[0], &actions, NULL, (char *const *)(uintptr_t)argv,
	                     environ);
	if (errno || wait4(pid, &status, 0, &usage) < 0)
		bench_fail(argv[0]);
	posix_spawn_file_actions_destroy(&actions);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		fprintf(stderr, "%s failed\n", argv[0]);
		exit(EXIT_FAILURE);
	}
	return timeval_nsec(usage.ru_utime) + timeval_nsec(usage.ru_stime);
}

/* Runs collector and command in turn, n times each, and prints a line: the medians and the ratio. */
static inline void bench_against_command(struct bench_collector *bench, const char *const argv[],
                                         const char *title, size_t n)
{
	uint64_t *ours = calloc(n, sizeof(*ours)), *theirs = calloc(n, sizeof(*theirs));
	uint64_t our_nsec, their_nsec;

	if (!ours || !theirs)
		bench_fail("calloc");
	for (size_t i = 0; i < n; i++) {
		uint64_t start = clock_nsec(CLOCK_THREAD_CPUTIME_ID);

		bench_collector_collect(bench);
		ours[i] = clock_nsec(CLOCK_THREAD_CPUTIME_ID) - start;
		theirs[i] = command_nsec(argv);
	}
	our_nsec = median_nsec(ours, n);
	their_nsec = median_nsec(theirs, n);
	printf("%-34s takes %9.3f ms  collect %9.3f ms  1/%.1f of it\n", title,
	       (double)their_nsec / 1e6, (double)our_nsec / 1e6,
	       (double)their_nsec / (double)our_nsec);
	free(ours);
	free(theirs);
}
