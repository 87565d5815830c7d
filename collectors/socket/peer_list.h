/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Named networks, as they are listed in the configuration: addresses and prefixes of IPv4 and IPv6
 * ("10.0.0.0/8", "fd00::/8", "192.0.2.1": RFC 4632, RFC 4291). An address belongs to the network
 * with the longest prefix that holds it; of equal ones, to the one listed first. IPv4 addresses
 * that are mapped into IPv6 (::ffff:192.0.2.1) are IPv4.
 */
#include <stddef.h>
#include <stdint.h>

#include "config/option.h"

struct peer_network {
	uint8_t address[16]; /* IPv4 mapped into IPv6; 0 behind the prefix */
	unsigned n_bits;     /* of the prefix, up to 128 */
	uint16_t name;       /* place among the names */
};

struct peer_list {
	size_t n;
	struct peer_network *networks; /* by length of the prefix, the longest first */
};

/* Whether it is an address or a prefix: 0, or −EINVAL with the reason. For struct option's check. */
int peer_network_check(const char *text, struct reason *reason);

/* Parses lists whose every string has been checked. 0 or −ENOMEM. */
int peer_list_init(struct peer_list *list, const struct named_lists *names);
void peer_list_clear(struct peer_list *list);

/* The place of the network's name; −1 when no network holds the address (IPv4 mapped into IPv6). */
int peer_list_find(const struct peer_list *list, const uint8_t address[static 16]);

/* Writes an IPv4 address, 4 bytes, mapped into IPv6 (RFC 4291, 2.5.5.2). */
void peer_address_map(const uint8_t ipv4[static 4], uint8_t address[static 16]);
