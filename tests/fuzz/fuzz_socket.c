/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sock_diag replies of any bytes, as those of each protocol. What is accepted must keep the parser's
 * promises, and goes through a census of which every fifth sample is given up, out into metrics and
 * JSON.
 */
#include <assert.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/socket/socket_json.h"
#include "collectors/socket/socket_metrics.h"
#include "collectors/socket/socket_view.h"
#include "collectors/socket/unix_message.h"
#include "tests/unit/socket_sample.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct socket_sample sample;
static struct socket_census *census;
static struct batch *batch;
static uint64_t now_usec = USEC_PER_SEC;

static bool is_sane(const struct socket_message *socket)
{
	return socket->family < SOCKET_FAMILIES && socket->state >= SOCKET_ESTABLISHED &&
		socket->state < SOCKET_STATES && (socket->has_queue || !socket->queue_bytes) &&
		socket_message_unsent(socket) <= socket->queue_bytes &&
		socket->algorithm[SOCKET_ALGORITHM_SIZE - 1] == '\0' &&
		(socket->protocol == SOCKET_TCP || !socket->info_length);
}

static int parse(const struct nlmsghdr *message, enum socket_protocol protocol,
                 struct socket_message *socket)
{
	if (protocol == SOCKET_UNIX)
		return unix_message_parse(message, socket);
	return socket_message_parse(message, protocol, socket);
}

static void add(const struct nlmsghdr *message)
{
	for (unsigned protocol = 0; protocol < SOCKET_PROTOCOLS; protocol++) {
		struct socket_message socket;

		if (parse(message, protocol, &socket) < 0)
			continue;
		assert(socket.protocol == protocol);
		assert(is_sane(&socket));
		socket_census_add(census, &socket);
	}
}

static void publish(void)
{
	json_t *document = NULL;

	batch_reset(batch, SIZE_MAX);
	socket_metrics_write(census, NULL, batch);
	socket_metrics_write_bound(&sample.bound, batch);
	socket_view_leave(census, NULL, batch);
	assert(batch_error(batch) == 0);
	assert(socket_view.answer(batch, NULL, 0, &document, &sample.reason) == 0);
	json_decref(document);
	for (unsigned i = 0; i < SOCKET_PROTOCOLS; i++)
		for (size_t j = 0; j < census->groups[i].n; j++)
			assert(census->groups[i].groups[j].sums.unsent_bytes <=
			       census->groups[i].groups[j].sums.queue_bytes);
}

static bool begin(void)
{
	if (census)
		return true;
	sample_init(&sample, "local_port peer algorithm");
	sample.bound.max = 64;
	sample.env.scope.max_groups = 4;
	if (owner_table_open(&sample.env, NULL, &sample.setup.owners) < 0)
		return false;
	batch = batch_new(SIZE_MAX);
	return batch && socket_census_new(&sample.setup, &census) == 0;
}

/* All messages of the input, one behind the other, each in memory of exactly its length. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!begin())
		return 0;
	now_usec += USEC_PER_SEC;
	socket_census_begin(census, now_usec);
	for (size_t left = size; left >= NLMSG_HDRLEN;) {
		struct nlmsghdr header, *message;
		size_t length;

		memcpy(&header, data + size - left, sizeof(header));
		length = header.nlmsg_len;
		if (length < NLMSG_HDRLEN || length > left)
			length = left;
		message = malloc(length);
		if (!message)
			break;
		memcpy(message, data + size - left, length);
		message->nlmsg_len = (uint32_t)length;
		add(message);
		free(message);
		left -= NLMSG_ALIGN(length) < left ? NLMSG_ALIGN(length) : left;
	}
	if (now_usec / USEC_PER_SEC % 5 == 0)
		return 0;
	if (socket_census_end(census) == 0)
		publish();
	return 0;
}
