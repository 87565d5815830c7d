/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the programs of latency cost, on a veth between two network namespaces, both ends of which
 * are on one CPU: requests and answers of one byte, and a stream. With and without them in turn, in
 * CPU time of both ends; medians of pairs. Then what each program takes, by the kernel's own account,
 * beside one that does nothing, and what a burst costs who begins and ends it.
 *
 *	bench_latency [PAIRS]
 *
 * As root. Everything is gone with the process.
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>

#include "collectors/latency/latency_source.h"
#include "tests/bench/floor.h"

#define PORT_ECHO   7
#define PORT_SINK   9
#define REQUESTS    10000
#define CHUNK       65536
#define CHUNKS      1000
#define BURST_USEC  20000 /* and one every hundred times that */
#define N_PROGRAMS  LATENCY_ROLES
#define ONE_IN_MANY 1000000

struct bench {
	struct latency_source *source;
	int echo_fd, sink_fd;
	char chunk[CHUNK];
};

static pthread_barrier_t ready, linked;
static pid_t server_tid;

static void run(const char *command)
{
	if (system(command) != 0)
		exit(EXIT_FAILURE);
}

static int listen_at(uint16_t port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, 1) < 0)
		bench_fail("listen");
	return fd;
}

static int connect_to(uint16_t port)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		                       .sin_port = htons(port),
		                       .sin_addr.s_addr = inet_addr("10.66.0.2") };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int one = 1;

	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		bench_fail("connect");
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}

/* Answers each byte. */
static void *echo(void *userdata)
{
	int fd = accept(*(int *)userdata, NULL, NULL), one = 1;
	char byte;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	while (read(fd, &byte, 1) == 1 && write(fd, &byte, 1) == 1)
		;
	return NULL;
}

/* Answers each chunk that is there whole with a byte. */
static void *sink(void *userdata)
{
	static char buffer[CHUNK];
	int fd = accept(*(int *)userdata, NULL, NULL);
	size_t n = 0;
	ssize_t length;

	while ((length = read(fd, buffer, sizeof(buffer))) > 0) {
		n += (size_t)length;
		if (n < (size_t)CHUNK * CHUNKS)
			continue;
		n = 0;
		if (write(fd, buffer, 1) != 1)
			break;
	}
	return NULL;
}

/* The far end: a thread in a namespace of its own, from which the others come. */
static void *serve(void *userdata)
{
	static int echo_fd, sink_fd;
	pthread_t threads[2];

	(void)userdata;
	if (unshare(CLONE_NEWNET) < 0)
		bench_fail("unshare");
	server_tid = (pid_t)syscall(SYS_gettid);
	(void)pthread_barrier_wait(&ready);
	(void)pthread_barrier_wait(&linked);
	echo_fd = listen_at(PORT_ECHO);
	sink_fd = listen_at(PORT_SINK);
	(void)pthread_create(&threads[0], NULL, echo, &echo_fd);
	(void)pthread_create(&threads[1], NULL, sink, &sink_fd);
	(void)pthread_barrier_wait(&ready);
	(void)pthread_join(threads[0], NULL);
	return NULL;
}

static void link_namespaces(void)
{
	pthread_t thread;
	char far[64];

	(void)pthread_barrier_init(&ready, NULL, 2);
	(void)pthread_barrier_init(&linked, NULL, 2);
	if (unshare(CLONE_NEWNET) < 0)
		bench_fail("unshare");
	(void)pthread_create(&thread, NULL, serve, NULL);
	(void)pthread_barrier_wait(&ready);
	(void)snprintf(far, sizeof(far), "/proc/%d/task/%d/ns/net", (int)getpid(), (int)server_tid);
	(void)setenv("FAR", far, 1);
	run("ip link add near type veth peer name far netns $FAR");
	run("ip addr add 10.66.0.1/24 dev near && ip link set near up");
	run("nsenter --net=$FAR ip addr add 10.66.0.2/24 dev far");
	run("nsenter --net=$FAR ip link set far up");
	(void)pthread_barrier_wait(&linked);
	(void)pthread_barrier_wait(&ready);
}

static void request(struct bench *bench)
{
	char byte = 'x';

	if (write(bench->echo_fd, &byte, 1) != 1 || read(bench->echo_fd, &byte, 1) != 1)
		bench_fail("request");
}

static void run_requests(struct bench *bench)
{
	for (int i = 0; i < REQUESTS; i++)
		request(bench);
}

