/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A text is parsed into an address and then opened. The rules for socket files: bind(2) makes one
 * and nothing but us removes it, so one that a killed daemon left behind has to be told from one in
 * use; the sign is that connect(2) to it is refused (unix(7)). Until listen(2) nobody can connect,
 * so the mode may be set after bind(2).
 */
#include "daemon/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#define SOCKET_MODE 0660

union socket_address {
	struct sockaddr any;
	struct sockaddr_in ipv4;
	struct sockaddr_in6 ipv6;
	struct sockaddr_un unix_path;
};

struct listen_address {
	union socket_address socket;
	socklen_t size;
	bool dual; /* IPv6 that takes IPv4 too */
};

static int invalid(const char *why, struct reason *reason)
{
	return reason_set(reason, -EINVAL, "%s", why);
}

static int failed(const char *text, int error, struct reason *reason)
{
	return reason_set(reason, error, "listen \"%s\": %s", text, strerror(-error));
}

static int parse_unix(const char *path, struct listen_address *ret_address, struct reason *reason)
{
	struct listen_address address = { .socket.unix_path.sun_family = AF_UNIX };
	size_t length = strlen(path);

	if (path[0] != '/')
		return invalid("the path after \"unix:\" must be absolute", reason);
	if (length >= sizeof(address.socket.unix_path.sun_path))
		return invalid("the path is longer than a socket's can be (107 bytes)", reason);
	memcpy(address.socket.unix_path.sun_path, path, length + 1);
	address.size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + 1);
	*ret_address = address;
	return 0;
}

static int parse_port(const char *digits, in_port_t *ret_port)
{
	unsigned port = 0;

	if (*digits == '\0' || strlen(digits) > 5)
		return -EINVAL;
	for (; *digits; digits++) {
		if (*digits < '0' || *digits > '9')
			return -EINVAL;
		port = port * 10 + (unsigned)(*digits - '0');
	}
	if (port > UINT16_MAX)
		return -EINVAL;
	*ret_port = htons((uint16_t)port);
	return 0;
}

/* Takes the host apart in place. */
static int parse_ipv6(char *host, struct sockaddr_in6 *ret_ipv6)
{
	struct sockaddr_in6 ipv6 = { .sin6_family = AF_INET6 };
	size_t length = strlen(host);
	char *scope;

	if (length < 2 || host[length - 1] != ']')
		return -EINVAL;
	host[length - 1] = '\0';
	scope = strchr(++host, '%');
	if (scope) {
		*scope++ = '\0';
		ipv6.sin6_scope_id = if_nametoindex(scope);
		if (ipv6.sin6_scope_id == 0)
			return -ENODEV;
	}
	if (inet_pton(AF_INET6, host, &ipv6.sin6_addr) != 1)
		return -EINVAL;
	*ret_ipv6 = ipv6;
	return 0;
}

static int parse_host(char *host, struct listen_address *ret_address)
{
	struct listen_address address = { .size = sizeof(address.socket.ipv6) };
	int r;

	if (host[0] == '\0') {
		address.socket.ipv6.sin6_family = AF_INET6;
		address.dual = true;
	} else if (host[0] == '[') {
		r = parse_ipv6(host, &address.socket.ipv6);
		if (r < 0)
			return r;
	} else {
		address.socket.ipv4.sin_family = AF_INET;
		address.size = sizeof(address.socket.ipv4);
		if (inet_pton(AF_INET, host, &address.socket.ipv4.sin_addr) != 1)
			return -EINVAL;
	}
	*ret_address = address;
	return 0;
}

static int listener_parse(const char *text, struct listen_address *ret_address,
                          struct reason *reason)
{
	static const char unix_prefix[] = "unix:";
	char host[INET6_ADDRSTRLEN + IF_NAMESIZE + sizeof("[%]")];
	const char *colon = strrchr(text, ':');
	struct listen_address address = { 0 };
	in_port_t port;
	int r;

	if (strncmp(text, unix_prefix, strlen(unix_prefix)) == 0)
		return parse_unix(text + strlen(unix_prefix), ret_address, reason);
	if (!colon || parse_port(colon + 1, &port) < 0)
		return invalid("no port (0 to 65535) after the last ':'", reason);
	if ((size_t)(colon - text) >= sizeof(host))
		return invalid("not an IP address before the port", reason);
	memcpy(host, text, (size_t)(colon - text));
	host[colon - text] = '\0';

	r = parse_host(host, &address);
	if (r == -ENODEV)
		return invalid("no such network interface", reason);
	if (r < 0)
		return invalid("not an IP address before the port; an IPv6 address stands in [ ]",
		               reason);
	if (address.socket.any.sa_family == AF_INET)
		address.socket.ipv4.sin_port = port;
	else
		address.socket.ipv6.sin6_port = port;
	*ret_address = address;
	return 0;
}

