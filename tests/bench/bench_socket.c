/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The socket collector against recv-only dumps, and against `ss -tinmO`, on 1,000, 10,000 and 50,000
 * established loopback sockets, every tenth pair with a full send queue, in a network namespace of
 * its own. Needs root, and says what each socket that is remembered costs in memory.
 *
 *	bench_socket [ROUNDS]
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

#include "collectors/socket/socket.h"
#include "collectors/socket/socket_options.h"
#include "tests/bench/floor.h"

#define PAIRS_PER_CHILD 250 /* two descriptors each: within the usual limit of 1,024 */
#define FULL_EVERY      10

static char unit[] = "unit";

/* The defaults, but for more sockets than they remember. */
static const struct socket_options options = {
	.group_by = { 1, (char *[]){ unit } },
	.backlog_after_usec = 5 * USEC_PER_SEC,
	.stall_after_usec = 5 * USEC_PER_SEC,
	.peak_window_usec = 60 * USEC_PER_SEC,
	.max_sockets = 1000000,
	.top = 100,
};

/* One walk of TCP's table with the same extensions, and what there is of other protocols. */
static void run_floor(void *context)
{
	const int *fd = context;
	const struct inet_diag_req tcp = {
		.idiag_family = AF_INET,
		.idiag_ext = 1 << (INET_DIAG_INFO - 1) | 1 << (INET_DIAG_SKMEMINFO - 1) |
			1 << (INET_DIAG_CONG - 1),
		.idiag_states = 0xbbe,
	};
	struct inet_diag_req_v2 udp = {
		.sdiag_family = AF_INET,
		.sdiag_protocol = IPPROTO_UDP,
		.idiag_ext = 1 << (INET_DIAG_SKMEMINFO - 1),
		.idiag_states = 0xffe,
	};

	floor_dump(*fd, TCPDIAG_GETSOCK, &tcp, sizeof(tcp));
	floor_dump(*fd, SOCK_DIAG_BY_FAMILY, &udp, sizeof(udp));
	udp.sdiag_family = AF_INET6;
	floor_dump(*fd, SOCK_DIAG_BY_FAMILY, &udp, sizeof(udp));
}

static void loopback_up(void)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) < 0)
		bench_fail("lo up");
	close(fd);
}

static void fill_queue(int fd)
{
	static const char bytes[65536];

	if (fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
		bench_fail("fcntl");
	while (send(fd, bytes, sizeof(bytes), MSG_NOSIGNAL) > 0)
		;
}

static void add_pairs(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		                       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM, 0), small = 4096;

	if (listener < 0 ||
	    setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)) < 0 ||
	    bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(listener, 1) < 0 ||
	    getsockname(listener, (struct sockaddr *)&address, &length) < 0)
		bench_fail("listen");
	for (unsigned i = 0; i < PAIRS_PER_CHILD; i++) {
		int client = socket(AF_INET, SOCK_STREAM, 0);

		if (client < 0 ||
		    setsockopt(client, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small)) < 0 ||
		    connect(client, (struct sockaddr *)&address, length) < 0 ||
		    accept(listener, NULL, NULL) < 0)
			bench_fail("pair");
		if (i % FULL_EVERY == 0)
			fill_queue(client);
	}
	close(listener);
}

/* A child holds its sockets until the hold pipe's last writer, the parent, is gone. */
static void add_child(const int hold[2])
{
	int ready[2];
	char byte;
	pid_t child;

	if (pipe(ready) < 0)
		bench_fail("pipe");
	child = fork();
	if (child < 0)
		bench_fail("fork");
	if (child == 0) {
		close(hold[1]);
		close(ready[0]);
		add_pairs();
		close(ready[1]);
		_exit(read(hold[0], &byte, 1) < 0);
	}
	close(ready[1]);
	if (read(ready[0], &byte, 1) < 0)
		bench_fail("child");
	close(ready[0]);
}

int main(int argc, char **argv)
{
	static const unsigned points[] = { 1000, 10000, 50000 };
	size_t n_rounds = argc > 1 ? (size_t)atoi(argv[1]) : 51;
	struct bench_collector bench;
	unsigned n_sockets = 0;
	int hold[2], fd;

	if (unshare(CLONE_NEWNET) < 0)
		bench_fail("unshare");
	loopback_up();
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	if (fd < 0 || pipe(hold) < 0)
		bench_fail("socket");

	bench_collector_open(&bench, &socket_collector, &options);
	for (size_t i = 0; i < ARRAY_SIZE(points); i++) {
		char title[64];

		for (; n_sockets < points[i]; n_sockets += 2 * PAIRS_PER_CHILD)
			add_child(hold);
		(void)snprintf(title, sizeof(title), "%u sockets", n_sockets);
		bench_against_floor(title, &bench, run_floor, &fd, n_rounds, n_sockets);
	}
	bench_collector_close(&bench);
	close(fd);

	close(hold[1]);
	while (wait(NULL) > 0)
		;
	return EXIT_SUCCESS;
}
