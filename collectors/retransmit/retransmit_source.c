/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "collectors/retransmit/retransmit_source.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "collectors/bpf_account.h"
#include "collectors/bpf_probes.h"
#include "collectors/bpf_turns.h"
#include "collectors/bpf_values.h"

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
	struct bpf_turns turns;
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
	source->turns = (struct bpf_turns){
		.map_fds = { bpf_probes_map(source->probes, "owners_0"),
		             bpf_probes_map(source->probes, "owners_1") },
		.key_size = sizeof(source->owners[0]),
		.value_size = sizeof(source->counts[0]),
		.max = RETRANSMIT_OWNERS,
		.keys = source->owners,
		.values = source->counts,
		.settings_fd = bpf_probes_map(source->probes, "settings"),
		.settings = &source->settings,
		.active = &source->settings.active,
	};
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

int retransmit_source_configure(struct retransmit_source *source, uint64_t netns, bool comm,
                                struct reason *reason)
{
	int error = 0;

	source->settings.netns = (uint32_t)netns;
	source->settings.comm = comm;
	for (size_t role = SEND; role < ROLES; role++) {
		struct bpf_probe *probe = &source->probes->probes[role];

		if (comm)
			error = bpf_probe_attach(probe);
		else
			bpf_probe_detach(probe);
		if (error < 0 && error != -ENOENT)
			return reason_set(reason, error, "attaching the BPF program %s: %s",
			                  probe->way, strerror(-error));
	}
	error = bpf_turns_tell(&source->turns);
	if (error < 0)
		return reason_set(reason, error, "settings of the BPF programs: %s",
		                  strerror(-error));
	return 0;
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
	error = bpf_turns_take(&source->turns, &ret_sample->n);
	if (error < 0)
		return reason_set(reason, error, "taking from a BPF map: %s", strerror(-error));
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
