/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "collectors/latency/latency_roles.h"

const struct bpf_role latency_roles[LATENCY_ROLES] = {
	[LATENCY_ROLE_SEND] = { "send", { "send_tracepoint", "send_fentry" } },
	[LATENCY_ROLE_DATAGRAM_IPV4] = { "datagram_ipv4", { "datagram_ipv4" } },
	[LATENCY_ROLE_DATAGRAM_IPV6] = { "datagram_ipv6", { "datagram_ipv6" } },
	[LATENCY_ROLE_FILTER_BEGIN] = { "filter_begin", { "filter_begin" } },
	[LATENCY_ROLE_FILTER_END] = { "filter_end", { "filter_end" } },
	[LATENCY_ROLE_QUEUE] = { "queue", { "queue" } },
	[LATENCY_ROLE_DEQUEUE] = { "dequeue", { "dequeue" } },
	[LATENCY_ROLE_START] = { "start", { "start" } },
	[LATENCY_ROLE_STARTED] = { "started", { "started" } },
	[LATENCY_ROLE_COMPLETE] = { "complete", { "complete" } },
	[LATENCY_ROLE_DROP] = { "drop", { "drop" } },
	[LATENCY_ROLE_ACKNOWLEDGE] = { "acknowledge", { "acknowledge" } },
	[LATENCY_ROLE_DESTROY] = { "destroy", { "destroy" } },
};

const enum latency_role latency_attach_order[LATENCY_ROLES] = {
	LATENCY_ROLE_DESTROY,      LATENCY_ROLE_ACKNOWLEDGE,   LATENCY_ROLE_DROP,
	LATENCY_ROLE_COMPLETE,     LATENCY_ROLE_STARTED,       LATENCY_ROLE_START,
	LATENCY_ROLE_DEQUEUE,      LATENCY_ROLE_QUEUE,         LATENCY_ROLE_FILTER_END,
	LATENCY_ROLE_FILTER_BEGIN, LATENCY_ROLE_DATAGRAM_IPV4, LATENCY_ROLE_DATAGRAM_IPV6,
	LATENCY_ROLE_SEND,
};

static bool has(const struct bpf_probes *probes, enum latency_role role)
{
	return probes->probes[role].way;
}

bool latency_role_is_wanted(const struct bpf_probes *probes, enum latency_role role,
                            bool completions)
{
	switch (role) {
	case LATENCY_ROLE_FILTER_BEGIN:
		return has(probes, LATENCY_ROLE_FILTER_END) && has(probes, LATENCY_ROLE_QUEUE);
	case LATENCY_ROLE_FILTER_END:
		return has(probes, LATENCY_ROLE_FILTER_BEGIN) && has(probes, LATENCY_ROLE_QUEUE);
	case LATENCY_ROLE_COMPLETE:
		return completions;
	case LATENCY_ROLE_ACKNOWLEDGE:
	case LATENCY_ROLE_DESTROY:
		return has(probes, LATENCY_ROLE_SEND) && has(probes, LATENCY_ROLE_QUEUE);
	case LATENCY_ROLE_SEND:
		return has(probes, LATENCY_ROLE_DESTROY) && has(probes, LATENCY_ROLE_QUEUE);
	case LATENCY_ROLE_DATAGRAM_IPV4:
	case LATENCY_ROLE_DATAGRAM_IPV6:
		return has(probes, LATENCY_ROLE_QUEUE);
	case LATENCY_ROLE_QUEUE:
	case LATENCY_ROLE_DEQUEUE:
	case LATENCY_ROLE_START:
	case LATENCY_ROLE_STARTED:
	case LATENCY_ROLE_DROP:
	case LATENCY_ROLES:
		break;
	}
	return true;
}

/*
 * A packet's address is used again for others, which clear what was noted of it where they are
 * queued and started: so both stay as long as anything is noted.
 */
bool latency_role_is_waited_for(const struct latency_pending *pending, enum latency_role role)
{
	switch (role) {
	case LATENCY_ROLE_QUEUE:
		return pending->n_queued || pending->n_unsent;
	case LATENCY_ROLE_DEQUEUE:
		return pending->n_queued;
	case LATENCY_ROLE_START:
	case LATENCY_ROLE_DROP:
		return pending->n_queued || pending->n_completions;
	case LATENCY_ROLE_COMPLETE:
		return pending->n_completions;
	case LATENCY_ROLE_ACKNOWLEDGE:
	case LATENCY_ROLE_DESTROY:
		return pending->n_sends;
	case LATENCY_ROLE_SEND:
	case LATENCY_ROLE_DATAGRAM_IPV4:
	case LATENCY_ROLE_DATAGRAM_IPV6:
	case LATENCY_ROLE_FILTER_BEGIN:
	case LATENCY_ROLE_FILTER_END:
	case LATENCY_ROLE_STARTED:
	case LATENCY_ROLES:
		break;
	}
	return false;
}
