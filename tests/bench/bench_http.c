/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a scrape costs beside plain libmicrohttpd: two servers, each a process of its own, send the
 * same bytes; one client asks both in turn over kept-alive connections, so that what else the
 * machine does meets both. Server CPU is the process's, by its CPU clock.
 *
 *   bench_http [ROUNDS [free]]    one line per body size, of medians over the rounds
 *
 * plain: libmicrohttpd with its own epoll thread and one fixed response in one buffer.
 * own: /metrics as the daemon serves it: a collector with as many series as fill the body, sampled
 * once a second, and the daemon's own metrics. Goal of the ratios: 1.2 at most.
 *
 * All run on one CPU, where nothing but the code differs. With "free" the scheduler places them;
 * then the figures are mostly those of waking an idle CPU, which in a virtual machine costs more
 * than the request.
 */
#include <arpa/inet.h>
#include <microhttpd.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

#include "daemon/crew.h"
#include "daemon/endpoints.h"

#define BYTES_MAX    (2 * 1024 * 1024)
#define ROW_BYTES    80 /* about what a series takes */
#define REQUESTS_MAX 200
#define TURNS        5
#define CLIENT_CPU   0
#define ROUNDS_MAX   1000

static char body[BYTES_MAX]; /* what plain sends: as own did */
static size_t body_bytes;    /* of the last reply */
static size_t n_rows;        /* series of the collector */

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static uint64_t clock_now(clockid_t clock)
{
	struct timespec now;

	if (clock_gettime(clock, &now) < 0)
		die("clock_gettime");
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void pin_here(void)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(sched_getcpu(), &cpus);
	if (sched_setaffinity(0, sizeof(cpus), &cpus) < 0)
		die("sched_setaffinity");
}

/* The servers: each writes its port to the pipe and runs until it is killed. */

static enum MHD_Result plain_answer(void *cls, struct MHD_Connection *connection, const char *url,
                                    const char *method, const char *version,
                                    const char *upload_data, size_t *upload_data_size,
                                    void **con_cls)
{
	(void)url;
	(void)method;
	(void)version;
	(void)upload_data;
	(void)upload_data_size;
	if (!*con_cls) {
		*con_cls = cls;
		return MHD_YES;
	}
	return MHD_queue_response(connection, MHD_HTTP_OK, cls);
}

static void plain_serve(int pipe_fd)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		                       .sin_addr = { htonl(INADDR_LOOPBACK) } };
	struct MHD_Response *response =
		MHD_create_response_from_buffer(body_bytes, body, MHD_RESPMEM_PERSISTENT);
	struct MHD_Daemon *daemon = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL,
	                                             plain_answer, response, MHD_OPTION_SOCK_ADDR,
	                                             (struct sockaddr *)&address, MHD_OPTION_END);
	uint16_t port;

	if (!response || !daemon)
		die("MHD_start_daemon");
	(void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "text/plain");
	port = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
	if (write(pipe_fd, &port, sizeof(port)) != sizeof(port))
		die("write");
	for (;;)
		pause();
}

static const struct metric_table filler_table = {
	.labels = { "device", "kind", "handle", "parent" },
	.families =
		(const struct metric_family[]){
			{ .name = "filler_sent_bytes_total",
	                  .help = "Bytes.",
	                  .type = METRIC_COUNTER },
		},
	.n_families = 1,
};

static int filler_open(const struct collector_env *env, void **ret_state)
{
	(void)env;
	*ret_state = NULL;
	return 0;
}

static int filler_collect(void *state, struct batch *batch)
{
	char device[16];

	(void)state;
	for (size_t i = 0; i < n_rows; i++) {
		int n = snprintf(device, sizeof(device), "veth%zu", i);
		struct label labels[] = {
			{ device, (size_t)n }, label_of("htb"), label_of("1:"), label_of("root")
		};

		batch_row(batch, &filler_table, labels, ARRAY_SIZE(labels));
		batch_count(batch, 0, i * 1000003);
	}
	return 0;
}

