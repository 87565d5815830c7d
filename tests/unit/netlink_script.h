/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A kernel that is scripted, for the transport: what each receive answers, and what was sent. The
 * transport's own source comes with it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <libmnl/libmnl.h>

#define mnl_socket_open2      scripted_open
#define mnl_socket_bind       scripted_bind
#define mnl_socket_setsockopt scripted_setsockopt
#define mnl_socket_get_portid scripted_portid
#define mnl_socket_get_fd     scripted_fd
#define mnl_socket_sendto     scripted_send
#define mnl_socket_recvfrom   scripted_receive
#define mnl_socket_close      scripted_close
#define namespace_door_visit  scripted_visit

struct mnl_socket *mnl_socket_open2(int bus, int flags);
int mnl_socket_bind(struct mnl_socket *socket, unsigned groups, pid_t pid);
int mnl_socket_setsockopt(const struct mnl_socket *socket, int option, void *value,
                          socklen_t length);
unsigned mnl_socket_get_portid(const struct mnl_socket *socket);
int mnl_socket_get_fd(const struct mnl_socket *socket);
ssize_t mnl_socket_sendto(const struct mnl_socket *socket, const void *bytes, size_t length);
ssize_t mnl_socket_recvfrom(const struct mnl_socket *socket, void *buffer, size_t size);
int mnl_socket_close(struct mnl_socket *socket);

#include "collectors/netlink.c"
#include "collectors/netlink_socket.c"

#define PORT_ID   4711
#define STEPS_MAX 32

/* One answer of receive: a datagram of messages, or an error. */
struct step {
	int error;
	size_t length;
	struct nlmsghdr *messages[8];
	size_t n_messages;
	_Alignas(8) unsigned char bytes[2048];
};

static struct {
	struct step steps[STEPS_MAX];
	size_t n_steps, next;
	uint32_t sequence; /* of the last request */
	uint16_t type;
	int open_error, send_error, join_error;
	uint32_t group; /* joined */
	int fd;
	unsigned n_opened, n_closed, n_sent;
	unsigned options;

	struct namespace_door *door; /* behind which sockets are to be made */
	bool inside;

	unsigned n_taken;
	uint32_t taken[STEPS_MAX];
	int take_error;

	struct collector_tally tally;
	struct reason reason;
	struct collector_env env;
	struct netlink *netlink;
} script;

int namespace_door_visit(struct namespace_door *door, int (*call)(void *context), void *context,
                         struct reason *reason)
{
	int error;

	assert_ptr_equal(door, script.door);
	if (door->refused)
		return reason_set(reason, -EPERM, "refused");
	script.inside = true;
	error = call(context);
	script.inside = false;
	return error;
}

struct mnl_socket *mnl_socket_open2(int bus, int flags)
{
	static char place;

	assert_true(flags & SOCK_CLOEXEC);
	assert_int_equal(script.inside, script.door != NULL);
	(void)bus;
	script.n_opened++;
	errno = script.open_error;
	return script.open_error ? NULL : (void *)&place;
}

int mnl_socket_bind(struct mnl_socket *socket, unsigned groups, pid_t pid)
{
	(void)socket;
	(void)groups;
	assert_int_equal(pid, MNL_SOCKET_AUTOPID);
	return 0;
}

int mnl_socket_setsockopt(const struct mnl_socket *socket, int option, void *value,
                          socklen_t length)
{
	(void)socket;
	assert_int_equal(length, sizeof(int));
	if (option == NETLINK_ADD_MEMBERSHIP) {
		script.group = *(uint32_t *)value;
		errno = script.join_error;
		return script.join_error ? -1 : 0;
	}
	assert_int_equal(*(int *)value, 1);
	script.options |= 1U << option;
	errno = ENOPROTOOPT; /* an old kernel */
	return -1;
}

unsigned mnl_socket_get_portid(const struct mnl_socket *socket)
{
	(void)socket;
	return PORT_ID;
}

