/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "collectors/socket/socket_sorting.h"

#include <errno.h>
#include <string.h>

static const char *const words[SOCKET_LABELS] = {
	[SOCKET_LABEL_UNIT] = "unit",
	[SOCKET_LABEL_LOCAL_PORT] = "local_port",
	[SOCKET_LABEL_PEER] = "peer",
	[SOCKET_LABEL_ALGORITHM] = "algorithm",
};

int socket_sorting_check(const char *word, struct reason *reason)
{
	for (size_t i = 0; i < SOCKET_LABELS; i++)
		if (strcmp(words[i], word) == 0)
			return 0;
	return reason_set(reason, -EINVAL, "expected unit, local_port, peer or algorithm");
}

static bool has_word(const struct string_list *list, unsigned label)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->values[i], words[label]) == 0)
			return true;
	return false;
}

int socket_sorting_init(struct socket_sorting *sorting, const struct string_list *group_by,
                        const struct string_list *ports, const struct named_lists *peers)
{
	*sorting = (struct socket_sorting){
		.by_unit = has_word(group_by, SOCKET_LABEL_UNIT),
		.by_local_port = has_word(group_by, SOCKET_LABEL_LOCAL_PORT),
		.by_peer = has_word(group_by, SOCKET_LABEL_PEER),
		.by_algorithm = has_word(group_by, SOCKET_LABEL_ALGORITHM),
		.port_names = ports,
		.peer_names = peers,
	};
	if (port_list_init(&sorting->ports, ports) < 0)
		return -ENOMEM;
	return peer_list_init(&sorting->peers, peers);
}

void socket_sorting_clear(struct socket_sorting *sorting)
{
	port_list_clear(&sorting->ports);
	peer_list_clear(&sorting->peers);
}

static uint16_t peer_of(const struct socket_sorting *sorting, const struct socket_message *socket)
{
	uint8_t mapped[16];
	int name;

	if (socket->family == SOCKET_IPV6) {
		name = peer_list_find(&sorting->peers, socket->peer.address);
	} else {
		peer_address_map(socket->peer.address, mapped);
		name = peer_list_find(&sorting->peers, mapped);
	}
	return (uint16_t)(name < 0 ? sorting->peer_names->n : (size_t)name);
}

/* Unix sockets have neither port nor peer, and fall under what is not listed. */
struct socket_key socket_sorting_key(const struct socket_sorting *sorting,
                                     const struct socket_message *socket, uint16_t algorithm)
{
	const bool inet = socket->family != SOCKET_NO_FAMILY;
	struct socket_key key = { .protocol = (uint8_t)socket->protocol };

	if (sorting->by_unit)
		key.cgroup_id = socket->cgroup_id;
	if (sorting->by_local_port)
		key.port = (uint16_t)(inet ? port_list_find(&sorting->ports, socket->local.port)
		                           : sorting->ports.n);
	if (sorting->by_peer)
		key.peer = inet ? peer_of(sorting, socket) : (uint16_t)sorting->peer_names->n;
	if (sorting->by_algorithm)
		key.algorithm = algorithm;
	return key;
}

struct socket_key socket_sorting_other(const struct socket_sorting *sorting,
                                       enum socket_protocol protocol)
{
	return (struct socket_key){
		.protocol = (uint8_t)protocol,
		.port = (uint16_t)(sorting->by_local_port ? sorting->ports.n : 0),
		.peer = (uint16_t)(sorting->by_peer ? sorting->peer_names->n : 0),
	};
}

static bool strings_equal(const struct string_list *a, const struct string_list *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (strcmp(a->values[i], b->values[i]) != 0)
			return false;
	return true;
}

static bool names_equal(const struct named_lists *a, const struct named_lists *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (strcmp(a->lists[i].name, b->lists[i].name) != 0)
			return false;
	return true;
}

bool socket_sorting_comparable(const struct socket_sorting *a, const struct socket_sorting *b)
{
	return a->by_unit == b->by_unit && a->by_local_port == b->by_local_port &&
		a->by_peer == b->by_peer && a->by_algorithm == b->by_algorithm &&
		(!a->by_local_port || strings_equal(a->port_names, b->port_names)) &&
		(!a->by_peer || names_equal(a->peer_names, b->peer_names));
}

void socket_sorting_labels(const struct socket_sorting *sorting, const struct socket_key *key,
                           const struct socket_algorithms *algorithms,
                           struct label labels[static SOCKET_LABELS])
{
	static const char other[] = "(other)";

	memset(labels, 0, SOCKET_LABELS * sizeof(*labels));
	if (sorting->by_local_port)
		labels[SOCKET_LABEL_LOCAL_PORT] = label_of(
			key->port < sorting->port_names->n ? sorting->port_names->values[key->port]
							   : other);
	if (sorting->by_peer)
		labels[SOCKET_LABEL_PEER] =
			label_of(key->peer < sorting->peer_names->n
		                         ? sorting->peer_names->lists[key->peer].name
		                         : other);
	if (sorting->by_algorithm && key->protocol == SOCKET_TCP)
		labels[SOCKET_LABEL_ALGORITHM] = socket_algorithm_label(algorithms, key->algorithm);
}
