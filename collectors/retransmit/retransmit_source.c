/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Of the two maps of owners the programs count in one. To take what is in it they are told to count
 * in the other, which is empty; when none of them can be at the first any more, it is read and
 * emptied. So nothing is counted twice or not at all, and a map holds what happens between two
 * samples, not all cgroups that ever were.
 */
#include "collectors/retransmit/retransmit_source.h"

#include <assert.h>
#include <errno.h>
#include <linux/membarrier.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "collectors/bpf_account.h"
#include "collectors/bpf_probes.h"
#include "collectors/bpf_values.h"

#define GRACE_USEC 20000 /* where the kernel cannot be asked: a program takes a microsecond */
#define DELETE_MAX 1000
#define N_MAPS     2

enum role {
	RETRANSMIT,
	SYNACK,
	SEND, /* from here on: for comm alone */
	RECEIVE,
	OPEN,
	ROLES,
};

static const struct bpf_role roles[ROLES] = {
	[RETRANSMIT] = { "retransmit", { "retransmit_error", "retransmit" } },
	[SYNACK] = { "synack", { "tcp_retransmit_synack" } },
	[SEND] = { "send", { "send_fentry", "send_tracepoint", "sent_tracepoint" } },
	[RECEIVE] = { "receive", { "receive" } },
	[OPEN] = { "open", { "open_socket" } },
};

struct retransmit_source {
	struct bpf_probes *probes;
	int map_fds[N_MAPS];
	struct retransmit_settings settings;
	struct retransmit_overflow overflow; /* as it was last read */

	struct retransmit_owner owners[RETRANSMIT_OWNERS];
	struct retransmit_counts counts[RETRANSMIT_OWNERS];
};

static const uint32_t first;

int retransmit_source_open(struct retransmit_source **ret_source, struct reason *reason)
{
	struct retransmit_source *source cleanup(retransmit_source_close) =
		calloc(1, sizeof(*source));
	int error;

	if (!source)
		return reason_set(reason, -ENOMEM, "out of memory");
	error = bpf_probes_open("retransmit", roles, ROLES, &source->probes, reason);
	if (error)
		return error;
	assert(source->probes);
	if (!source->probes->probes[RETRANSMIT].way)
		return reason_set(reason, -EOPNOTSUPP, "retransmissions are not told: %s",
		                  source->probes->probes[RETRANSMIT].reason.text);
	source->map_fds[0] = bpf_probes_map(source->probes, "owners_0");
	source->map_fds[1] = bpf_probes_map(source->probes, "owners_1");
	*ret_source = steal_pointer(source);
	return 0;
}

void retransmit_source_close(struct retransmit_source *source)
{
	if (!source)
		return;
	bpf_probes_close(source->probes);
	free(source);
}

static int put_settings(struct retransmit_source *source, struct reason *reason)
{
	int error = bpf_values_put(bpf_probes_map(source->probes, "settings"), &first,
	                           &source->settings);

	if (error < 0)
		return reason_set(reason, error, "settings of the BPF programs: %s",
		                  strerror(-error));
	return 0;
}

int retransmit_source_configure(struct retransmit_source *source, uint64_t netns, bool comm,
                                struct reason *reason)
{
	source->settings.netns = (uint32_t)netns;
	source->settings.comm = comm;
	for (size_t role = SEND; role < ROLES; role++) {
		struct bpf_probe *probe = &source->probes->probes[role];
		int error = 0;

		if (comm)
			error = bpf_probe_attach(probe);
		else
			bpf_probe_detach(probe);
		if (error < 0 && error != -ENOENT)
			return reason_set(reason, error, "attaching the BPF program %s: %s",
			                  probe->way, strerror(-error));
	}
	return put_settings(source, reason);
}

/* Returns when every program that runs now has ended: a grace period of RCU. */
static void wait_for_programs(void)
{
	if (syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0) < 0)
		(void)usleep(GRACE_USEC); /* not with nohz_full */
}

