/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The qdisc collector against recv-only dumps, and against tc, on veth pairs that each carry an HTB tree of classes
 * with a pfifo under each, in a network namespace of its own. Needs root, ip and tc.
 *
 *	bench_qdisc [ROUNDS]
 */
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <sys/resource.h>

#include "collectors/qdisc/qdisc.h"
#include "tests/bench/floor.h"

#define CLASSES_PER_PAIR 8
#define PAIRS_MAX        250

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

/* CPU time of the children that have ended. */
static double children_msec(void)
{
	struct rusage usage;

	if (getrusage(RUSAGE_CHILDREN, &usage) < 0)
		bench_fail("getrusage");
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e3 +
		(double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e3;
}

static void run_tc(const char *command)
{
	if (system(command) != 0)
		bench_fail(command);
}

/*
 * What tc takes to say the same: all qdiscs, and the classes of each device that has some, of which
 * it tells one at a time.
 */
static double tc_msec(unsigned n_pairs)
{
	double before = children_msec();
	char command[64];

	run_tc("tc -s -j qdisc show > /dev/null");
	for (unsigned i = 0; i < n_pairs; i++) {
		(void)snprintf(command, sizeof(command),
		               "exec tc -s -j class show dev bench%u > /dev/null", i);
		run_tc(command);
	}
	return children_msec() - before;
}

/* The same with a list of devices for one process. */
static double tc_batch_msec(unsigned n_pairs)
{
	double before = children_msec();
	FILE *tc;

	run_tc("tc -s -j qdisc show > /dev/null");
	tc = batch_open("tc -s -j -batch - > /dev/null");
	for (unsigned i = 0; i < n_pairs; i++)
		fprintf(tc, "class show dev bench%u\n", i);
	batch_close(tc);
	return children_msec() - before;
}

static void measure_tc(unsigned n_pairs, double own_msec)
{
	double single = tc_msec(n_pairs), batch = tc_batch_msec(n_pairs);

	for (unsigned i = 0; i < 4; i++) {
		double again = tc_batch_msec(n_pairs);

		batch = again < batch ? again : batch;
	}
	printf("%-34s of tc's %.1f ms it is 1/%.0f, of tc -batch's %.1f ms 1/%.1f\n", "", single,
	       single / own_msec, batch, batch / own_msec);
}

/* Returns the CPU time of a sample in milliseconds. */
static double measure(struct qdisc_floor *qdisc_floor, unsigned n_pairs, size_t n_rounds)
{
	const uint64_t peak_window_usec = 60 * USEC_PER_SEC; /* all that there is in the options */
	struct bench_collector bench;
	char title[64], name[IF_NAMESIZE];
	double msec;

	qdisc_floor->n_devices = n_pairs;
	for (unsigned i = 0; i < n_pairs; i++) {
		(void)snprintf(name, sizeof(name), "bench%u", i);
		qdisc_floor->devices[i] = if_nametoindex(name);
	}
	(void)snprintf(title, sizeof(title), "%u devices, %u classes", 2 * n_pairs,
	               CLASSES_PER_PAIR * n_pairs);

	bench_collector_open(&bench, &qdisc_collector, &peak_window_usec);
	msec = bench_against_floor(title, &bench, run_floor, qdisc_floor, n_rounds,
	                           (10 + CLASSES_PER_PAIR) * n_pairs);
	bench_collector_close(&bench);
	measure_tc(n_pairs, msec);
	return msec;
}

int main(int argc, char **argv)
{
	static const unsigned pairs[] = { 2, 5, 25, 125, 250 }; /* the last two for the slopes */
	size_t n_rounds = argc > 1 ? (size_t)atoi(argv[1]) : 101;
	struct qdisc_floor qdisc_floor = { .fd = -1,
		                           .devices = calloc(PAIRS_MAX, sizeof(unsigned)) };
	double msec[ARRAY_SIZE(pairs)];
	unsigned n = 0;

	if (unshare(CLONE_NEWNET) < 0)
		bench_fail("unshare");
	qdisc_floor.fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (qdisc_floor.fd < 0 || !qdisc_floor.devices)
		bench_fail("socket");

	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		add_pairs(n, pairs[i]);
		n = pairs[i];
		msec[i] = measure(&qdisc_floor, n, n_rounds);
	}
	printf("slope from 250 to 500 devices: %.3f of that from 10 to 250\n",
	       (msec[4] - msec[3]) / 250 / ((msec[3] - msec[1]) / 240));

	close(qdisc_floor.fd);
	free(qdisc_floor.devices);
	return EXIT_SUCCESS;
}
