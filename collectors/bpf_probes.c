/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bpf(2): programs of the kinds fentry and tp_btf know their hook since they were loaded, and
 * BPF_RAW_TRACEPOINT_OPEN attaches both; at a cgroup a link is made, beside those of others. The hook
 * is left when the descriptor it gave is closed.
 */
#include "collectors/bpf_probes.h"

#include <assert.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collectors/bpf_load.h"
#include "daemon/cleanup.h"

const char *const bpf_method_names[BPF_METHODS] = {
	[BPF_METHOD_NONE] = "none",
	[BPF_METHOD_FENTRY] = "fentry",
	[BPF_METHOD_TRACEPOINT] = "tracepoint",
	[BPF_METHOD_TIMESTAMP] = "timestamp",
};

DEFINE_CLEANUP(struct bpf_object, bpf_object__close)
DEFINE_CLEANUP(struct bpf_probes, bpf_probes_close)

static int duplicate(int fd)
{
	return fcntl(fd, F_DUPFD_CLOEXEC, 0);
}

static int keep_maps(struct bpf_maps *maps, struct bpf_object *object)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, object)
	{
		size_t i = maps->n;

		assert(i < BPF_MAPS_MAX && strlen(bpf_map__name(map)) < sizeof(maps->maps[i].name));
		maps->maps[i].fd = duplicate(bpf_map__fd(map));
		if (maps->maps[i].fd < 0)
			return -errno;
		(void)stpcpy(maps->maps[i].name, bpf_map__name(map));
		maps->n++;
	}
	return 0;
}

/* Where the refusal of the program is: in the object's order. */
static const struct bpf_refusal *refusal_of(struct bpf_object *object,
                                            const struct bpf_refusals *refusals,
                                            const struct bpf_program *wanted)
{
	struct bpf_program *program;
	size_t i = 0;

	bpf_object__for_each_program(program, object)
	{
		if (program == wanted)
			break;
		i++;
	}
	assert(i < BPF_LOAD_PROGRAMS_MAX);
	return &refusals->programs[i];
}

/* Adds why a way is closed to those that are already. */
static void add_reason(struct reason *reason, const char *way, const char *why)
{
	size_t length = strlen(reason->text);

	(void)snprintf(reason->text + length, sizeof(reason->text) - length, "%s%s: %s",
	               length ? "; " : "", way, why);
}

/* 0: it has the role; 1: it cannot; −errno: descriptors or memory are used up. */
static int try_way(struct bpf_probe *probe, const char *way, struct bpf_object *object,
                   const struct bpf_refusals *refusals)
{
	struct bpf_program *program = bpf_object__find_program_by_name(object, way);
	const struct bpf_refusal *refusal;
	int error;

	assert(program);
	refusal = refusal_of(object, refusals, program);
	if (refusal->error) {
		add_reason(&probe->reason, way, refusal->text);
		return 1;
	}
	probe->fd = duplicate(bpf_program__fd(program));
	if (probe->fd < 0)
		return -errno;
	probe->kind = (int)bpf_program__expected_attach_type(program);
	error = bpf_probe_attach(probe);
	if (error < 0) {
		add_reason(&probe->reason, way, strerror(-error));
		close(steal_fd(&probe->fd));
		return 1;
	}
	probe->way = way;
	probe->method = bpf_load_method(program);
	return 0;
}

static int give_role(struct bpf_probe *probe, struct bpf_object *object,
                     const struct bpf_refusals *refusals)
{
	int r = 1;

	for (size_t i = 0; r > 0 && probe->role->ways[i]; i++)
		r = try_way(probe, probe->role->ways[i], object, refusals);
	return r < 0 ? r : 0;
}

static int open_all(const struct bpf_request *request, struct bpf_probes **ret_probes,
                    struct reason *reason)
{
	struct bpf_probes *probes cleanup(bpf_probes_close) = calloc(1, sizeof(*probes));
	struct bpf_refusals *refusals cleanup(free) = calloc(1, sizeof(*refusals));
	struct bpf_object *object cleanup(bpf_object__close) = NULL;
	int error;