static void filler_close(void *state)
{
	(void)state;
}

static const struct collector_ops filler_collector = {
	.name = "filler",
	.summary = "Series to fill the body.",
	.interval = "1s",
	.tables = (const struct metric_table *const[]){ &filler_table, NULL },
	.open = filler_open,
	.collect = filler_collect,
	.close = filler_close,
};

/* As control.c puts them together, less signals and service manager. */
static struct http_server *own_start(sd_event *event)
{
	static const struct collector_ops *const collectors[] = { &filler_collector, NULL };
	static struct self_reload reload;
	struct endpoints *endpoints = endpoints_new(collectors);
	const char *listen = "127.0.0.1:0";
	struct settings_source source = { .listen = &listen, .n_listen = 1 };
	struct configuration_faults faults = { 0 };
	struct settings *settings;
	struct http_server *server;
	struct crew *crew;
	struct self *self;
	struct reason reason;
	struct endpoint_routes routes;

	if (!endpoints)
		die("endpoints");
	routes = endpoints_routes(endpoints);
	if (settings_load(settings_schema_new(collectors), &source, &faults, &settings) < 0 ||
	    http_server_new(event, routes.routes, routes.n, endpoints, &server) < 0 ||
	    http_server_apply(server, settings_http(settings), &reason) < 0 ||
	    crew_new(collectors, settings, WORKER_BUDGET_SETTINGS, eventfd(0, EFD_NONBLOCK),
	             &crew) < 0 ||
	    self_new(crew, server, &reload, &self) < 0)
		die("own server");
	while (!crew_has_started(crew))
		usleep(1000);
	endpoints_start(endpoints, crew, exposition_new(crew, self));
	return server;
}

static void own_serve(int pipe_fd)
{
	struct http_server *server;
	sd_event *event;
	uint16_t port;

	if (sd_event_new(&event) < 0)
		die("sd_event_new");
	server = own_start(event);
	port = (uint16_t)atoi(strrchr(http_server_url(server, 0), ':') + 1);
	if (write(pipe_fd, &port, sizeof(port)) != sizeof(port))
		die("write");
	(void)sd_event_loop(event);
}

struct side {
	pid_t pid;
	clockid_t cpu;
	int fd; /* the client's connection */
};

static struct side side_start(void (*serve)(int pipe_fd))
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		                       .sin_addr = { htonl(INADDR_LOOPBACK) } };
	struct side side = { .fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) };
	uint16_t port;
	int fds[2];

	if (pipe(fds) < 0 || (side.pid = fork()) < 0)
		die("fork");
	if (side.pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		serve(fds[1]);
		_exit(1);
	}
	close(fds[1]);
	if (read(fds[0], &port, sizeof(port)) != sizeof(port))
		die("server");
	close(fds[0]);
	address.sin_port = htons(port);
	if (connect(side.fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		die("connect");
	if (clock_getcpuclockid(side.pid, &side.cpu) != 0)
		die("clock_getcpuclockid");
	return side;
}

static void side_stop(struct side *side)
{
	close(side->fd);
	(void)kill(side->pid, SIGKILL);
	(void)waitpid(side->pid, NULL, 0);
}

/* Where the body begins and how long it is, from the headers; the server sends them in one piece. */
static size_t read_headers(const char *reply, size_t length, size_t *ret_n_body)
{
	const char *end = memmem(reply, length, "\r\n\r\n", 4);
	const char *field = strcasestr(reply, "content-length: ");

	if (!end || !field || memcmp(reply, "HTTP/1.1 200", 12) != 0)
		die("reply");
	*ret_n_body = strtoul(field + strlen("content-length: "), NULL, 10);
	return (size_t)(end - reply) + 4;
}

/* One GET, to its last byte. */
static void fetch(int fd, bool keep_body)
{
	static const char request[] = "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";
	static char reply[BYTES_MAX + 1];
	size_t n_wanted = SIZE_MAX, n_headers = 0, n = 0;

	if (write(fd, request, strlen(request)) != (ssize_t)strlen(request))
		die("write");
	while (n < n_wanted) {
		ssize_t length = read(fd, reply + n, sizeof(reply) - 1 - n);

		if (length <= 0)
			die("read");
		n += (size_t)length;
		if (n_wanted == SIZE_MAX) {
			reply[n] = '\0';
			n_headers = read_headers(reply, n, &body_bytes);
			n_wanted = n_headers + body_bytes;
		}
	}
	if (keep_body)
		memcpy(body, reply + n_headers, body_bytes);
}

struct figures {
	double latency, cpu; /* microseconds: median of a request; mean of a request */
};

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *values, size_t n)
{
	qsort(values, n, sizeof(*values), compare);
	return values[n / 2];
}