static void run_stream(struct bench *bench)
{
	char byte;

	for (int i = 0; i < CHUNKS; i++)
		for (size_t n = 0; n < CHUNK;) {
			ssize_t length = write(bench->sink_fd, bench->chunk + n, CHUNK - n);

			if (length <= 0)
				bench_fail("write");
			n += (size_t)length;
		}
	if (read(bench->sink_fd, &byte, 1) != 1)
		bench_fail("read");
}

static void begin(struct bench *bench, uint64_t one_in)
{
	const struct latency_wish wish = { .max_devices = 16, .one_in = one_in };
	struct reason reason;

	if (latency_source_begin(bench->source, &wish, false, &reason) < 0) {
		fprintf(stderr, "%s\n", reason.text);
		exit(EXIT_FAILURE);
	}
}

static void end(struct bench *bench)
{
	latency_source_stop(bench->source);
	(void)latency_source_drain(bench->source);
	latency_source_end(bench->source);
}

/* A burst in the midst of what else goes on, as the collector makes it. */
static void *burst(void *userdata)
{
	struct bench *bench = userdata;

	(void)usleep(10 * BURST_USEC);
	begin(bench, 1);
	(void)usleep(BURST_USEC);
	end(bench);
	return NULL;
}

/* As many requests as take a hundred bursts; the CPU time of each. */
static uint64_t time_of_requests(struct bench *bench, bool with_burst)
{
	uint64_t until = clock_nsec(CLOCK_MONOTONIC) + 100 * BURST_USEC * NSEC_PER_USEC;
	uint64_t cpu_nsec = clock_nsec(CLOCK_PROCESS_CPUTIME_ID), n = 0;
	pthread_t thread;

	if (with_burst)
		(void)pthread_create(&thread, NULL, burst, bench);
	do
		request(bench);
	while (++n % 64 || clock_nsec(CLOCK_MONOTONIC) < until);
	if (with_burst)
		(void)pthread_join(thread, NULL);
	return (clock_nsec(CLOCK_PROCESS_CPUTIME_ID) - cpu_nsec) / n;
}

static uint64_t time_of(struct bench *bench, void (*workload)(struct bench *), uint64_t one_in)
{
	uint64_t cpu_nsec;

	if (one_in)
		begin(bench, one_in);
	cpu_nsec = clock_nsec(CLOCK_PROCESS_CPUTIME_ID);
	workload(bench);
	cpu_nsec = clock_nsec(CLOCK_PROCESS_CPUTIME_ID) - cpu_nsec;
	if (one_in)
		end(bench);
	return cpu_nsec;
}

/* The ratio in millionths, to be sorted like times. */
static void print_ratios(const char *title, uint64_t *ratios, uint64_t *offs, size_t n)
{
	uint64_t ratio = median_nsec(ratios, n);
	size_t quarter = n / 4;

	printf("%-34s without %9.3f ms  with / without %.3f (quartiles %.3f %.3f)\n", title,
	       (double)median_nsec(offs, n) / 1e6, (double)ratio / 1e6,
	       (double)ratios[quarter] / 1e6, (double)ratios[3 * quarter] / 1e6);
	(void)fflush(stdout);
}

static void bench_pairs(struct bench *bench, const char *title, void (*workload)(struct bench *),
                        uint64_t one_in, size_t n)
{
	uint64_t *ratios = calloc(n, sizeof(*ratios)), *offs = calloc(n, sizeof(*offs));

	if (!ratios || !offs)
		bench_fail("calloc");
	for (size_t i = 0; i < n; i++) {
		uint64_t on = i % 2 ? time_of(bench, workload, one_in) : 0;

		offs[i] = time_of(bench, workload, 0);
		on = on ? on : time_of(bench, workload, one_in);
		ratios[i] = on * 1000000 / offs[i];
	}
	print_ratios(title, ratios, offs, n);
	free(ratios);
	free(offs);
}

static void bench_bursts(struct bench *bench, size_t n)
{
	uint64_t *ratios = calloc(n, sizeof(*ratios)), *offs = calloc(n, sizeof(*offs));

	if (!ratios || !offs)
		bench_fail("calloc");
	for (size_t i = 0; i < n; i++) {
		uint64_t on = i % 2 ? time_of_requests(bench, true) : 0;

		offs[i] = time_of_requests(bench, false);
		on = on ? on : time_of_requests(bench, true);
		ratios[i] = on * 1000000 / offs[i];
	}
	print_ratios("requests, 20 ms burst in 2 s", ratios, offs, n);
	free(ratios);
	free(offs);
}

