/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The netfilter collector against opening and reading the same files, receiving the same dumps, and
 * doing nothing; by default, which is files alone, and with hooks and 200 named counters. In a network
 * namespace of its own. Needs root and nft. A part that this kernel lacks is measured on neither side.
 *
 *	bench_netfilter [ROUNDS]
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_hook.h>
#include <sched.h>

#include "collectors/netfilter/netfilter.h"
#include "config/option.h"
#include "tests/bench/floor.h"

#define COUNTERS 200

static const char *const paths[] = {
	"/proc/sys/net/netfilter/nf_conntrack_count",
	"/proc/sys/net/netfilter/nf_conntrack_max",
	"/proc/thread-self/net/stat/nf_conntrack",
	"/proc/thread-self/net/netfilter/nfnetlink_queue",
};

struct question {
	struct nfgenmsg header;
	struct nlattr attribute;
	uint32_t number;
};

static struct question question(uint8_t family, uint16_t attribute, uint32_t number)
{
	return (struct question){
		.header = { .nfgen_family = family, .version = NFNETLINK_V0 },
		.attribute = { NLA_HDRLEN + sizeof(number), attribute },
		.number = htonl(number),
	};
}

struct netfilter_floor {
	bool has_file[ARRAY_SIZE(paths)];
	int socket;
	bool has_hooks;
};

static void dump(const struct netfilter_floor *netfilter_floor, uint8_t subsystem, uint8_t message,
                 const struct question *question)
{
	floor_dump(netfilter_floor->socket, (uint16_t)(subsystem << 8 | message), question,
	           sizeof(*question));
}

static void dump_hooks(const struct netfilter_floor *netfilter_floor)
{
	static const uint8_t families[] = { NFPROTO_IPV4, NFPROTO_IPV6 };
	static const uint8_t hooks[] = { NF_INET_FORWARD, NF_INET_LOCAL_OUT, NF_INET_POST_ROUTING };

	for (size_t i = 0; i < ARRAY_SIZE(families) * ARRAY_SIZE(hooks); i++) {
		struct question one = question(families[i / ARRAY_SIZE(hooks)], NFNLA_HOOK_HOOKNUM,
		                               hooks[i % ARRAY_SIZE(hooks)]);

		dump(netfilter_floor, NFNL_SUBSYS_HOOK, NFNL_MSG_HOOK_GET, &one);
	}
}

static void read_file(const char *path)
{
	static char buffer[1 << 16];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length;

	do
		length = fd < 0 ? -1 : read(fd, buffer, sizeof(buffer));
	while (length > 0);
	if (length < 0)
		bench_fail(path);
	close(fd);
}

static void read_files(void *context)
{
	const struct netfilter_floor *netfilter_floor = context;

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		if (netfilter_floor->has_file[i])
			read_file(paths[i]);
}

static void run_floor(void *context)
{
	const struct netfilter_floor *netfilter_floor = context;
	const struct question counters =
		question(NFPROTO_UNSPEC, NFTA_OBJ_TYPE, NFT_OBJECT_COUNTER);

	read_files(context);
	if (netfilter_floor->has_hooks)
		dump_hooks(netfilter_floor);
	dump(netfilter_floor, NFNL_SUBSYS_NFTABLES, NFT_MSG_GETOBJ, &counters);
}

/* A chain at each hook, and counters of which one is in use. */
static void make_rules(void)
{
	FILE *nft = popen("nft -f -", "w");

	if (!nft)
		bench_fail("nft");
	fprintf(nft, "table inet bench {\n");
	for (unsigned i = 0; i < COUNTERS; i++)
		fprintf(nft, "counter counter%u {\n}\n", i);
	fprintf(nft,
	        "chain output {\ntype filter hook output priority 0\n"
	        "ct state new counter name counter0\n}\n"
	        "chain postrouting {\ntype filter hook postrouting priority 0\n}\n}\n");
	if (pclose(nft) != 0)
		bench_fail("nft -f -");
}

static void floor_open(struct netfilter_floor *netfilter_floor)
{
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		netfilter_floor->has_file[i] = access(paths[i], R_OK) == 0;
	netfilter_floor->socket = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
	if (netfilter_floor->socket < 0)
		bench_fail("socket");
	netfilter_floor->has_hooks = system("nft list hooks 2>&1 | grep -q 'hook output'") == 0;
}

static void measure(const char *title, void (*floor)(void *),
                    struct netfilter_floor *netfilter_floor,
                    const struct netfilter_options *options, size_t n_rounds)
{
	struct bench_collector bench;

	bench_collector_open(&bench, &netfilter_collector, options);
	bench_against_floor(title, &bench, floor, netfilter_floor, n_rounds,
	                    options->counters.n ? COUNTERS : ARRAY_SIZE(paths));
	if (bench.reason.text[0] != '\0')
		printf("without what is lacking: %s\n", bench.reason.text);
	bench_collector_close(&bench);
}

int main(int argc, char **argv)
{
	static char all[] = "*", *patterns[] = { all };
	size_t n_rounds = argc > 1 ? (size_t)atoi(argv[1]) : 2001;
	struct netfilter_floor netfilter_floor;
	struct netfilter_options options = { 0 };

	if (unshare(CLONE_NEWNET) < 0)
		bench_fail("unshare");
	make_rules();
	floor_open(&netfilter_floor);
	measure("files", read_files, &netfilter_floor, &options, n_rounds);
	options = (struct netfilter_options){ .hooks = netfilter_floor.has_hooks,
		                              .counters = { ARRAY_SIZE(patterns), patterns },
		                              .load_modules = true };
	measure(options.hooks ? "files, hooks, 200 counters" : "files, 200 counters", run_floor,
	        &netfilter_floor, &options, n_rounds);
	close(netfilter_floor.socket);
	return EXIT_SUCCESS;
}
