/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The protocol is $LISTEN_PID (whom it is for), $LISTEN_FDS (how many, from descriptor 3 on) and
 * $LISTEN_FDNAMES. sd_listen_fds(3) reads it, and fails as a whole when one of them is not open.
 */
#include "daemon/activation.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <systemd/sd-daemon.h>

static void names_free(char **names)
{
	for (size_t i = 0; names[i]; i++)
		free(names[i]);
	free(names);
}
DEFINE_CLEANUP(char *, names_free)

static int first_closed(void)
{
	int fd = SD_LISTEN_FDS_START;

	while (fcntl(fd, F_GETFD) >= 0)
		fd++;
	return fd;
}

/* How many there are, and their names; the reason is untouched when there are none. */
static int take_descriptors(char ***ret_names, struct reason *reason)
{
	int n = sd_listen_fds_with_names(true, ret_names);

	if (n == -EBADF)
		return reason_set(reason, n, "descriptor %d passed by the service manager: %s",
		                  first_closed(), strerror(-n));
	if (n < 0)
		return reason_set(reason, n,
		                  "descriptors passed by the service manager ($LISTEN_FDS): %s",
		                  strerror(-n));
	if (n > HTTP_LISTENERS_MAX)
		return reason_set(reason, -E2BIG,
		                  "%d descriptors passed by the service manager, more than %d", n,
		                  HTTP_LISTENERS_MAX);
	return n;
}

int activation_take(struct reason *reason, struct activation **ret_activation)
{
	cleanup(activation_free) struct activation *activation = NULL;
	cleanup(names_free) char **names = NULL;
	int n = take_descriptors(&names, reason);

	if (n < 0)
		return n;
	if (n == 0) {
		*ret_activation = NULL;
		return 0;
	}
	activation = calloc(1, sizeof(*activation));
	if (!activation)
		return reason_set(reason, -ENOMEM, "%s", strerror(ENOMEM));
	for (; activation->n < (size_t)n; activation->n++) {
		int r = listener_adopt(SD_LISTEN_FDS_START + (int)activation->n,
		                       names[activation->n], reason,
		                       &activation->listeners[activation->n]);

		if (r < 0)
			return r;
	}
	*ret_activation = steal_pointer(activation);
	return 0;
}

int activation_serve(struct activation *activation, struct http_server *server,
                     struct reason *reason)
{
	for (size_t i = 0; i < activation->n; i++) {
		int r = http_server_adopt(server, steal_pointer(activation->listeners[i]), reason);

		if (r < 0)
			return r;
	}
	return 0;
}

void activation_free(struct activation *activation)
{
	if (!activation)
		return;
	for (size_t i = 0; i < activation->n; i++)
		listener_close(activation->listeners[i]);
	free(activation);
}
