/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "collectors/latency/latency_timestamps.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bpf/latency_timestamp.h"
#include "collectors/bpf_values.h"
#include "collectors/cgroup_mount.h"

#define OWN_NAMESPACE "/proc/self/ns/net"

enum {
	ROLE_SOCKETS,
	ROLE_CALLBACKS,
	ROLES,
};

static const struct bpf_role roles[ROLES] = {
	[ROLE_SOCKETS] = { "sockets_there", { "sockets_there" } },
	[ROLE_CALLBACKS] = { "callbacks", { "callbacks" } },
};

struct latency_timestamps {
	struct bpf_probes *probes;
	int cgroup_fd;
	bool flagging; /* sockets have the flag */
};

static int open_cgroup(struct latency_timestamps *timestamps, struct reason *reason)
{
	struct cgroup_mount mount;
	int error = cgroup_mount_open("/proc/self/mountinfo", &mount, &timestamps->cgroup_fd);

	if (error == -ENOENT)
		return reason_set(reason, -EOPNOTSUPP, "cgroup v2 is not mounted");
	return error < 0 ? reason_set(reason, error, "cgroup v2: %s", strerror(-error)) : 0;
}

static int open_probes(struct latency_timestamps *timestamps, const struct bpf_maps *maps,
                       struct reason *reason)
{
	const struct bpf_request request = {
		.name = "latency_timestamp",
		.roles = roles,
		.n_roles = ROLES,
		.methods = 1U << BPF_METHOD_TIMESTAMP,
		.needs = "bpf_sock_ops_enable_tx_tstamp", /* 6.15 */
		.maps = maps,
		.cgroup_fd = timestamps->cgroup_fd,
	};
	int error = bpf_probes_request(&request, &timestamps->probes, reason);

	for (size_t i = 0; error == 0 && i < ROLES; i++) {
		struct bpf_probe *probe = &timestamps->probes->probes[i];

		bpf_probe_detach(probe);
		if (!probe->way)
			error = reason_set(reason, -EOPNOTSUPP, "%s", probe->reason.text);
	}
	return error;
}

static int put_settings(const struct latency_timestamps *timestamps, unsigned segments,
                        struct reason *reason)
{
	struct latency_timestamp_settings settings = { .segments = segments };
	const uint32_t first = 0;
	struct stat status;
	int error;

	if (stat(OWN_NAMESPACE, &status) < 0)
		return reason_set(reason, -errno, "%s: %s", OWN_NAMESPACE, strerror(errno));
	settings.netns = (uint32_t)status.st_ino;
	error = bpf_values_put(bpf_probes_map(timestamps->probes, "timestamps"), &first, &settings);
	return error < 0 ? reason_set(reason, error, "settings: %s", strerror(-error)) : 0;
}

int latency_timestamps_open(const struct bpf_maps *maps, unsigned segments,
                            struct latency_timestamps **ret_timestamps, struct reason *reason)
{
	struct latency_timestamps *timestamps cleanup(latency_timestamps_close) =
		calloc(1, sizeof(*timestamps));
	int error;

	if (!timestamps)
		return reason_set(reason, -ENOMEM, "out of memory");
	timestamps->cgroup_fd = -1;
	error = open_cgroup(timestamps, reason);
	if (!error)
		error = open_probes(timestamps, maps, reason);
	if (!error)
		error = put_settings(timestamps, segments, reason);
	if (error < 0)
		return error;
	*ret_timestamps = steal_pointer(timestamps);
	return 0;
}

void latency_timestamps_close(struct latency_timestamps *timestamps)
{
	if (!timestamps)
		return;
	bpf_probes_close(timestamps->probes);
	if (timestamps->cgroup_fd >= 0)
		close(timestamps->cgroup_fd);
	free(timestamps);
}

const struct bpf_probes *latency_timestamps_probes(const struct latency_timestamps *timestamps)
{
	return timestamps->probes;
}

/* By the settings, they are flagged or not any more. */
static int flag_sockets(struct latency_timestamps *timestamps)
{
	return bpf_probe_walk(&timestamps->probes->probes[ROLE_SOCKETS]);
}

int latency_timestamps_begin(struct latency_timestamps *timestamps, struct reason *reason)
{
	int error;

	if (!timestamps)
		return 0;
	/* Before sockets are looked for: between the two some could come. */
	error = bpf_probe_attach(&timestamps->probes->probes[ROLE_CALLBACKS]);
	if (!error) {
		timestamps->flagging = true;
		error = flag_sockets(timestamps);
	}
	return error < 0 ? reason_set(reason, error, "timestamps: %s", strerror(-error)) : 0;
}

void latency_timestamps_stop(struct latency_timestamps *timestamps)
{
	if (!timestamps || !timestamps->flagging)
		return;
	timestamps->flagging = false;
	(void)flag_sockets(timestamps);
}

void latency_timestamps_end(struct latency_timestamps *timestamps)
{
	if (timestamps)
		bpf_probe_detach(&timestamps->probes->probes[ROLE_CALLBACKS]);
}