static struct figures measure(const struct side *side, size_t n_requests)
{
	uint64_t cpu = clock_now(side->cpu);
	double latencies[REQUESTS_MAX];

	for (size_t i = 0; i < n_requests; i++) {
		uint64_t start = clock_now(CLOCK_MONOTONIC);

		fetch(side->fd, false);
		latencies[i] = (double)(clock_now(CLOCK_MONOTONIC) - start) / 1000;
	}
	cpu = clock_now(side->cpu) - cpu;
	return (struct figures){ median(latencies, n_requests),
		                 (double)cpu / 1000 / (double)n_requests };
}

/*
 * One round: a fresh pair of servers, because how fast a process copies a large body depends on the
 * luck of its memory's placement. Both figures are medians of turns.
 */
static void run_round(size_t n_requests, struct figures *ret_plain, struct figures *ret_own)
{
	double latency[2][TURNS], cpu[2][TURNS];
	struct side sides[2];

	sides[1] = side_start(own_serve);
	fetch(sides[1].fd, true);
	sides[0] = side_start(plain_serve);
	for (size_t turn = 0; turn <= TURNS; turn++) {
		for (size_t i = 0; i < ARRAY_SIZE(sides); i++) {
			struct figures figures = measure(&sides[i], n_requests);

			if (turn == 0) /* to get warm */
				continue;
			latency[i][turn - 1] = figures.latency;
			cpu[i][turn - 1] = figures.cpu;
		}
	}
	*ret_plain = (struct figures){ median(latency[0], TURNS), median(cpu[0], TURNS) };
	*ret_own = (struct figures){ median(latency[1], TURNS), median(cpu[1], TURNS) };
	side_stop(&sides[0]);
	side_stop(&sides[1]);
}

static void compare_sides(size_t n_bytes, size_t n_rounds)
{
	double values[6][ROUNDS_MAX];

	n_rows = n_bytes / ROW_BYTES;
	for (size_t i = 0; i < n_rounds; i++) {
		struct figures plain, own;

		run_round(n_bytes > 100000 ? 50 : 200, &plain, &own);
		values[0][i] = plain.latency;
		values[1][i] = own.latency;
		values[2][i] = own.latency / plain.latency;
		values[3][i] = plain.cpu;
		values[4][i] = own.cpu;
		values[5][i] = own.cpu / plain.cpu;
	}
	printf("%4zu KiB: p50 us %6.1f plain %6.1f own ratio %.2f | "
	       "cpu us %6.1f plain %6.1f own ratio %.2f\n",
	       body_bytes / 1024, median(values[0], n_rounds), median(values[1], n_rounds),
	       median(values[2], n_rounds), median(values[3], n_rounds),
	       median(values[4], n_rounds), median(values[5], n_rounds));
	fflush(stdout);
}

int main(int argc, char **argv)
{
	static const size_t sizes[] = { 65536, 1024 * 1024 };
	size_t n_rounds = argc > 1 ? (size_t)atoi(argv[1]) : 21;

	if (n_rounds < 1 || n_rounds > ROUNDS_MAX)
		return 2;
	if (argc < 3)
		pin_here();
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++)
		compare_sides(sizes[i], n_rounds);
	return 0;
}
