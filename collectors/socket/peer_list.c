/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A search from the longest prefix on: a connection is looked up once, not in each sample. */
#include "collectors/socket/peer_list.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/cleanup.h"

#define MAPPED_BITS 96 /* of ::ffff:0:0/96 */

void peer_address_map(const uint8_t ipv4[static 4], uint8_t address[static 16])
{
	memset(address, 0, 10);
	memset(address + 10, 0xff, 2);
	memcpy(address + 12, ipv4, 4);
}

/* The address, and how many bits it has; 0: it is none. */
static unsigned address_parse(const char *text, uint8_t address[static 16])
{
	uint8_t ipv4[4];

	if (inet_pton(AF_INET, text, ipv4) == 1) {
		peer_address_map(ipv4, address);
		return 32;
	}
	return inet_pton(AF_INET6, text, address) == 1 ? 128 : 0;
}

/* The number behind the slash, at most max; −1: it is none. */
static int prefix_parse(const char *text, unsigned max)
{
	size_t n = strspn(text, "0123456789");
	unsigned long bits = strtoul(text, NULL, 10);

	return n > 0 && n <= 3 && text[n] == '\0' && bits <= max ? (int)bits : -1;
}

/* Whether all behind the first n bits is 0. */
static bool is_prefix(const uint8_t address[static 16], unsigned n_bits)
{
	for (unsigned i = n_bits; i < 128; i++)
		if (address[i / 8] >> (7 - i % 8) & 1)
			return false;
	return true;
}

static int peer_network_parse(const char *text, struct peer_network *ret_network,
                              struct reason *reason)
{
	struct peer_network network = { 0 };
	const char *slash = strchr(text, '/');
	size_t length = slash ? (size_t)(slash - text) : strlen(text);
	char address[INET6_ADDRSTRLEN] = "";
	unsigned width = 0;
	int bits;

	if (length < sizeof(address)) {
		memcpy(address, text, length);
		width = address_parse(address, network.address);
	}
	if (width == 0)
		return reason_set(reason, -EINVAL, "expected an IPv4 or IPv6 address or prefix");
	bits = slash ? prefix_parse(slash + 1, width) : (int)width;
	if (bits < 0)
		return reason_set(reason, -EINVAL, "the length of the prefix is not 0 to %u",
		                  width);
	network.n_bits = (unsigned)bits + (width == 32 ? MAPPED_BITS : 0);
	if (!is_prefix(network.address, network.n_bits))
		return reason_set(reason, -EINVAL, "bits are set behind the prefix");
	*ret_network = network;
	return 0;
}

int peer_network_check(const char *text, struct reason *reason)
{
	struct peer_network network;

	return peer_network_parse(text, &network, reason);
}

/* Puts the network behind those with a prefix as long. */
static void insert(struct peer_list *list, const struct peer_network *network)
{
	size_t place = list->n++;

	for (; place > 0 && list->networks[place - 1].n_bits < network->n_bits; place--)
		list->networks[place] = list->networks[place - 1];
	list->networks[place] = *network;
}

int peer_list_init(struct peer_list *list, const struct named_lists *names)
{
	size_t n = 0;

	for (size_t i = 0; i < names->n; i++)
		n += names->lists[i].strings.n;
	*list = (struct peer_list){ .networks = calloc(n + 1, sizeof(*list->networks)) };
	if (!list->networks)
		return -ENOMEM;
	for (size_t i = 0; i < names->n; i++) {
		const struct string_list *texts = &names->lists[i].strings;

		for (size_t j = 0; j < texts->n; j++) {
			struct peer_network network = { 0 };
			struct reason reason;

			if (peer_network_parse(texts->values[j], &network, &reason) < 0)
				continue;
			network.name = (uint16_t)i;
			insert(list, &network);
		}
	}
	return 0;
}

void peer_list_clear(struct peer_list *list)
{
	free(list->networks);
	*list = (struct peer_list){ 0 };
}

static bool holds(const struct peer_network *network, const uint8_t address[static 16])
{
	unsigned bytes = network->n_bits / 8, bits = network->n_bits % 8;

	if (memcmp(network->address, address, bytes) != 0)
		return false;
	return bits == 0 || (network->address[bytes] ^ address[bytes]) >> (8 - bits) == 0;
}

/* "::/0" is all of IPv6, and nothing of IPv4, though the latter is mapped into it here. */
int peer_list_find(const struct peer_list *list, const uint8_t address[static 16])
{
	static const uint8_t mapped[MAPPED_BITS / 8] = { [10] = 0xff, [11] = 0xff };
	unsigned least_bits = memcmp(address, mapped, sizeof(mapped)) == 0 ? MAPPED_BITS : 0;

	for (size_t i = 0; i < list->n && list->networks[i].n_bits >= least_bits; i++)
		if (holds(&list->networks[i], address))
			return list->networks[i].name;
	return -1;
}
