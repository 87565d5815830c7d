/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * By what sockets are told apart: "group_by" of the configuration, and the lists of ports and
 * networks that go with it. Immutable once it is made.
 */
#include "collectors/owner.h"
#include "collectors/socket/peer_list.h"
#include "collectors/socket/port_list.h"
#include "collectors/socket/socket_algorithms.h"
#include "collectors/socket/socket_cells.h"
#include "collectors/socket/socket_message.h"

struct socket_sorting {
	bool by_unit, by_local_port, by_peer, by_algorithm;
	struct port_list ports;
	struct peer_list peers;
	const struct string_list *port_names; /* of the configuration */
	const struct named_lists *peer_names;
};

/* Labels of a group, in this order in every table; absent where sockets are not told apart by it. */
enum {
	SOCKET_LABEL_UNIT,
	SOCKET_LABEL_LOCAL_PORT,
	SOCKET_LABEL_PEER,
	SOCKET_LABEL_ALGORITHM,
	SOCKET_LABELS,
};

/* Whether it is a word of "group_by". For struct option's check. */
int socket_sorting_check(const char *word, struct reason *reason);

/* 0 or −ENOMEM; the lists, whose strings have been checked, must outlive it. */
int socket_sorting_init(struct socket_sorting *sorting, const struct string_list *group_by,
                        const struct string_list *ports, const struct named_lists *peers);
void socket_sorting_clear(struct socket_sorting *sorting);

/* The key of the socket, which uses that algorithm. */
struct socket_key socket_sorting_key(const struct socket_sorting *sorting,
                                     const struct socket_message *socket, uint16_t algorithm);

/* The key of what is in no list at all, which is also where what exceeds a bound goes. */
struct socket_key socket_sorting_other(const struct socket_sorting *sorting,
                                       enum socket_protocol protocol);

/*
 * Whether a connection whose key that was still has it: its ends do not change, its owner hardly
 * ever, its algorithm may.
 */
static inline bool socket_sorting_same(const struct socket_sorting *sorting,
                                       const struct socket_key *key,
                                       const struct socket_message *socket, uint16_t algorithm)
{
	return (!sorting->by_unit || key->cgroup_id == socket->cgroup_id) &&
		(!sorting->by_algorithm || key->algorithm == algorithm) && !key->overflow &&
		key->protocol == socket->protocol;
}

/* Whether sockets are sorted by the same things in both, so that their groups are comparable. */
bool socket_sorting_comparable(const struct socket_sorting *a, const struct socket_sorting *b);

/* Fills the labels of a key but that of its unit. */
void socket_sorting_labels(const struct socket_sorting *sorting, const struct socket_key *key,
                           const struct socket_algorithms *algorithms,
                           struct label labels[static SOCKET_LABELS]);
