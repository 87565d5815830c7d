/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the programs of the collectors of rare events, drop and retransmit, cost those who send: with
 * and without them in turn, in a network namespace of its own, in CPU time of the thread, which on lo
 * does the receiver's work too. A packet that is received by nobody is the event that is looked at
 * and left; one that nftables drops at output is the one that is counted.
 *
 *	bench_rare [PAIRS]    (as root)
 */
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stddef.h>
#include <sys/ioctl.h>

#include "collectors/drop/drop.h"
#include "collectors/retransmit/retransmit.h"
#include "tests/bench/command.h"

#define N_CALLS 5000
#define DROPPED 9  /* port that nftables drops packets to */
#define CLOSED  10 /* port that nobody receives at */

static int near_fd, far_fd; /* the ends of a connection */

static void set_up_lo(void)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) < 0)
		bench_fail("lo");
	close(fd);
}

static void connect_both(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		                       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	near_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(listener, 1) < 0 ||
	    getsockname(listener, (struct sockaddr *)&address, &length) < 0 ||
	    connect(near_fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		bench_fail("connect");
	far_fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (far_fd < 0 || setsockopt(near_fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) < 0 ||
	    setsockopt(far_fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) < 0)
		bench_fail("accept");
	close(listener);
}

static void pass(int from, int to)
{
	char byte = 0;

	if (write(from, &byte, 1) != 1 || read(to, &byte, 1) != 1)
		bench_fail("TCP");
}

static void ask_and_answer(void)
{
	for (int i = 0; i < N_CALLS; i++) {
		pass(near_fd, far_fd);
		pass(far_fd, near_fd);
	}
}

static void send_to(uint16_t port)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		                       .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		                       .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		bench_fail("socket");
	for (int i = 0; i < N_CALLS; i++) /* what nftables drops is an error to the sender */
		(void)sendto(fd, "x", 1, 0, (struct sockaddr *)&address, sizeof(address));
	close(fd);
}

static void send_to_nobody(void)
{
	send_to(CLOSED);
}

static void send_and_have_dropped(void)
{
	send_to(DROPPED);
}

static uint64_t measure(void (*run)(void))
{
	uint64_t start = clock_nsec(CLOCK_THREAD_CPUTIME_ID);

	run();
	return (clock_nsec(CLOCK_THREAD_CPUTIME_ID) - start) / N_CALLS;
}

static const struct {
	const char *title;
	void (*run)(void);
} cases[] = {
	{ "TCP, a byte there and one back", ask_and_answer },
	{ "UDP, received by nobody", send_to_nobody },
	{ "UDP, dropped on its way out", send_and_have_dropped },
};

static const struct collector_ops *const collectors[] = { &drop_collector, &retransmit_collector };

static void open_collectors(struct bench_collector *benches)
{
	static const max_align_t options[16]; /* by default, all of theirs are zero */

	for (size_t i = 0; i < ARRAY_SIZE(collectors); i++) {
		if (collectors[i]->options_size > sizeof(options))
			bench_fail(collectors[i]->name);
		bench_collector_open(&benches[i], collectors[i], options);
		bench_collector_collect(&benches[i]);
	}
}

static void close_collectors(struct bench_collector *benches)
{
	for (size_t i = 0; i < ARRAY_SIZE(collectors); i++)
		bench_collector_close(&benches[i]);
}

static void print(size_t i, uint64_t *without, uint64_t *with, size_t n)
{
	uint64_t without_nsec = median_nsec(without, n), with_nsec = median_nsec(with, n);

	printf("%-32s without %6ju ns  with %6ju ns  %+5jd ns  ratio %.3f\n", cases[i].title,
	       (uintmax_t)without_nsec, (uintmax_t)with_nsec,
	       (intmax_t)with_nsec - (intmax_t)without_nsec,
	       (double)with_nsec / (double)without_nsec);
}

int main(int argc, char **argv)
{
	static const char *const rules[] = {
		"nft",
		"add table inet bench; add chain inet bench output "
		"{ type filter hook output priority 0; }; "
		"add rule inet bench output udp dport 9 drop",
		NULL,
	};
	size_t n = argc > 1 ? (size_t)atoi(argv[1]) : 31;
	uint64_t *nsec = calloc(2 * ARRAY_SIZE(cases) * n, sizeof(*nsec));

	if (!nsec)
		bench_fail("calloc");
	if (unshare(CLONE_NEWNET) < 0)
		bench_fail("unshare");
	set_up_lo();
	(void)command_nsec(rules);
	connect_both();
	for (size_t j = 0; j < 2 * n; j++) { /* pairs, in turn with one first and with the other */
		size_t with = (j + j / 2) % 2;
		struct bench_collector benches[ARRAY_SIZE(collectors)];

		if (with)
			open_collectors(benches);
		for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
			cases[i].run(); /* warms up what loading has cooled down */
			nsec[(2 * i + with) * n + j / 2] = measure(cases[i].run);
		}
		if (with)
			close_collectors(benches);
	}
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		print(i, nsec + 2 * i * n, nsec + (2 * i + 1) * n, n);
	free(nsec);
	close(near_fd);
	close(far_fd);
	return EXIT_SUCCESS;
}
