/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the loop does is in the on_ functions; each returns 0, or sd-event would switch it off. */
#include "daemon/control.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>

#include "daemon/clock.h"
#include "daemon/crew.h"
#include "daemon/endpoints.h"
#include "daemon/exposition.h"
#include "daemon/log.h"
#include "daemon/self.h"

#define WATCH_USEC (5 * USEC_PER_SEC) /* how soon a stall is in the log; how long READY may wait */

struct control {
	const struct control_setup *setup;
	sd_event *event;
	int changed_fd; /* an eventfd of the workers; left open for one that is left behind */
	struct settings *settings;
	struct http_server *server;
	struct crew *crew;
	struct self *self;
	struct exposition *exposition;
	struct self_reload reload;
	struct endpoints *endpoints;
	bool ready;
	char status[256]; /* as the service manager has it */
	uint64_t stalled; /* bit per collector that is known to be */
};

static void control_release(struct control *control)
{
	http_server_free(control->server); /* before what its replies hold */
	endpoints_free(control->endpoints);
	exposition_free(control->exposition);
	self_free(control->self);
	crew_free(control->crew);
	settings_unref(control->settings);
	sd_event_unref(control->event);
}

int control_load(struct settings_schema *schema, const struct settings_source *source,
                 struct settings **ret_settings)
{
	struct configuration_faults faults = { 0 };
	int r = settings_load(schema, source, &faults, ret_settings);

	for (size_t i = 0; i < faults.n; i++)
		log_error("%s", faults.texts[i]);
	if (r < 0 && faults.n == 0)
		log_error("configuration: %s", strerror(-r));
	configuration_faults_clear(&faults);
	return r;
}

/* Logs each stall when it begins; that it ended is told by the worker itself. */
static void watch_stalls(struct control *control)
{
	struct worker_status status;
	uint64_t stalled = 0;

	for (size_t i = 0; i < crew_size(control->crew); i++) {
		struct worker *worker = crew_worker(control->crew, i);

		if (!worker)
			continue;
		worker_status(worker, monotonic_usec(), &status);
		if (status.state != WORKER_STALLED)
			continue;
		stalled |= UINT64_C(1) << i;
		if (!(control->stalled & UINT64_C(1) << i))
			log_warning("collector %s: stalled: %s",
			            crew_collector(control->crew, i)->name, status.reason.text);
	}
	control->stalled = stalled;
}

/* Tells the service manager what has changed; state is "" or lines of sd_notify(3). */
static void notify(struct control *control, const char *state)
{
	char status[sizeof(control->status)];
	const char *url = http_server_url(control->server, 0);
	size_t n_ok, n_enabled;

	crew_count(control->crew, &n_ok, &n_enabled);
	(void)snprintf(status, sizeof(status), "%zu of %zu collectors up, serving %s", n_ok,
	               n_enabled, url ? url : "nowhere");
	/* A message waits when the manager does not read, so there are no idle ones. */
	if (state[0] == '\0' && strcmp(status, control->status) == 0)
		return;
	memcpy(control->status, status, sizeof(status));
	(void)sd_notifyf(false, "%sSTATUS=%s", state, status);
}

static void watch(struct control *control, bool waited_enough)
{
	bool ready = control->ready || waited_enough || crew_has_started(control->crew);

	watch_stalls(control);
	if (ready && !control->ready)
		http_server_accept(control->server, true);
	notify(control, ready && !control->ready ? "READY=1\n" : "");
	control->ready = ready;
}

static int on_worker_changed(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	uint64_t n;

	(void)source;
	(void)events;
	(void)!read(fd, &n, sizeof(n)); /* only to make it unreadable again */
	watch(userdata, false);
	return 0;
}

static int on_watch_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	(void)usec;
	watch(userdata, true);
	(void)sd_event_source_set_time_relative(source, WATCH_USEC);
	(void)sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
	return 0;
}

static void log_urls(const struct http_server *server)
{
	const char *url;

	for (size_t i = 0; (url = http_server_url(server, i)); i++)
		log_info("serving %s%s", url, strncmp(url, "http", 4) == 0 ? "/metrics" : "");
}

static int reload(struct control *control)
{
	struct settings *settings cleanup(settings_unref) = NULL;
	struct reason reason = { "" };
	int r;

	r = control_load(control->setup->schema, control->setup->source, &settings);
	if (r < 0)
		return r;
	r = http_server_apply(control->server, settings_http(settings), &reason);
	if (r < 0) {
		log_error("%s", reason.text);
		return r;
	}
	/* From here on the new settings are in force, whatever becomes of one collector. */
	r = crew_apply(control->crew, settings);
	if (r < 0)
		log_error("starting a collector: %s", strerror(-r));
	settings_unref(control->settings);
	control->settings = steal_pointer(settings);
	return 0;
}

