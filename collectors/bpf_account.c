/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "collectors/bpf_account.h"

#include <assert.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "daemon/cleanup.h"

/* Somebody may have it accounted by a descriptor instead (BPF_ENABLE_STATS), which cannot be seen. */
static bool is_accounting(void)
{
	int fd cleanup(close) = open("/proc/sys/kernel/bpf_stats_enabled", O_RDONLY | O_CLOEXEC);
	char digit = '0';

	return fd >= 0 && read(fd, &digit, 1) == 1 && digit != '0';
}

void bpf_account_loss(struct collector_tally *tally, const char *cause, uint64_t n_events)
{
	size_t i = 0;

	while (i < tally->n_losses && strcmp(tally->losses[i].cause, cause) != 0)
		i++;
	assert(i < COLLECTOR_LOSSES_MAX);
	tally->losses[i] = (struct collector_loss){ cause, n_events };
	tally->n_losses += i == tally->n_losses;
}

/* Returns how many calls they have missed. */
static uint64_t add_programs(const struct bpf_probes *probes, struct collector_tally *tally)
{
	bool accounting = is_accounting();
	uint64_t n_missed = 0;

	assert(tally->n_programs + probes->n <= COLLECTOR_PROGRAMS_MAX);
	for (size_t i = 0; i < probes->n; i++) {
		const struct bpf_probe *probe = &probes->probes[i];
		struct bpf_probe_account account = { 0 };

		(void)bpf_probe_account(probe, &account);
		tally->programs[tally->n_programs++] = (struct collector_program){
			.name = probe->role->name,
			.attached = probe->link_fd >= 0,
			.accounted = probe->fd >= 0 && (accounting || account.n_runs),
			.run_nsec = account.run_nsec,
			.n_runs = account.n_runs,
		};
		n_missed += account.n_missed;
	}
	return n_missed;
}

void bpf_account_programs(const struct bpf_probes *probes, struct collector_tally *tally)
{
	tally->n_programs = 0;
	bpf_account_loss(tally, BPF_LOSS_BUSY, add_programs(probes, tally));
}

void bpf_account_more_programs(const struct bpf_probes *probes, struct collector_tally *tally)
{
	(void)add_programs(probes, tally); /* at a cgroup none is left out */
}
