/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The server's listeners: which there are, and what they let in.
 *
 * accept(2) out of descriptors leaves its socket readable, so a loop that only tries again takes a
 * whole core. An idle client gives way to the new one; when there is none, nobody is accepted for a
 * while.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "daemon/http_server.h"

#define ACCEPT_BURST 16 /* then others on the loop have their turn */
#define PAUSE_USEC   250000

static void close_port(struct http_port *port)
{
	sd_event_source_disable_unref(port->source);
	listener_close(port->listener);
}

static void close_ports(struct http_port *ports, size_t n_ports)
{
	for (size_t i = 0; i < n_ports; i++)
		close_port(&ports[i]);
	free(ports);
}

void http_server_close_ports(struct http_server *server)
{
	close_ports(server->ports, server->n_ports);
	server->ports = NULL;
	server->n_ports = 0;
	server->resume = sd_event_source_disable_unref(server->resume);
}

/* The address by which a peer is counted: IPv4 in its IPv6 form; NULL for a socket file's. */
static const struct in6_addr *peer_address(const struct sockaddr_storage *peer,
                                           struct in6_addr *address)
{
	struct sockaddr_in6 ipv6;
	struct sockaddr_in ipv4;

	if (peer->ss_family == AF_INET6) {
		memcpy(&ipv6, peer, sizeof(ipv6));
		*address = ipv6.sin6_addr;
	} else if (peer->ss_family == AF_INET) {
		memcpy(&ipv4, peer, sizeof(ipv4));
		*address = (struct in6_addr){ .s6_addr = { [10] = 0xff, [11] = 0xff } };
		memcpy(&address->s6_addr[12], &ipv4.sin_addr, sizeof(ipv4.sin_addr));
	} else {
		return NULL;
	}
	return address;
}

void http_server_notify(void *cls, struct MHD_Connection *connection, void **socket_context,
                        enum MHD_ConnectionNotificationCode code)
{
	struct http_server *server = cls;
	struct http_client *client;

	(void)connection;
	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		*socket_context = steal_pointer(server->handing);
		return;
	}
	client = *socket_context;
	connection_table_remove(&server->table, &client->connection);
	free(client);
}

/* Gives the connection to the daemon, which owns the descriptor from here, failed or not. */
static void hand_over(struct http_server *server, int fd, const struct sockaddr_storage *peer,
                      socklen_t peer_size)
{
	struct http_client *client = calloc(1, sizeof(*client));
	struct in6_addr address;

	if (!client) {
		close(fd);
		return;
	}
	connection_table_add(&server->table, &client->connection, fd, peer_address(peer, &address),
	                     http_answer_now(&server->answerer));
	server->handing = client;
	(void)MHD_add_connection(server->daemon, fd, (const struct sockaddr *)peer, peer_size);
	if (server->handing) {
		connection_table_remove(&server->table, &client->connection);
		free(steal_pointer(server->handing));
	}
}

static int accept_one(struct http_server *server, int listen_fd)
{
	cleanup(close) int fd = -1;
	struct sockaddr_storage peer = { 0 };
	socklen_t peer_size = sizeof(peer);
	struct in6_addr address;

	fd = accept4(listen_fd, (struct sockaddr *)&peer, &peer_size, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd < 0)
		return -errno;
	if (connection_table_admit(&server->table, peer_address(&peer, &address)))
		hand_over(server, steal_fd(&fd), &peer, peer_size);
	return 0;
}

static bool is_shortage(int error)
{
	return error == -EMFILE || error == -ENFILE || error == -ENOBUFS || error == -ENOMEM;
}

void http_server_accept(struct http_server *server, bool accept)
{
	for (size_t i = 0; i < server->n_ports; i++)
		(void)sd_event_source_set_enabled(server->ports[i].source,
		                                  accept ? SD_EVENT_ON : SD_EVENT_OFF);
}

static int on_resume(sd_event_source *source, uint64_t usec, void *userdata)
{
	(void)source;
	(void)usec;
	http_server_accept(userdata, true);
	return 0;
}

/* Somebody waits, and there is no descriptor for him. */
static void make_way(struct http_server *server)
{
	if (!connection_table_cut_oldest(&server->table) &&
	    sd_event_source_set_time_relative(server->resume, PAUSE_USEC) >= 0 &&
	    sd_event_source_set_enabled(server->resume, SD_EVENT_ONESHOT) >= 0)
		http_server_accept(server, false);
}

static int on_connect(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct http_server *server = userdata;
	int r = 0, n;

	(void)source;
	(void)events;
	/* Errors of a connection that died in the queue are no reason to stop (accept(2)). */
	for (n = 0; n < ACCEPT_BURST; n++) {
		r = accept_one(server, fd);
		if (r == -EAGAIN || is_shortage(r))
			break;
	}
	/* Later in the burst the queue may be empty: accept(2) looks for a descriptor first. */
	if (n == 0 && is_shortage(r))
		make_way(server);
	http_server_run_again(server);
	return 0;
}

