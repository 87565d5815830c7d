/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One sock_diag reply of any bytes; what is accepted must keep the parser's promises. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/socket/sock_diag.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct nlmsghdr *message, enum socket_protocol protocol)
{
	struct socket_message socket;

	if (socket_message_parse(message, protocol, &socket) < 0)
		return;
	assert(socket.family < SOCKET_FAMILIES);
	assert(socket.state >= SOCKET_ESTABLISHED && socket.state < SOCKET_STATES);
	assert(socket.has_queue || (!socket.queue_bytes && !socket.has_unsent));
	assert(socket.unsent_bytes <= socket.queue_bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct nlmsghdr *message = malloc(size);

	if (message && size >= sizeof(*message)) {
		memcpy(message, data, size);
		message->nlmsg_len = (uint32_t)size;
		check(message, SOCKET_TCP);
		check(message, SOCKET_UDP);
	}
	free(message);
	return 0;
}
