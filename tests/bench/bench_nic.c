/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The nic collector against the same reads with nothing done about them: one dump of counters, the
 * files of sysfs that move, kept open, and the statistics of drivers that count by queue. On ifb and
 * veth devices in a network namespace of its own. Needs root and ip.
 *
 *	bench_nic [ROUNDS]
 */
#include <dirent.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include "collectors/nic/nic.h"
#include "collectors/nic/nic_options.h"
#include "tests/bench/floor.h"

#define FILES_MAX  16384
#define STATISTICS 64

struct nic_floor {
	int route, control;
	int files[FILES_MAX];
	size_t n_files;
	unsigned n_ifb;
};

static void read_files(const struct nic_floor *nic_floor)
{
	char text[1024];

	for (size_t i = 0; i < nic_floor->n_files; i++)
		if (pread(nic_floor->files[i], text, sizeof(text), 0) < 0)
			bench_fail("pread");
}

static void read_statistics(const struct nic_floor *nic_floor)
{
	static union {
		struct ethtool_stats head;
		uint64_t words[1 + STATISTICS];
	} statistics;
	struct ifreq request = { .ifr_data = (void *)&statistics };

	for (unsigned i = 0; i < nic_floor->n_ifb; i++) {
		statistics.head.cmd = ETHTOOL_GSTATS;
		(void)snprintf(request.ifr_name, sizeof(request.ifr_name), "bench%u", i);
		if (ioctl(nic_floor->control, SIOCETHTOOL, &request) < 0)
			bench_fail("SIOCETHTOOL");
	}
}

static void run_floor(void *context)
{
	const struct nic_floor *nic_floor = context;
	const struct if_stats_msg body = { .filter_mask =
		                                   IFLA_STATS_FILTER_BIT(IFLA_STATS_LINK_64) };

	floor_dump(nic_floor->route, RTM_GETSTATS, &body, sizeof(body));
	read_files(nic_floor);
	read_statistics(nic_floor);
}

/* Of two devices one is an ifb, and every fourth one of a veth pair's ends. */
static void add_devices(unsigned first, unsigned end)
{
	FILE *ip = popen("ip -batch -", "w");

	if (!ip)
		bench_fail("ip");
	for (unsigned i = first / 2; i < end / 2; i++)
		fprintf(ip, "link add bench%u type ifb\nlink set bench%u up\n", i, i);
	for (unsigned i = first / 4; i < end / 4; i++)
		fprintf(ip,
		        "link add near%u type veth peer name far%u\n"
		        "link set near%u up\nlink set far%u up\n",
		        i, i, i, i);
	if (pclose(ip) != 0)
		bench_fail("ip -batch");
}

static void open_queue(struct nic_floor *nic_floor, const char *device, const char *queue)
{
	static const char *const names[] = { "tx_timeout", "byte_queue_limits/inflight",
		                             "byte_queue_limits/limit",
		                             "byte_queue_limits/stall_cnt" };
	char path[1024];

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		int fd;

		(void)snprintf(path, sizeof(path), "/sys/class/net/%s/queues/%s/%s", device, queue,
		               names[i]);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd >= 0 && nic_floor->n_files < FILES_MAX)
			nic_floor->files[nic_floor->n_files++] = fd;
	}
}

/* Calls take for what is in the directory. */
static void list(const char *path, void (*take)(struct nic_floor *, const char *, const char *),
                 struct nic_floor *nic_floor, const char *device)
{
	DIR *directory = opendir(path);
	struct dirent *entry;

	if (!directory)
		bench_fail(path);
	while ((entry = readdir(directory)))
		if (entry->d_name[0] != '.')
			take(nic_floor, device, entry->d_name);
	(void)closedir(directory);
}

static void take_queue(struct nic_floor *nic_floor, const char *device, const char *name)
{
	if (strncmp(name, "tx-", 3) == 0)
		open_queue(nic_floor, device, name);
}

static void take_device(struct nic_floor *nic_floor, const char *device, const char *name)
{
	char path[512];

	(void)device;
	(void)snprintf(path, sizeof(path), "/sys/class/net/%s/queues", name);
	list(path, take_queue, nic_floor, name);
}

static void close_files(struct nic_floor *nic_floor)
{
	while (nic_floor->n_files)
		close(nic_floor->files[--nic_floor->n_files]);
}

static void measure(struct nic_floor *nic_floor, unsigned n_devices, size_t n_rounds)
{
	/* By default. */
	static char checksum[] = "^tx-checksum-ip", scatter[] = "^tx-scatter-gather$",
		    segmentation[] = "^tx-(tcp|tcp6|generic|udp)-segmentation$",
		    *features[] = { checksum, scatter, segmentation };
	const struct nic_options options = {
		.max_devices = 100000,
		.features = { ARRAY_SIZE(features), features },
		.settings_interval_usec = 3600 * USEC_PER_SEC,
		.max_open_files = FILES_MAX,
	};
	struct bench_collector bench;
	char title[64];

	nic_floor->n_ifb = n_devices / 2;
	list("/sys/class/net", take_device, nic_floor, NULL);
	(void)snprintf(title, sizeof(title), "%u devices, %zu files", n_devices,
	               nic_floor->n_files);
	bench_collector_open(&bench, &nic_collector, &options);
	(void)bench_against_floor(title, &bench, run_floor, nic_floor, n_rounds, n_devices);
	bench_collector_close(&bench);
	close_files(nic_floor);
}

int main(int argc, char **argv)
{
	static const unsigned numbers[] = { 10, 100, 500 };
	static struct nic_floor nic_floor;
	struct rlimit limit;
	size_t n_rounds = argc > 1 ? (size_t)atoi(argv[1]) : 101;
	unsigned n = 0;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		bench_fail("getrlimit");
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		bench_fail("setrlimit");
	if (unshare(CLONE_NEWNET | CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("sysfs", "/sys", "sysfs", 0, NULL) < 0)
		bench_fail("unshare and mount");
	nic_floor.route = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	nic_floor.control = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (nic_floor.route < 0 || nic_floor.control < 0)
		bench_fail("socket");
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		add_devices(n, numbers[i]);
		n = numbers[i];
		measure(&nic_floor, n, n_rounds);
	}
	close(nic_floor.route);
	close(nic_floor.control);
	return EXIT_SUCCESS;
}
