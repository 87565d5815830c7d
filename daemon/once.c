/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The same workers and the same rendering as behind /metrics, waited for instead of served. */
#include "daemon/once.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/eventfd.h>

#include "daemon/clock.h"
#include "daemon/crew.h"
#include "daemon/exposition.h"
#include "daemon/log.h"
#include "daemon/self.h"

#define WAIT_USEC (10 * USEC_PER_SEC)

/* Until every collector has had its first sample, or the time is over. */
static void wait_for_samples(const struct crew *crew, int changed_fd)
{
	uint64_t deadline_usec = monotonic_usec() + WAIT_USEC, now_usec, n;

	while (!crew_has_started(crew) && (now_usec = monotonic_usec()) < deadline_usec) {
		struct pollfd changed = { .fd = changed_fd, .events = POLLIN };

		(void)poll(&changed, 1, (int)((deadline_usec - now_usec) / 1000));
		(void)!read(changed_fd, &n, sizeof(n));
	}
}

static int write_exposition(const struct crew *crew, struct self *self)
{
	struct exposition *exposition cleanup(exposition_free) = exposition_new(crew, self);
	struct http_reply reply;
	int r;

	if (!exposition)
		return -ENOMEM;
	r = exposition_reply(exposition, EXPOSITION_EVERYTHING, &reply);
	if (r < 0)
		return r;
	(void)fwrite(reply.body, 1, reply.n_body_bytes, stdout); /* the caller looks at stdout */
	reply.release(reply.owner);
	return 0;
}

int once_run(const struct collector_ops *const *collectors, struct settings *settings)
{
	struct self_reload loaded = { true, clock_nsec(CLOCK_REALTIME) / NSEC_PER_USEC };
	struct crew *crew cleanup(crew_free) = NULL;
	struct self *self cleanup(self_free) = NULL;
	struct reason reason = { "" };
	size_t n_ok, n_enabled;
	int changed_fd; /* not closed: a worker that is left behind may write it */
	int r;

	changed_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (changed_fd < 0)
		return -errno;
	r = crew_start(collectors, settings, WORKER_BUDGET_NONE, changed_fd, &crew, &reason);
	if (r < 0 && reason.text[0])
		log_error("%s", reason.text);
	if (r == 0)
		r = self_new(crew, NULL, &loaded, &self);
	if (r < 0)
		return r;
	wait_for_samples(crew, changed_fd);
	crew_count(crew, &n_ok, &n_enabled);
	r = write_exposition(crew, self);
	if (r == 0 && n_ok == 0)
		r = -ENODATA;
	return r;
}