int mnl_socket_get_fd(const struct mnl_socket *socket)
{
	assert_non_null(socket);
	return script.fd;
}

ssize_t mnl_socket_sendto(const struct mnl_socket *socket, const void *bytes, size_t length)
{
	const struct nlmsghdr *message = bytes;

	(void)socket;
	assert_false(script.inside);
	assert_int_equal(message->nlmsg_len, length);
	assert_int_equal(message->nlmsg_flags, NLM_F_REQUEST | NLM_F_DUMP);
	script.n_sent++;
	script.sequence = message->nlmsg_seq;
	script.type = message->nlmsg_type;
	errno = script.send_error;
	return script.send_error ? -1 : (ssize_t)length;
}

/* Sequences and port ids are written relative to what is right. */
ssize_t mnl_socket_recvfrom(const struct mnl_socket *socket, void *buffer, size_t size)
{
	struct step *step = &script.steps[script.next++];

	assert_non_null(socket);
	assert_true(script.next <= script.n_steps);
	errno = step->error;
	if (step->error)
		return -1;
	for (size_t i = 0; i < step->n_messages; i++) {
		step->messages[i]->nlmsg_seq += script.sequence;
		step->messages[i]->nlmsg_pid += PORT_ID;
	}
	assert_true(step->length <= size);
	memcpy(buffer, step->bytes, step->length);
	return (ssize_t)step->length;
}

int mnl_socket_close(struct mnl_socket *socket)
{
	assert_non_null(socket);
	script.n_closed++;
	return 0;
}

static struct step *add_step(int error)
{
	assert_true(script.n_steps < STEPS_MAX);
	script.steps[script.n_steps].error = error;
	return &script.steps[script.n_steps++];
}

static struct nlmsghdr *add_message(struct step *step, uint16_t type, const void *body, size_t size)
{
	struct nlmsghdr *message = (void *)(step->bytes + step->length);

	step->messages[step->n_messages++] = message;
	message->nlmsg_len = (uint32_t)(NLMSG_HDRLEN + size);
	message->nlmsg_type = type;
	message->nlmsg_flags = NLM_F_MULTI;
	memcpy(mnl_nlmsg_get_payload(message), body, size);
	step->length += NLMSG_ALIGN(message->nlmsg_len);
	return message;
}

static struct nlmsghdr *add_object(struct step *step, uint32_t number)
{
	return add_message(step, 0x24, &number, sizeof(number));
}

static struct nlmsghdr *add_done(struct step *step, int error)
{
	return add_message(step, NLMSG_DONE, &error, sizeof(error));
}

/* NLMSG_ERROR or NLMSG_DONE with words. */
static struct nlmsghdr *add_words(struct step *step, struct nlmsghdr *message, const char *words)
{
	mnl_attr_put(message, NLMSGERR_ATTR_MSG, strlen(words) + 1, words);
	message->nlmsg_flags |= NLM_F_ACK_TLVS;
	step->length = (size_t)((unsigned char *)message - step->bytes) + message->nlmsg_len;
	return message;
}

static int take(const struct nlmsghdr *message, void *context)
{
	assert_ptr_equal(context, &script);
	assert_int_equal(message->nlmsg_type, 0x24);
	memcpy(&script.taken[script.n_taken++], mnl_nlmsg_get_payload(message), 4);
	return script.take_error;
}

static int dump(void)
{
	const struct netlink_request request = { "RTM_GETTEST dump", 0x26, "12345678", 8 };

	return netlink_dump(script.netlink, &request, take, &script);
}

static int begin(void **state)
{
	(void)state;
	memset(&script, 0, sizeof(script));
	script.env = (struct collector_env){ .tally = &script.tally, .reason = &script.reason };
	return netlink_open(&script.env, NETLINK_ROUTE, 0, &script.netlink);
}

static int end(void **state)
{
	(void)state;
	netlink_close(script.netlink);
	assert_int_equal(script.n_opened, script.n_closed);
	return 0;
}
