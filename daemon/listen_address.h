/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Addresses to listen on, and their texts:
 *
 *   127.0.0.1:10066   one IPv4 address
 *   [::1]:10066       one IPv6 address, and no IPv4 mapped into it; [fe80::1%eth0]:10066 with scope
 *   :10066            every address of both families
 *   unix:/run/x.sock  a socket of the file system
 *
 * Names are not looked up. Port 0 lets the kernel choose.
 */
#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "daemon/reason.h"

union socket_address {
	struct sockaddr any;
	struct sockaddr_in ipv4;
	struct sockaddr_in6 ipv6;
	struct sockaddr_un unix_path;
};

struct listen_address {
	union socket_address socket;
	socklen_t size; /* as bind(2) and getsockname(2) have it */
	bool dual;      /* IPv6 that takes IPv4 too */
};

/* 0 and the address of the text, or −EINVAL with why it is none, but not of which text. */
int listen_address_parse(const char *text, struct listen_address *ret_address,
                         struct reason *reason);

/* Whether listen_address_parse() would take the text. */
int listen_address_check(const char *text, struct reason *reason);

/*
 * The address as clients write it, in memory that the caller frees: "http://127.0.0.1:10066",
 * "http://[::1]:10066", "unix:/run/x.sock"; "unix:@name" for an abstract one (unix(7)). −ENOMEM, or
 * −EAFNOSUPPORT for an address of another family.
 */
int listen_address_url(const struct listen_address *address, char **ret_url);
