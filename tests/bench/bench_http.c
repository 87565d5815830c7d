/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the HTTP server costs beside plain libmicrohttpd: two servers, each a process of its own,
 * send the same bytes; one client asks both in turn over kept-alive connections, so that what else
 * the machine does meets both. Server CPU is the process's, by its CPU clock.
 *
 *   bench_http [ROUNDS [free]]    one line per body size and form, of medians over the rounds
 *
 * All run on one CPU, where nothing but the code differs. With "free" the scheduler places them;
 * then the figures are mostly those of waking an idle CPU, which in a virtual machine costs more
 * than the request.
 *
 * plain: libmicrohttpd with its own epoll thread and one fixed response in one buffer. Goal of the
 * ratios: 1.2 at most, with 3 parts.
 */
#include <arpa/inet.h>
#include <microhttpd.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

#include "daemon/http.h"

#define BYTES_MAX    (1024 * 1024)
#define REQUESTS_MAX 1000
#define CLIENT_CPU   0
#define ROUNDS_MAX   1000

static char body[BYTES_MAX];
static size_t body_bytes, body_parts;

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

static int own_answer(const struct http_request *request, void *userdata, struct http_reply *reply)
{
	size_t offset = 0;

	(void)request;
	(void)userdata;
	reply->content_type = "text/plain";
	reply->n_parts = body_parts;
	for (size_t i = 0; i < body_parts; i++) {
		size_t end = body_bytes * (i + 1) / body_parts;

		reply->parts[i] = (struct iovec){ body + offset, end - offset };
		offset = end;
	}
	return 0;
}

static void own_serve(int pipe_fd)
{
	static const struct http_route route = { "/", own_answer };
	char *listen = strdup("127.0.0.1:0");
	struct http_options options = {
		.listen = { 1, &listen },
		.max_connections = 256,
		.max_connections_per_address = 128,
		.request_timeout_usec = 10000000,
		.reply_timeout_usec = 30000000,
		.idle_timeout_usec = 300000000,
	};
	struct http_server *server;
	struct reason reason;
	sd_event *event;
	uint16_t port;

	if (sd_event_new(&event) < 0 || http_server_new(event, &route, 1, NULL, &server) < 0 ||
	    http_server_apply(server, &options, &reason) < 0)
		die("http_server");
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

/* One GET, to its last byte. */
static void fetch(int fd)
{
	static const char request[] = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
	static char buffer[256 * 1024];
	size_t n_wanted = 0, n = 0;

	if (write(fd, request, strlen(request)) != (ssize_t)strlen(request))
		die("write");
	do {
		ssize_t length = read(fd, buffer, n_wanted > 0 ? sizeof(buffer) : 512);
		const char *end;

		if (length <= 0)
			die("read");
		if (n_wanted == 0) { /* the headers come in one piece */
			end = memmem(buffer, (size_t)length, "\r\n\r\n", 4);
			if (!end || memcmp(buffer, "HTTP/1.1 200", 12) != 0)
				die("reply");
			n_wanted = (size_t)(end - buffer) + 4 + body_bytes;
		}
		n += (size_t)length;
	} while (n < n_wanted);
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

		fetch(side->fd);
		latencies[i] = (double)(clock_now(CLOCK_MONOTONIC) - start) / 1000;
	}
	cpu = clock_now(side->cpu) - cpu;
	return (struct figures){ median(latencies, n_requests),
				 (double)cpu / 1000 / (double)n_requests };
}

static void compare_sides(size_t n_bytes, size_t n_parts, size_t n_rounds)
{
	size_t n_requests = n_bytes > 100000 ? 200 : REQUESTS_MAX;
	double values[6][ROUNDS_MAX];
	struct side plain, own;

	body_bytes = n_bytes;
	body_parts = n_parts;
	plain = side_start(plain_serve);
	own = side_start(own_serve);
	(void)measure(&plain, n_requests);
	(void)measure(&own, n_requests);
	for (size_t i = 0; i < n_rounds; i++) {
		struct figures a = measure(&plain, n_requests), b = measure(&own, n_requests);

		values[0][i] = a.latency;
		values[1][i] = b.latency;
		values[2][i] = b.latency / a.latency;
		values[3][i] = a.cpu;
		values[4][i] = b.cpu;
		values[5][i] = b.cpu / a.cpu;
	}
	printf("%4zu KiB %zu parts: p50 us %6.1f plain %6.1f own ratio %.2f | "
	       "cpu us %6.1f plain %6.1f own ratio %.2f\n",
	       n_bytes / 1024, n_parts, median(values[0], n_rounds), median(values[1], n_rounds),
	       median(values[2], n_rounds), median(values[3], n_rounds),
	       median(values[4], n_rounds), median(values[5], n_rounds));
	fflush(stdout);
	side_stop(&plain);
	side_stop(&own);
}

int main(int argc, char **argv)
{
	static const size_t sizes[] = { 1024, 65536, BYTES_MAX };
	static const size_t parts[] = { 1, 3 };
	size_t n_rounds = argc > 1 ? (size_t)atoi(argv[1]) : 31;

	if (n_rounds < 1 || n_rounds > ROUNDS_MAX)
		return 2;

	memset(body, 'x', sizeof(body));
	if (argc < 3)
		pin_here();
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++)
		for (size_t j = 0; j < ARRAY_SIZE(parts); j++)
			compare_sides(sizes[i], parts[j], n_rounds);
	return 0;
}
