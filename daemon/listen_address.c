/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Texts are taken apart from the end: what follows the last ':' is the port, because IPv6 addresses
 * are full of others. sockaddr_un(7) is the exception to everything: a path may fill sun_path to its
 * last byte, without a NUL, and a name that begins with NUL is in no file system.
 */
#include "daemon/listen_address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static int invalid(const char *why, struct reason *reason)
{
	return reason_set(reason, -EINVAL, "%s", why);
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

int listen_address_parse(const char *text, struct listen_address *ret_address,
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

int listen_address_check(const char *text, struct reason *reason)
{
	struct listen_address address = { 0 };

	return listen_address_parse(text, &address, reason);
}

/* In words, the URL that is no RFC's: "unix:PATH", or "unix:@NAME" as /proc/net/unix has names. */
static int unix_url(const struct listen_address *address, char **ret_url)
{
	char path[sizeof(address->socket.unix_path.sun_path) + 1] = "";
	size_t n = address->size - offsetof(struct sockaddr_un, sun_path);

	if (n >= sizeof(path))
		n = sizeof(path) - 1;
	memcpy(path, address->socket.unix_path.sun_path, n);
	if (n > 0 && path[0] == '\0')
		for (size_t i = 0; i < n; i++)
			path[i] = path[i] ? path[i] : '@';
	return asprintf(ret_url, "unix:%s", path) < 0 ? -ENOMEM : 0;
}

int listen_address_url(const struct listen_address *address, char **ret_url)
{
	const union socket_address *socket = &address->socket;
	char host[INET6_ADDRSTRLEN], *url = NULL;
	int r = 0;

	switch (socket->any.sa_family) {
	case AF_UNIX:
		r = unix_url(address, &url);
		break;
	case AF_INET:
		(void)inet_ntop(AF_INET, &socket->ipv4.sin_addr, host, sizeof(host));
		if (asprintf(&url, "http://%s:%u", host, ntohs(socket->ipv4.sin_port)) < 0)
			r = -ENOMEM;
		break;
	case AF_INET6:
		(void)inet_ntop(AF_INET6, &socket->ipv6.sin6_addr, host, sizeof(host));
		if (asprintf(&url, "http://[%s]:%u", host, ntohs(socket->ipv6.sin6_port)) < 0)
			r = -ENOMEM;
		break;
	default:
		return -EAFNOSUPPORT;
	}
	if (r == 0)
		*ret_url = url;
	return r;
}
