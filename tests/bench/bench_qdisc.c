/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The qdisc collector against recv-only dumps, on veth pairs that each carry an HTB tree of classes
 * with a pfifo under each, in a network namespace of its own. Needs root, ip and tc.
 *
 *	bench_qdisc [PAIRS [ROUNDS]]
 */
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>

#include "collectors/qdisc/qdisc.h"
#include "tests/bench/floor.h"

#define CLASSES_PER_PAIR 8

struct qdisc_floor {
	int fd;
	unsigned *devices; /* with classes */
	size_t n_devices;
};

static void run_floor(void *context)
{
	const struct qdisc_floor *qdisc_floor = context;
	struct tcmsg body = { 0 };

	floor_dump(qdisc_floor->fd, RTM_GETQDISC, &body, sizeof(body));
	for (size_t i = 0; i < qdisc_floor->n_devices; i++) {
		body.tcm_ifindex = (int)qdisc_floor->devices[i];
		floor_dump(qdisc_floor->fd, RTM_GETTCLASS, &body, sizeof(body));
	}
}

static FILE *batch_open(const char *command)
{
	FILE *file = popen(command, "w");

	if (!file)
		bench_fail(command);
	return file;
}

static void batch_close(FILE *file)
{
	if (pclose(file) != 0)
		bench_fail("batch");
}

/* One pair is 2 devices, 10 qdiscs and 8 classes. */
static void add_pairs(unsigned first, unsigned end)
{
	FILE *ip = batch_open("ip -batch -"), *tc;

	for (unsigned i = first; i < end; i++)
		fprintf(ip,
		        "link add bench%u type veth peer name peer%u\n"
		        "link set bench%u up\n"
		        "link set peer%u up\n",
		        i, i, i, i);
	batch_close(ip);

	tc = batch_open("tc -batch -");
	for (unsigned i = first; i < end; i++) {
		fprintf(tc, "qdisc add dev bench%u root handle 1: htb\n", i);
		for (unsigned class = 1; class <= CLASSES_PER_PAIR; class ++)
			fprintf(tc,
			        "class add dev bench%u parent 1: classid 1:%x htb rate 1mbit\n"
			        "qdisc add dev bench%u parent 1:%x handle %x: pfifo limit 10\n",
			        i, class, i, class, 0x10 + class);
	}
	batch_close(tc);
}

static void measure(struct qdisc_floor *qdisc_floor, unsigned n_pairs, size_t n_rounds)
{
	struct bench_collector bench;
	char title[64], name[IF_NAMESIZE];

	qdisc_floor->n_devices = n_pairs;
	for (unsigned i = 0; i < n_pairs; i++) {
		(void)snprintf(name, sizeof(name), "bench%u", i);
		qdisc_floor->devices[i] = if_nametoindex(name);
	}
	(void)snprintf(title, sizeof(title), "%u qdiscs, %u classes", 10 * n_pairs + 1,
	               CLASSES_PER_PAIR * n_pairs);

	bench_collector_open(&bench, &qdisc_collector, NULL);
	bench_against_floor(title, &bench, run_floor, qdisc_floor, n_rounds,
	                    (10 + CLASSES_PER_PAIR) * n_pairs);
	bench_collector_close(&bench);
}

int main(int argc, char **argv)
{
	unsigned n_pairs = argc > 1 ? (unsigned)atoi(argv[1]) : 250;
	size_t n_rounds = argc > 2 ? (size_t)atoi(argv[2]) : 101;
	struct qdisc_floor qdisc_floor = { .fd = -1, .devices = calloc(n_pairs, sizeof(unsigned)) };

	if (unshare(CLONE_NEWNET) < 0)
		bench_fail("unshare");
	qdisc_floor.fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (qdisc_floor.fd < 0 || !qdisc_floor.devices)
		bench_fail("socket");

	add_pairs(0, n_pairs / 10);
	measure(&qdisc_floor, n_pairs / 10, n_rounds);
	add_pairs(n_pairs / 10, n_pairs);
	measure(&qdisc_floor, n_pairs, n_rounds);

	close(qdisc_floor.fd);
	free(qdisc_floor.devices);
	return EXIT_SUCCESS;
}
