/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rules for socket files: bind(2) makes one and nothing but us removes it, so one that a killed
 * daemon left behind has to be told from one in use; the sign is that connect(2) to it is refused
 * (unix(7)). Until listen(2) nobody can connect, so the mode may be set after bind(2). The file of a
 * socket that was adopted belongs to who made it, and is not even looked at.
 */
#include "daemon/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>

#include "daemon/listen_address.h"

#define SOCKET_MODE 0660

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

/* One that has no socket yet; NULL: out of memory. */
static struct listener *listener_new(const char *text)
{
	cleanup(listener_close) struct listener *listener = calloc(1, sizeof(*listener));

	if (!listener)
		return NULL;
	listener->fd = -1;
	listener->text = strdup(text);
	return listener->text ? steal_pointer(listener) : NULL;
}

static int make_url(int fd, char **ret_url)
{
	struct listen_address address = { .size = sizeof(address.socket) };

	if (getsockname(fd, &address.socket.any, &address.size) < 0)
		return -errno;
	return listen_address_url(&address, ret_url);
}

int listener_open(const char *text, struct reason *reason, struct listener **ret_listener)
{
	cleanup(listener_close) struct listener *listener = listener_new(text);
	struct listen_address address = { 0 };
	struct reason why;
	int r;

	r = listen_address_parse(text, &address, &why);
	if (r < 0)
		return reason_set(reason, r, "listen \"%s\": %s", text, why.text);
	r = listener ? open_socket(listener, &address) : -ENOMEM;
	if (r == 0)
		r = make_url(listener->fd, &listener->url);
	if (r < 0)
		return reason_set(reason, r, "listen \"%s\": %s", text, strerror(-r));
	*ret_listener = steal_pointer(listener);
	return 0;
}

/* What a descriptor must be, from the general to the particular, in the terms of sd_is_socket(3). */
static const struct {
	int type, listening;
	const char *fault;
} demands[] = {
	{ 0, -1, "not a socket" },
	{ SOCK_STREAM, -1, "not a stream socket" },
	{ SOCK_STREAM, 1, "not listening (a socket unit needs Accept=no)" },
};

static int check_socket(int fd, struct reason *reason)
{
	for (size_t i = 0; i < ARRAY_SIZE(demands); i++) {
		int r = sd_is_socket(fd, AF_UNSPEC, demands[i].type, demands[i].listening);

		if (r < 0)
			return reason_set(reason, r, "%s", strerror(-r));
		if (r == 0)
			return reason_set(reason, -EINVAL, "%s", demands[i].fault);
	}
	return 0;
}

static int set_flags(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ||
	    fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
		return -errno;
	return 0;
}

/* Checks what the descriptor is, and makes it and its URL ready for use. */
static int prepare(int fd, char **ret_url, struct reason *reason)
{
	int r = check_socket(fd, reason);

	if (r < 0)
		return r;
	r = make_url(fd, ret_url);
	if (r == -EAFNOSUPPORT)
		return reason_set(reason, -EINVAL, "neither an IP nor a Unix socket");
	if (r == 0)
		r = set_flags(fd);
	return r < 0 ? reason_set(reason, r, "%s", strerror(-r)) : 0;
}

int listener_adopt(int fd, const char *name, struct reason *reason, struct listener **ret_listener)
{
	cleanup(listener_close) struct listener *listener = listener_new(name);
	struct reason why = { "out of memory" };
	int r = listener ? prepare(fd, &listener->url, &why) : -ENOMEM;

	if (r < 0)
		return reason_set(reason, r,
		                  "descriptor %d (\"%s\") passed by the service manager: %s", fd,
		                  name, why.text);
	listener->fd = fd;
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
