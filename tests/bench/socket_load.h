/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Loopback sockets for benchmarks, in a network namespace of their own. Needs root. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

#include "tests/bench/floor.h"

#define PAIRS_PER_CHILD 250 /* two descriptors each: within the usual limit of 1,024 */
#define FULL_EVERY      10

/* Enters a new network namespace, with its loopback device up. */
static inline void namespace_begin(void)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd;

	if (unshare(CLONE_NEWNET) < 0)
		bench_fail("unshare");
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) < 0)
		bench_fail("lo up");
	close(fd);
}

/* Two ends of a connection over loopback, with small buffers if so wanted. */
static inline void connect_pair(int listener, bool small, int ret_ends[static 2])
{
	struct sockaddr_in address;
	socklen_t length = sizeof(address);
	int size = 4096;

	ret_ends[0] = socket(AF_INET, SOCK_STREAM, 0);
	if (ret_ends[0] < 0 || getsockname(listener, (struct sockaddr *)&address, &length) < 0)
		bench_fail("socket");
	if (small && setsockopt(ret_ends[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)) < 0)
		bench_fail("SO_SNDBUF");
	if (connect(ret_ends[0], (struct sockaddr *)&address, length) < 0)
		bench_fail("connect");
	ret_ends[1] = accept(listener, NULL, NULL);
	if (ret_ends[1] < 0)
		bench_fail("accept");
}

static inline int listen_on_loopback(bool small)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		                       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int listener = socket(AF_INET, SOCK_STREAM, 0), size = 4096;

	if (listener < 0 ||
	    (small && setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)) < 0) ||
	    bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(listener, 1) < 0)
		bench_fail("listen");
	return listener;
}

static inline void fill_queue(int fd)
{
	static const char bytes[65536];

	if (fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
		bench_fail("fcntl");
	while (send(fd, bytes, sizeof(bytes), MSG_NOSIGNAL) > 0)
		;
}

static inline void add_pairs(void)
{
	int listener = listen_on_loopback(true);

	for (unsigned i = 0; i < PAIRS_PER_CHILD; i++) {
		int ends[2];

		connect_pair(listener, true, ends);
		if (i % FULL_EVERY == 0)
			fill_queue(ends[0]);
	}
	close(listener);
}

/* A child that holds 500 sockets until the hold pipe's last writer, the parent, is gone. */
static inline void add_child(const int hold[static 2])
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
