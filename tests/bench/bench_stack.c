/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stack collector against reading the same files and doing nothing. The settings, which it reads
 * once a minute, are in its first round only, which is not measured.
 *
 *	bench_stack [ROUNDS]
 */
#include <fcntl.h>

#include "collectors/stack/stack.h"
#include "tests/bench/floor.h"

static const char *const paths[] = {
	"/proc/thread-self/net/snmp",
	"/proc/thread-self/net/snmp6",
	"/proc/thread-self/net/netstat",
	"/proc/thread-self/net/sockstat",
	"/proc/softirqs",
};

static void run_floor(void *context)
{
	static char buffer[1 << 16];
	const int *fds = context;

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		if (pread(fds[i], buffer, sizeof(buffer), 0) <= 0)
			bench_fail(paths[i]);
	}
}

int main(int argc, char **argv)
{
	size_t n_rounds = argc > 1 ? (size_t)atoi(argv[1]) : 2001;
	struct bench_collector bench;
	int fds[ARRAY_SIZE(paths)];

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		fds[i] = open(paths[i], O_RDONLY | O_CLOEXEC);
		if (fds[i] < 0)
			bench_fail(paths[i]);
	}
	bench_collector_open(&bench, &stack_collector, NULL);
	bench_against_floor("5 files", &bench, run_floor, fds, n_rounds, ARRAY_SIZE(paths));
	bench_collector_close(&bench);
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		close(fds[i]);
	return EXIT_SUCCESS;
}