/* −EBUSY: another CPU held the lock that this key shares with others. */
static int delete (int map_fd, const struct retransmit_owner *owner)
{
	int error = -EBUSY;

	for (int i = 0; error == -EBUSY && i < DELETE_MAX; i++)
		error = bpf_values_delete(map_fd, owner);
	return error;
}

static int read_map(struct retransmit_source *source, int map_fd, size_t *ret_n,
                    struct reason *reason)
{
	int error = bpf_values_read_all(map_fd, source->owners, source->counts, RETRANSMIT_OWNERS,
	                                ret_n);

	if (error < 0)
		return reason_set(reason, error, "reading a BPF map: %s", strerror(-error));
	return 0;
}

/* What cannot be deleted is left for the next time. */
static size_t empty_map(struct retransmit_source *source, int map_fd, size_t n)
{
	size_t n_taken = 0;

	for (size_t i = 0; i < n; i++) {
		if (delete (map_fd, &source->owners[i]) < 0)
			continue;
		source->owners[n_taken] = source->owners[i];
		source->counts[n_taken] = source->counts[i];
		n_taken++;
	}
	return n_taken;
}

static int take_owners(struct retransmit_source *source, size_t *ret_n, struct reason *reason)
{
	int map_fd = source->map_fds[source->settings.active];
	size_t n = 0;
	int error = read_map(source, map_fd, &n, reason);

	*ret_n = 0;
	if (error < 0 || n == 0)
		return error;
	source->settings.active = (source->settings.active + 1) % N_MAPS;
	error = put_settings(source, reason);
	if (error < 0) {
		source->settings.active = (source->settings.active + 1) % N_MAPS;
		return error;
	}
	wait_for_programs();
	error = read_map(source, map_fd, &n, reason);
	if (error == 0)
		*ret_n = empty_map(source, map_fd, n);
	return error;
}

/* These are never made 0: what is new is the difference. */
static void subtract(const struct retransmit_counts *now, const struct retransmit_counts *before,
                     struct retransmit_counts *ret_counts)
{
	for (size_t kind = 0; kind < RETRANSMIT_KINDS; kind++) {
		ret_counts->packets[kind] = now->packets[kind] - before->packets[kind];
		ret_counts->segments[kind] = now->segments[kind] - before->segments[kind];
	}
}

int retransmit_source_take(struct retransmit_source *source, struct retransmit_sample *ret_sample,
                           struct reason *reason)
{
	struct retransmit_overflow overflow;
	int error = bpf_values_get(bpf_probes_map(source->probes, "overflow"), &first, &overflow);

	if (error < 0)
		return reason_set(reason, error, "reading a BPF map: %s", strerror(-error));
	error = take_owners(source, &ret_sample->n, reason);
	if (error < 0)
		return error;
	ret_sample->owners = source->owners;
	ret_sample->counts = source->counts;
	subtract(&overflow.counts, &source->overflow.counts, &ret_sample->nobodys);
	source->overflow = overflow;
	return 0;
}

void retransmit_source_account(const struct retransmit_source *source,
                               struct collector_tally *tally, struct reason *ret_lack)
{
	uint64_t n_unplaced = 0;

	bpf_account_programs(source->probes, tally);
	for (size_t kind = 0; kind < RETRANSMIT_KINDS; kind++)
		n_unplaced += source->overflow.counts.packets[kind];
	bpf_account_loss(tally, "map_full", n_unplaced);
	bpf_account_loss(tally, "no_memory", source->overflow.n_storage_failures);

	ret_lack->text[0] = '\0';
	for (size_t role = SYNACK; role < ROLES; role++) {
		const struct bpf_probe *probe = &source->probes->probes[role];
		size_t length = strlen(ret_lack->text);

		if (probe->way || (role >= SEND && !source->settings.comm))
			continue;
		(void)snprintf(ret_lack->text + length, sizeof(ret_lack->text) - length,
		               "%sno %s (%s)", length ? "; " : "", probe->role->name,
		               probe->reason.text);
	}
}