int listener_check(const char *text, struct reason *reason)
{
	struct listen_address address = { 0 };

	return listener_parse(text, &address, reason);
}

/* Whether a socket file is there that nobody listens on. */
static bool is_stale(const struct listen_address *address)
{
	cleanup(close) int fd = -1;
	struct stat status;

	if (lstat(address->socket.unix_path.sun_path, &status) < 0 || !S_ISSOCK(status.st_mode))
		return false;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	return fd >= 0 && connect(fd, &address->socket.any, address->size) < 0 &&
		errno == ECONNREFUSED;
}

/* Binds, and notes in the listener which file that made. */
static int bind_unix(struct listener *listener, const struct listen_address *address)
{
	const char *path = address->socket.unix_path.sun_path;
	struct stat status;

	if (bind(listener->fd, &address->socket.any, address->size) < 0) {
		if (errno != EADDRINUSE)
			return -errno;
		if (!is_stale(address))
			return -EADDRINUSE;
		if (unlink(path) < 0 || bind(listener->fd, &address->socket.any, address->size) < 0)
			return -errno;
	}
	if (lstat(path, &status) < 0)
		return -errno;
	listener->device = status.st_dev;
	listener->inode = status.st_ino;
	listener->path = strdup(path);
	if (!listener->path) {
		(void)unlink(path);
		return -ENOMEM;
	}
	return chmod(path, SOCKET_MODE) < 0 ? -errno : 0;
}

static int bind_ip(struct listener *listener, const struct listen_address *address)
{
	const int on = 1, only = !address->dual;

	if (setsockopt(listener->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0)
		return -errno;
	if (address->socket.any.sa_family == AF_INET6 &&
	    setsockopt(listener->fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof(only)) < 0)
		return -errno;
	return bind(listener->fd, &address->socket.any, address->size) < 0 ? -errno : 0;
}

static int open_socket(struct listener *listener, struct listen_address *address)
{
	const int type = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
	int r;

	listener->fd = socket(address->socket.any.sa_family, type, 0);
	if (listener->fd < 0 && errno == EAFNOSUPPORT && address->dual) {
		/* A kernel without IPv6: every address is every IPv4 address. */
		in_port_t port = address->socket.ipv6.sin6_port;

		*address = (struct listen_address){ .size = sizeof(address->socket.ipv4) };
		address->socket.ipv4.sin_family = AF_INET;
		address->socket.ipv4.sin_port = port;
		listener->fd = socket(AF_INET, type, 0);
	}
	if (listener->fd < 0)
		return -errno;

	r = address->socket.any.sa_family == AF_UNIX ? bind_unix(listener, address)
						     : bind_ip(listener, address);
	if (r < 0)
		return r;
	return listen(listener->fd, SOMAXCONN) < 0 ? -errno : 0;
}

static int make_url(struct listener *listener)
{
	char host[INET6_ADDRSTRLEN];
	union socket_address address = { 0 };
	socklen_t size = sizeof(address);
	int r;

	if (listener->path)
		return asprintf(&listener->url, "unix:%s", listener->path) < 0 ? -ENOMEM : 0;
	if (getsockname(listener->fd, &address.any, &size) < 0)
		return -errno;
	if (address.any.sa_family == AF_INET6) {
		(void)inet_ntop(AF_INET6, &address.ipv6.sin6_addr, host, sizeof(host));
		r = asprintf(&listener->url, "http://[%s]:%u", host, ntohs(address.ipv6.sin6_port));
	} else {
		(void)inet_ntop(AF_INET, &address.ipv4.sin_addr, host, sizeof(host));
		r = asprintf(&listener->url, "http://%s:%u", host, ntohs(address.ipv4.sin_port));
	}
	return r < 0 ? -ENOMEM : 0;
}

int listener_open(const char *text, struct reason *reason, struct listener **ret_listener)
{
	cleanup(listener_close) struct listener *listener = calloc(1, sizeof(*listener));
	struct listen_address address = { 0 };
	struct reason why;
	int r;

	r = listener_parse(text, &address, &why);
	if (r < 0)
		return reason_set(reason, r, "listen \"%s\": %s", text, why.text);
	if (!listener)
		return failed(text, -ENOMEM, reason);
	listener->fd = -1;
	listener->text = strdup(text);
	r = listener->text ? open_socket(listener, &address) : -ENOMEM;
	if (r == 0)
		r = make_url(listener);
	if (r < 0)
		return failed(text, r, reason);
	*ret_listener = steal_pointer(listener);
	return 0;
}

void listener_close(struct listener *listener)
{
	struct stat status;

	if (!listener)
		return;
	if (listener->path && lstat(listener->path, &status) == 0 &&
	    status.st_dev == listener->device && status.st_ino == listener->inode)
		(void)unlink(listener->path);
	close_p(&listener->fd);
	free(listener->path);
	free(listener->url);
	free(listener->text);
	free(listener);
}