	assert(request->n_roles <= BPF_ROLES_MAX);
	if (!probes || !refusals)
		return reason_set(reason, -ENOMEM, "out of memory");
	for (size_t i = 0; i < request->n_roles; i++)
		probes->probes[i] = (struct bpf_probe){
			.role = &request->roles[i],
			.cgroup_fd = request->cgroup_fd,
			.fd = -1,
			.link_fd = -1,
		};
	probes->n = request->n_roles;
	error = bpf_load(request, refusals, &object, reason);
	if (error < 0)
		return error;
	error = keep_maps(&probes->maps, object);
	for (size_t i = 0; error == 0 && i < request->n_roles; i++)
		error = give_role(&probes->probes[i], object, refusals);
	if (error < 0)
		return reason_set(reason, error, "BPF programs: %s", strerror(-error));
	*ret_probes = steal_pointer(probes);
	return 0;
}

int bpf_probes_request(const struct bpf_request *request, struct bpf_probes **ret_probes,
                       struct reason *reason)
{
	int error = open_all(request, ret_probes, reason);

	/* The kernel's types were allocated among what stays, and the heap would keep their room. */
	(void)malloc_trim(0);
	return error;
}

int bpf_probes_open(const char *name, const struct bpf_role *roles, size_t n_roles,
                    struct bpf_probes **ret_probes, struct reason *reason)
{
	const struct bpf_request request = {
		.name = name,
		.roles = roles,
		.n_roles = n_roles,
		.methods = BPF_METHODS_ALL,
		.cgroup_fd = -1,
	};

	return bpf_probes_request(&request, ret_probes, reason);
}

void bpf_probes_close(struct bpf_probes *probes)
{
	if (!probes)
		return;
	for (size_t i = 0; i < probes->n; i++) {
		bpf_probe_detach(&probes->probes[i]);
		if (probes->probes[i].fd >= 0)
			close(probes->probes[i].fd);
	}
	for (size_t i = 0; i < probes->maps.n; i++)
		close(probes->maps.maps[i].fd);
	free(probes);
}

int bpf_probes_map(const struct bpf_probes *probes, const char *name)
{
	int fd = -1;

	for (size_t i = 0; i < probes->maps.n; i++)
		if (strcmp(probes->maps.maps[i].name, name) == 0)
			fd = probes->maps.maps[i].fd;
	assert(fd >= 0);
	return fd;
}

static int open_link(const struct bpf_probe *probe)
{
	if (probe->kind == BPF_CGROUP_SOCK_OPS)
		return bpf_link_create(probe->fd, probe->cgroup_fd, BPF_CGROUP_SOCK_OPS, NULL);
	if (probe->kind == BPF_TRACE_ITER)
		return bpf_link_create(probe->fd, 0, BPF_TRACE_ITER, NULL);
	return bpf_raw_tracepoint_open(NULL, probe->fd);
}

int bpf_probe_attach(struct bpf_probe *probe)
{
	int fd;

	if (probe->fd < 0)
		return -ENOENT;
	if (probe->link_fd >= 0)
		return 0;
	fd = open_link(probe);
	if (fd < 0)
		return -errno;
	probe->link_fd = fd;
	return 0;
}

void bpf_probe_detach(struct bpf_probe *probe)
{
	if (probe->link_fd >= 0)
		close(steal_fd(&probe->link_fd));
}

/* Nothing is read but that it is over; −EAGAIN after a million of objects. */
static int walk(int iterator_fd)
{
	char nothing;
	ssize_t n;

	do
		n = read(iterator_fd, &nothing, sizeof(nothing));
	while (n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)));
	return n < 0 ? -errno : 0;
}

int bpf_probe_walk(struct bpf_probe *probe)
{
	int error = bpf_probe_attach(probe);
	int fd cleanup(close) = -1;

	if (error < 0)
		return error;
	fd = bpf_iter_create(probe->link_fd);
	error = fd < 0 ? -errno : walk(fd);
	bpf_probe_detach(probe);
	return error;
}

int bpf_probe_account(const struct bpf_probe *probe, struct bpf_probe_account *ret_account)
{
	struct bpf_prog_info info = { 0 };
	uint32_t size = sizeof(info);

	if (probe->fd < 0)
		return -ENOENT;
	if (bpf_obj_get_info_by_fd(probe->fd, &info, &size) < 0)
		return -errno;
	*ret_account = (struct bpf_probe_account){
		.run_nsec = info.run_time_ns,
		.n_runs = info.run_cnt,
		.n_missed = info.recursion_misses,
	};
	return 0;
}
