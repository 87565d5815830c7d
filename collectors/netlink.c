/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The transport under every collector that asks the kernel by netlink.
 *
 * The kernel puts the first part of a dump, or its refusal, into the receive queue before send()
 * returns, and each further part while the one before is read: a reply is never late, so a
 * receive timeout would only hide a bug. A dump that is given up is ended by closing its socket:
 * the kernel answers EBUSY to a second dump while the first runs, and reading the rest could wait
 * for a part that was lost. The next dump opens a socket anew.
 */
#include "collectors/netlink.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdalign.h>
#include <stdbool.h>
#include <string.h>

#include "collectors/attribute.h"
#include "collectors/netlink_socket.h"

#define REPEAT_MAX        4
#define REQUEST_BODY_SIZE 256

int netlink_open_in(const struct collector_env *env, struct namespace_door *door, int protocol,
                    unsigned groups, struct netlink **ret_netlink)
{
	struct netlink *netlink cleanup(netlink_close) = calloc(1, sizeof(*netlink));
	int error;

	if (!netlink)
		return reason_set(env->reason, -ENOMEM, "netlink socket: out of memory");
	netlink->env = env;
	netlink->door = door;
	netlink->protocol = protocol;
	netlink->groups = groups;

	error = netlink_connect(netlink);
	if (error)
		return error;
	*ret_netlink = steal_pointer(netlink);
	return 0;
}

int netlink_open(const struct collector_env *env, int protocol, unsigned groups,
                 struct netlink **ret_netlink)
{
	return netlink_open_in(env, NULL, protocol, groups, ret_netlink);
}

int netlink_join(struct netlink *netlink, uint32_t group)
{
	int fd = mnl_socket_get_fd(netlink->socket), flags = fcntl(fd, F_GETFL), error;

	if (flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0 &&
	    mnl_socket_setsockopt(netlink->socket, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) ==
	            0)
		return 0;
	error = -errno;
	return reason_set(netlink->env->reason, error, "netlink multicast group %u: %s", group,
	                  netlink_error_text(error));
}

void netlink_close(struct netlink *netlink)
{
	if (!netlink)
		return;
	netlink_disconnect(netlink);
	free(netlink);
}

/* One dump on its way. */
struct dump {
	struct netlink *netlink;
	const struct netlink_request *request;
	netlink_message_fn take;
	void *context;
	bool done;
};

static int dump_malformed(struct dump *dump, const char *what)
{
	return reason_set(dump->netlink->env->reason, -EBADMSG, "%s: malformed reply: %s",
	                  dump->request->name, what);
}

static int dump_interrupted(struct dump *dump, const char *why)
{
	dump->netlink->env->tally->interrupted_dumps++;
	return reason_set(dump->netlink->env->reason, -EINTR, "%s: interrupted: %s",
	                  dump->request->name, why);
}

/* The kernel's refusal; its words, if any, are among the attributes from offset on. */
static int dump_refused(struct dump *dump, const struct nlmsghdr *message, int error, size_t offset)
{
	const struct nlattr *table[NLMSGERR_ATTR_MSG + 1] = { NULL };
	const struct nlattr *words;

	if (error >= 0 || error < -4095)
		return dump_malformed(dump, "no error code");
	if (message->nlmsg_flags & NLM_F_ACK_TLVS && message->nlmsg_len > offset)
		(void)attributes_sort((const char *)message + offset, message->nlmsg_len - offset,
		                      table, ARRAY_SIZE(table));

	words = table[NLMSGERR_ATTR_MSG];
	if (!words)
		return reason_set(dump->netlink->env->reason, error, "%s: %s", dump->request->name,
		                  netlink_error_text(error));
	return reason_set(dump->netlink->env->reason, error, "%s: %s (kernel says: %.*s)",
	                  dump->request->name, netlink_error_text(error),
	                  (int)mnl_attr_get_payload_len(words),
	                  (const char *)mnl_attr_get_payload(words));
}

static int dump_error(struct dump *dump, const struct nlmsghdr *message)
{
	const struct nlmsgerr *refusal = mnl_nlmsg_get_payload(message);
	size_t offset = NLMSG_HDRLEN + sizeof(*refusal);

	if (message->nlmsg_len < offset)
		return dump_malformed(dump, "short NLMSG_ERROR");
	/* NETLINK_CAP_ACK leaves the refused request out, but not before Linux 4.3. */
	if (!(message->nlmsg_flags & NLM_F_CAPPED) && refusal->msg.nlmsg_len > NLMSG_HDRLEN)
		offset += NLMSG_ALIGN((size_t)refusal->msg.nlmsg_len - NLMSG_HDRLEN);
	return dump_refused(dump, message, refusal->error, offset);
}