static int on_hangup(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata)
{
	struct control *control = userdata;

	(void)source;
	(void)info;
	(void)sd_notifyf(false, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64, monotonic_usec());
	control->reload.successful = reload(control) == 0;
	if (control->reload.successful) {
		control->reload.success_usec = clock_nsec(CLOCK_REALTIME) / NSEC_PER_USEC;
		log_notice("configuration reloaded");
		log_urls(control->server);
	} else {
		log_error("configuration not reloaded; the one before stays in force");
	}
	self_invalidate(control->self);
	notify(control, "READY=1\n");
	return 0;
}

static int on_terminate(sd_event_source *source, const struct signalfd_siginfo *info,
                        void *userdata)
{
	(void)info;
	(void)userdata;
	return sd_event_exit(sd_event_source_get_event(source), 0);
}

static void block_signals(void)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	sigaddset(&signals, SIGPIPE); /* a client that hangs up is an error of one write */
	(void)sigprocmask(SIG_BLOCK, &signals, NULL);
}

static int add_sources(struct control *control)
{
	int r;

	r = sd_event_add_signal(control->event, NULL, SIGTERM, on_terminate, control);
	if (r >= 0)
		r = sd_event_add_signal(control->event, NULL, SIGINT, on_terminate, control);
	if (r >= 0)
		r = sd_event_add_signal(control->event, NULL, SIGHUP, on_hangup, control);
	if (r >= 0)
		r = sd_event_add_io(control->event, NULL, control->changed_fd, EPOLLIN,
		                    on_worker_changed, control);
	if (r >= 0)
		r = sd_event_add_time_relative(control->event, NULL, CLOCK_MONOTONIC, WATCH_USEC,
		                               USEC_PER_SEC, on_watch_timer, control);
	if (r >= 0)
		r = sd_event_set_watchdog(control->event, true);
	return r < 0 ? r : 0;
}

/* Starts what needs few privileges or none, and drops the others. */
static int start_crew(struct control *control, struct reason *reason)
{
	int r;

	control->changed_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (control->changed_fd < 0)
		return -errno;
	r = crew_start(control->setup->collectors, control->settings, WORKER_BUDGET_SETTINGS,
	               control->changed_fd, &control->crew, reason);
	if (r < 0)
		return r;
	r = self_new(control->crew, control->server, &control->reload, &control->self);
	if (r < 0)
		return r;
	control->exposition = exposition_new(control->crew, control->self);
	return control->exposition ? 0 : -ENOMEM;
}

/* A server of all paths, which listens nowhere yet. */
static int make_server(struct control *control)
{
	struct endpoint_routes routes;

	control->endpoints = endpoints_new(control->setup->collectors);
	if (!control->endpoints)
		return -ENOMEM;
	routes = endpoints_routes(control->endpoints);
	return http_server_new(control->event, routes.routes, routes.n, control->endpoints,
	                       &control->server);
}

static int start(struct control *control, struct reason *reason)
{
	int r;

	block_signals();
	r = sd_event_new(&control->event);
	if (r >= 0)
		r = make_server(control);
	if (r < 0)
		return r;
	if (control->setup->activation)
		r = activation_serve(control->setup->activation, control->server, reason);
	if (r >= 0)
		r = http_server_apply(control->server, settings_http(control->settings), reason);
	if (r >= 0)
		r = start_crew(control, reason);
	if (r < 0)
		return r;
	endpoints_start(control->endpoints, control->crew, control->exposition);
	control->reload = (struct self_reload){ true, clock_nsec(CLOCK_REALTIME) / NSEC_PER_USEC };
	r = add_sources(control);
	if (r < 0)
		return r;
	if (control->setup->activation) {
		/* The one who caused the start waits for a whole exposition, not for an empty one. */
		http_server_accept(control->server, false);
		log_notice("the service manager has passed the sockets to serve: "
		           "http.listen and --listen are not used");
	}
	log_urls(control->server);
	return 0;
}

int control_run(const struct control_setup *setup)
{
	struct control control = { .setup = setup,
		                   .changed_fd = -1,
		                   .settings = settings_ref(setup->settings) };
	struct reason reason = { "" };
	int r;

	r = start(&control, &reason);
	if (r == 0)
		r = sd_event_loop(control.event);
	else
		log_error("cannot start: %s", reason.text[0] ? reason.text : strerror(-r));
	(void)sd_notify(false, "STOPPING=1\nSTATUS=stopping");
	control_release(&control);
	return r;
}
