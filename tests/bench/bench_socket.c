/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The socket collector against recv-only dumps, and against `ss -tinmO`, on 1,000, 10,000 and 50,000
 * established loopback sockets, every tenth pair with a full send queue, in a network namespace of
 * its own. Needs root, and says what each socket that is remembered costs in memory.
 *
 *	bench_socket [ROUNDS]
 */
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <malloc.h>

#include "collectors/socket/socket.h"
#include "collectors/socket/socket_options.h"
#include "tests/bench/command.h"
#include "tests/bench/socket_load.h"

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

/* Bytes that the allocator has given out. */
static size_t allocated_bytes(void)
{
	struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
}

static void bench_point(struct bench_collector *bench, int *fd, unsigned n_sockets, size_t n_rounds)
{
	static const char *const command[] = { "ss", "-tinmO", NULL };
	char title[64];
	size_t before = allocated_bytes();

	(void)snprintf(title, sizeof(title), "%u sockets", n_sockets);
	bench_against_floor(title, bench, run_floor, fd, n_rounds, n_sockets);
	printf("%-34s %zd bytes more for them\n", title, allocated_bytes() - before);
	bench_against_command(bench, command, "  ss -tinmO", n_rounds / 4 + 1);
}

int main(int argc, char **argv)
{
	static const unsigned points[] = { 1000, 10000, 50000 };
	size_t n_rounds = argc > 1 ? (size_t)atoi(argv[1]) : 51;
	struct bench_collector bench;
	unsigned n_sockets = 0;
	int hold[2], fd;

	namespace_begin();
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	if (fd < 0 || pipe(hold) < 0)
		bench_fail("socket");

	bench_collector_open(&bench, &socket_collector, &options);
	bench_collector_collect(&bench);
	for (size_t i = 0; i < ARRAY_SIZE(points); i++) {
		for (; n_sockets < points[i]; n_sockets += 2 * PAIRS_PER_CHILD)
			add_child(hold);
		bench_point(&bench, &fd, n_sockets, n_rounds);
	}
	bench_collector_close(&bench);
	close(fd);

	close(hold[1]);
	while (wait(NULL) > 0)
		;
	return EXIT_SUCCESS;
}
