/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Socket activation: the listening sockets that the service manager has opened and passed
 * (sd_listen_fds(3)). They are served instead of http.listen, and the process then needs no right
 * to make IP sockets at all.
 */
#include <stddef.h>

#include "daemon/cleanup.h"
#include "daemon/http.h"
#include "daemon/listener.h"
#include "daemon/reason.h"

struct activation {
	size_t n;                                       /* at least one */
	struct listener *listeners[HTTP_LISTENERS_MAX]; /* in the order passed; NULL: handed on */
};

/*
 * Takes over what was passed, and removes it from the environment, so call it before there is a
 * second thread. 0 and NULL when nothing was passed to this process; −errno and the reason when any
 * of it is not what listener_adopt() takes, there is too much of it, or out of memory (−ENOMEM).
 */
int activation_take(struct reason *reason, struct activation **ret_activation);

/* Hands them all to the server, see http_server_adopt(). */
int activation_serve(struct activation *activation, struct http_server *server,
                     struct reason *reason);

/* Closes those that were not handed on. NULL is accepted. */
void activation_free(struct activation *activation);
DEFINE_CLEANUP(struct activation, activation_free)