static int dump_done(struct dump *dump, const struct nlmsghdr *message)
{
	int error = 0;

	dump->done = true;
	if (message->nlmsg_len >= NLMSG_HDRLEN + sizeof(error))
		memcpy(&error, mnl_nlmsg_get_payload(message), sizeof(error));
	return error ? dump_refused(dump, message, error, NLMSG_HDRLEN + sizeof(error)) : 0;
}

static int dump_message(struct dump *dump, const struct nlmsghdr *message)
{
	if (message->nlmsg_flags & NLM_F_DUMP_INTR)
		return dump_interrupted(dump, "the kernel's table changed");
	if (message->nlmsg_type >= NLMSG_MIN_TYPE)
		return dump->take(message, dump->context);
	if (message->nlmsg_type == NLMSG_DONE)
		return dump_done(dump, message);
	if (message->nlmsg_type == NLMSG_ERROR)
		return dump_error(dump, message);
	return 0;
}

/* nfnetlink_hook names port 0 instead of the one that asked (seen up to Linux 6.18). */
static bool is_reply(const struct netlink *netlink, const struct nlmsghdr *message)
{
	return message->nlmsg_seq == netlink->sequence &&
		(message->nlmsg_pid == mnl_socket_get_portid(netlink->socket) ||
	         message->nlmsg_pid == 0);
}

static int dump_datagram(struct dump *dump, size_t length)
{
	const struct netlink *netlink = dump->netlink;
	const struct nlmsghdr *message;
	size_t offset = 0;
	int error;

	while ((message = netlink_next_message(netlink, length, &offset))) {
		if (!is_reply(netlink, message))
			continue;
		error = dump_message(dump, message);
		if (error || dump->done)
			return error;
	}
	return offset < length || !length ? dump_malformed(dump, "lengths do not add up") : 0;
}

static int dump_receive(struct dump *dump)
{
	ssize_t length = netlink_receive(dump->netlink);

	if (length >= 0)
		return dump_datagram(dump, (size_t)length);
	if (length == -ENOBUFS)
		return dump_interrupted(dump, "the receive queue overflowed");
	return reason_set(dump->netlink->env->reason, (int)length, "%s: %s", dump->request->name,
	                  netlink_error_text((int)length));
}

static int dump_send(struct dump *dump)
{
	struct netlink *netlink = dump->netlink;
	const struct netlink_request *request = dump->request;
	alignas(struct nlmsghdr) char buffer[NLMSG_HDRLEN + REQUEST_BODY_SIZE];
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	int error;

	assert(request->body_size <= REQUEST_BODY_SIZE);
	message->nlmsg_type = request->type;
	message->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	message->nlmsg_seq = ++netlink->sequence;
	memcpy(mnl_nlmsg_put_extra_header(message, request->body_size), request->body,
	       request->body_size);

	if (mnl_socket_sendto(netlink->socket, message, message->nlmsg_len) >= 0)
		return 0;
	error = -errno;
	return reason_set(netlink->env->reason, error, "%s: request not sent: %s", request->name,
	                  netlink_error_text(error));
}

int netlink_dump(struct netlink *netlink, const struct netlink_request *request,
                 netlink_message_fn take, void *context)
{
	struct dump dump = { netlink, request, take, context, false };
	int error = 0;

	if (!netlink->socket)
		error = netlink_connect(netlink);
	if (!error)
		error = dump_send(&dump);
	while (!error && !dump.done)
		error = dump_receive(&dump);
	if (error)
		netlink_disconnect(netlink);
	return error;
}

int netlink_repeat(struct reason *reason, int (*sample)(void *context), void *context)
{
	const struct reason before = *reason;
	int error = -EINTR;

	for (unsigned i = 0; i < REPEAT_MAX && error == -EINTR; i++) {
		*reason = before;
		error = sample(context);
	}
	return error;
}

static int drain_datagram(struct netlink *netlink, size_t length, netlink_message_fn take,
                          void *context)
{
	const struct nlmsghdr *message;
	size_t offset = 0;
	int error;

	while ((message = netlink_next_message(netlink, length, &offset))) {
		error = message->nlmsg_type >= NLMSG_MIN_TYPE ? take(message, context) : 0;
		if (error)
			return error;
	}
	return 0;
}

int netlink_drain(struct netlink *netlink, netlink_message_fn take, void *context)
{
	bool lost = false;
	int error = 0;

	for (;;) {
		ssize_t length = netlink_receive(netlink);

		if (length == -EAGAIN)
			return lost ? -ENOBUFS : 0;
		if (length == -ENOBUFS || length == -EMSGSIZE)
			lost = true;
		else if (length < 0)
			return reason_set(netlink->env->reason, (int)length,
			                  "netlink notifications: %s",
			                  netlink_error_text((int)length));
		else if (!lost)
			error = drain_datagram(netlink, (size_t)length, take, context);
		if (error)
			return error;
	}
}