/* Puts a listener, which it takes possession of, failed or not, on the loop. */
static int add_port(struct http_server *server, struct listener *owned, struct http_port *ret_port,
                    struct reason *reason)
{
	cleanup(listener_close) struct listener *listener = owned;
	sd_event_source *source;
	int r = sd_event_add_io(server->answerer.event, &source, listener->fd, EPOLLIN, on_connect,
	                        server);

	if (r < 0)
		return reason_set(reason, r, "listen \"%s\": %s", listener->text, strerror(-r));
	*ret_port = (struct http_port){ steal_pointer(listener), source };
	return 0;
}

static int open_port(struct http_server *server, const char *text, struct http_port *ret_port,
                     struct reason *reason)
{
	struct listener *listener;
	int r = listener_open(text, reason, &listener);

	return r < 0 ? r : add_port(server, listener, ret_port, reason);
}

int http_server_adopt(struct http_server *server, struct listener *listener, struct reason *reason)
{
	struct http_port *ports = reallocarray(server->ports, server->n_ports + 1, sizeof(*ports));
	int r;

	if (!ports) {
		listener_close(listener);
		return reason_set(reason, -ENOMEM, "out of memory for listeners");
	}
	server->adopted = true;
	server->ports = ports;
	r = add_port(server, listener, &ports[server->n_ports], reason);
	if (r == 0)
		server->n_ports++;
	return r;
}

static struct http_port *find_port(struct http_port *ports, size_t n_ports, const char *text)
{
	for (size_t i = 0; i < n_ports; i++)
		if (ports[i].listener && strcmp(ports[i].listener->text, text) == 0)
			return &ports[i];
	return NULL;
}

/* Closes those of the ports that are not among the others as well. */
static void close_ports_except(struct http_port *ports, size_t n_ports, struct http_port *others,
                               size_t n_others)
{
	for (size_t i = 0; i < n_ports; i++)
		if (!find_port(others, n_others, ports[i].listener->text))
			close_port(&ports[i]);
	free(ports);
}

/* Fills in one port per text: one that is open already, or a new one. */
static int open_ports(struct http_server *server, const struct string_list *texts,
                      struct http_port *ports, size_t *n_ports, struct reason *reason)
{
	for (size_t i = 0; i < texts->n; i++) {
		const struct http_port *open =
			find_port(server->ports, server->n_ports, texts->values[i]);
		int r = 0;

		if (find_port(ports, i, texts->values[i]))
			return reason_set(reason, -EINVAL, "listen \"%s\": given twice",
			                  texts->values[i]);
		if (open)
			ports[i] = *open;
		else
			r = open_port(server, texts->values[i], &ports[i], reason);
		if (r < 0)
			return r;
		*n_ports = i + 1;
	}
	return 0;
}

static int add_resume(struct http_server *server)
{
	int r;

	if (server->resume)
		return 0;
	r = sd_event_add_time(server->answerer.event, &server->resume, CLOCK_MONOTONIC, 0, 0,
	                      on_resume, server);
	return r < 0 ? r : sd_event_source_set_enabled(server->resume, SD_EVENT_OFF);
}

/* Listens on all of the texts and on nothing else, or leaves everything as it is. */
static int replace_ports(struct http_server *server, const struct string_list *texts,
                         struct reason *reason)
{
	struct http_port *ports = calloc(texts->n + 1, sizeof(*ports));
	size_t n_ports = 0;
	int r;

	if (!ports)
		return reason_set(reason, -ENOMEM, "out of memory for listeners");
	r = open_ports(server, texts, ports, &n_ports, reason);
	if (r < 0) {
		close_ports_except(ports, n_ports, server->ports, server->n_ports);
		return r;
	}
	close_ports_except(server->ports, server->n_ports, ports, n_ports);
	server->ports = ports;
	server->n_ports = n_ports;
	return 0;
}

int http_server_apply(struct http_server *server, const struct http_options *options,
                      struct reason *reason)
{
	int r = add_resume(server);

	if (r < 0)
		return reason_set(reason, r, "out of memory for listeners");
	r = server->adopted ? 0 : replace_ports(server, &options->listen, reason);
	if (r < 0)
		return r;
	connection_table_limit(&server->table,
			       &(struct connection_limits){
				       .n = options->max_connections,
				       .n_per_address = options->max_connections_per_address,
				       .usec = {
					       [CONNECTION_ARRIVING] = options->request_timeout_usec,
					       [CONNECTION_REPLYING] = options->reply_timeout_usec,
					       [CONNECTION_IDLE] = options->idle_timeout_usec,
				       },
			       });
	http_server_run_again(server);
	return 0;
}

const char *http_server_url(const struct http_server *server, size_t index)
{
	return index < server->n_ports ? server->ports[index].listener->url : NULL;
}
