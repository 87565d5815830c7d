/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What being sampled costs the connections themselves: a request-response connection and a stream
 * over loopback, beside a thousand other sockets, while the socket collector samples all of them
 * every second, and while it does not, in turn. Needs root.
 *
 *	bench_sampling [PAIRS OF WINDOWS]
 */
#include <signal.h>
#include <sys/mman.h>

#include "collectors/socket/socket.h"
#include "collectors/socket/socket_options.h"
#include "tests/bench/socket_load.h"

#define OTHERS       1000
#define WINDOW_USEC  (2 * USEC_PER_SEC)
#define SAMPLE_USEC  USEC_PER_SEC
#define MESSAGE_SIZE 64
#define STREAM_SIZE  65536

static char unit[] = "unit";

static const struct socket_options options = {
	.group_by = { 1, (char *[]){ unit } },
	.backlog_after_usec = 5 * USEC_PER_SEC,
	.stall_after_usec = 5 * USEC_PER_SEC,
	.peak_window_usec = 60 * USEC_PER_SEC,
	.max_sockets = 65536,
	.top = 100,
};

/* What the loads count, in memory that they share with the parent. */
struct counts {
	volatile uint64_t round_trips;
	volatile uint64_t bytes;
};

static void exchange(int fd, struct counts *counts)
{
	char message[MESSAGE_SIZE] = { 0 };

	for (;;) {
		if (send(fd, message, sizeof(message), 0) < 0 ||
		    recv(fd, message, sizeof(message), MSG_WAITALL) <= 0)
			_exit(EXIT_FAILURE);
		counts->round_trips++;
	}
}

static void echo(int fd, struct counts *counts)
{
	char message[MESSAGE_SIZE];

	(void)counts;
	while (recv(fd, message, sizeof(message), MSG_WAITALL) > 0)
		if (send(fd, message, sizeof(message), 0) < 0)
			break;
	_exit(EXIT_SUCCESS);
}

static void stream(int fd, struct counts *counts)
{
	static char bytes[STREAM_SIZE];

	(void)counts;
	while (send(fd, bytes, sizeof(bytes), 0) > 0)
		;
	_exit(EXIT_SUCCESS);
}

static void drain(int fd, struct counts *counts)
{
	static char bytes[STREAM_SIZE];
	ssize_t n;

	while ((n = recv(fd, bytes, sizeof(bytes), 0)) > 0)
		counts->bytes += (uint64_t)n;
	_exit(EXIT_SUCCESS);
}

static pid_t start(void (*run)(int fd, struct counts *counts), int fd, struct counts *counts)
{
	pid_t child = fork();

	if (child < 0)
		bench_fail("fork");
	if (child == 0)
		run(fd, counts);
	return child;
}

static void sleep_until(uint64_t usec)
{
	struct timespec until = timespec_from_usec(usec);

	(void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
}

/* Passes a window, with samples or without; what the counter grew by in it, each second. */
static double window(struct bench_collector *bench, const volatile uint64_t *counter)
{
	uint64_t start_usec = monotonic_usec(), start_count = *counter;

	for (uint64_t at = start_usec + SAMPLE_USEC; at <= start_usec + WINDOW_USEC;
	     at += SAMPLE_USEC) {
		sleep_until(at);
		if (bench)
			bench_collector_collect(bench);
	}
	return (double)(*counter - start_count) * 1e6 / (double)(monotonic_usec() - start_usec);
}

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void bench_load(const char *title, struct bench_collector *bench,
                       const volatile uint64_t *counter, size_t n)
{
	double *ratios = calloc(n, sizeof(*ratios)), last = 0;

	if (!ratios)
		bench_fail("calloc");
	(void)window(NULL, counter);
	for (size_t i = 0; i < n; i++) {
		double without = window(NULL, counter);

		last = window(bench, counter);
		ratios[i] = last / without;
	}
	qsort(ratios, n, sizeof(*ratios), compare_doubles);
	printf("%-34s %12.0f/s  sampled by not sampled: %.3f (quartiles %.3f and %.3f)\n", title,
	       last, ratios[n / 2], ratios[n / 4], ratios[3 * n / 4]);
	free(ratios);
}

/* Runs two processes at the ends of a connection for the length of a benchmark. */
static void with_load(const char *title, struct bench_collector *bench, struct counts *counts,
                      void (*run[static 2])(int fd, struct counts *counts), size_t n)
{
	const volatile uint64_t *counter = run[0] == exchange ? &counts->round_trips
							      : &counts->bytes;
	int listener = listen_on_loopback(false), ends[2];
	pid_t children[2];

	connect_pair(listener, false, ends);
	for (unsigned i = 0; i < 2; i++)
		children[i] = start(run[i], ends[i], counts);
	for (unsigned i = 0; i < 2; i++)
		close(ends[i]);
	close(listener);
	bench_load(title, bench, counter, n);
	for (unsigned i = 0; i < 2; i++) {
		kill(children[i], SIGKILL);
		(void)waitpid(children[i], NULL, 0);
	}
}

int main(int argc, char **argv)
{
	size_t n = argc > 1 ? (size_t)atoi(argv[1]) : 20;
	struct bench_collector bench;
	struct counts *counts;
	int hold[2];

	namespace_begin();
	counts = mmap(NULL, sizeof(*counts), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
	              0);
	if (counts == MAP_FAILED || pipe(hold) < 0)
		bench_fail("mmap");
	for (unsigned i = 0; i < OTHERS; i += 2 * PAIRS_PER_CHILD)
		add_child(hold);
	bench_collector_open(&bench, &socket_collector, &options);
	with_load("64 bytes and back, round trips", &bench, counts,
	          (void (*[])(int, struct counts *)){ exchange, echo }, n);
	with_load("stream, bytes", &bench, counts,
	          (void (*[])(int, struct counts *)){ stream, drain }, n);
	bench_collector_close(&bench);
	close(hold[1]);
	while (wait(NULL) > 0)
		;
	return EXIT_SUCCESS;
}