/* At a hook that each of our packets passes; nothing is measured below it. */
static int attach_empty(int *ret_program_fd)
{
	const struct bpf_insn code[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	struct bpf_prog_load_opts options = { .sz = sizeof(options),
		                              .expected_attach_type = BPF_TRACE_RAW_TP };
	int id = libbpf_find_vmlinux_btf_id("net_dev_queue", BPF_TRACE_RAW_TP);

	options.attach_btf_id = (uint32_t)id;
	*ret_program_fd = bpf_prog_load(BPF_PROG_TYPE_TRACING, "empty", "GPL", code,
	                                sizeof(code) / sizeof(code[0]), &options);
	if (id < 0 || *ret_program_fd < 0)
		bench_fail("the empty program");
	return bpf_raw_tracepoint_open(NULL, *ret_program_fd);
}

static double average(const struct bpf_probe_account *now, const struct bpf_probe_account *before)
{
	uint64_t n = now->n_runs - before->n_runs;

	return n ? (double)(now->run_nsec - before->run_nsec) / (double)n : 0;
}

static void account_all(const struct bench *bench, struct bpf_probe_account *ret_accounts)
{
	const struct bpf_probes *probes = latency_source_rungs(bench->source).probes;

	for (size_t i = 0; i < N_PROGRAMS; i++)
		if (bpf_probe_account(&probes->probes[i], &ret_accounts[i]) < 0)
			ret_accounts[i] = (struct bpf_probe_account){ 0 };
}

static void bench_programs(struct bench *bench, uint64_t one_in)
{
	struct bpf_probe_account before[N_PROGRAMS], now[N_PROGRAMS], empty;
	struct bpf_probe nobody = { .link_fd = -1 };
	int link_fd = attach_empty(&nobody.fd), stats_fd = bpf_enable_stats(BPF_STATS_RUN_TIME);
	const struct bpf_probes *probes = latency_source_rungs(bench->source).probes;
	double floor_nsec;

	if (stats_fd < 0 || link_fd < 0)
		bench_fail("accounting");
	account_all(bench, before);
	begin(bench, one_in);
	run_requests(bench);
	run_stream(bench);
	end(bench);
	account_all(bench, now);
	(void)bpf_probe_account(&nobody, &empty);
	floor_nsec = average(&empty, &(struct bpf_probe_account){ 0 });
	printf("one in %-7llu the empty program %.1f ns; above that:", (unsigned long long)one_in,
	       floor_nsec);
	for (size_t i = 0; i < N_PROGRAMS; i++)
		if (now[i].n_runs > before[i].n_runs + REQUESTS)
			printf(" %s %.1f", probes->probes[i].role->name,
			       average(&now[i], &before[i]) - floor_nsec);
	printf(" ns\n");
	close(link_fd);
	close(nobody.fd);
	close(stats_fd);
}

static void bench_cycles(struct bench *bench, size_t n)
{
	uint64_t *values = calloc(n, sizeof(*values));

	if (!values)
		bench_fail("calloc");
	for (size_t i = 0; i < n; i++) {
		uint64_t cpu_nsec = clock_nsec(CLOCK_THREAD_CPUTIME_ID);

		begin(bench, 1);
		end(bench);
		values[i] = clock_nsec(CLOCK_THREAD_CPUTIME_ID) - cpu_nsec;
	}
	printf("%-34s %9.3f ms of CPU time\n", "a burst, begun and ended",
	       (double)median_nsec(values, n) / 1e6);
	free(values);
}

int main(int argc, char **argv)
{
	size_t n = argc > 1 ? (size_t)atoi(argv[1]) : 21;
	static struct bench bench;
	struct reason reason;
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(0, &cpus);
	if (sched_setaffinity(0, sizeof(cpus), &cpus) < 0)
		bench_fail("sched_setaffinity");
	link_namespaces();
	bench.echo_fd = connect_to(PORT_ECHO);
	bench.sink_fd = connect_to(PORT_SINK);
	if (latency_source_open(BPF_METHODS_ALL, &bench.source, &reason) < 0) {
		fprintf(stderr, "%s\n", reason.text);
		return EXIT_FAILURE;
	}
	run_requests(&bench);
	run_stream(&bench);
	bench_cycles(&bench, n);
	bench_programs(&bench, 1);
	bench_programs(&bench, ONE_IN_MANY);
	bench_pairs(&bench, "requests, every packet", run_requests, 1, n);
	bench_pairs(&bench, "requests, one in 64", run_requests, 64, n);
	bench_pairs(&bench, "a stream, every packet", run_stream, 1, n);
	bench_pairs(&bench, "a stream, one in 64", run_stream, 64, n);
	bench_bursts(&bench, n);
	latency_source_close(bench.source);
	return EXIT_SUCCESS;
}
