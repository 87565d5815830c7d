/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Two hash maps in which a collector's programs count by turns: they count in one, whose number they
 * are told, while the other is empty and at rest. So what is counted can be taken out, nothing is
 * counted twice or not at all, and a map holds what happens between two samples, not all that ever
 * was.
 */
#include <stddef.h>
#include <stdint.h>

#define BPF_TURNS_MAPS 2

struct bpf_turns {
	int map_fds[BPF_TURNS_MAPS];
	size_t key_size, value_size, max; /* of both maps */
	void *keys, *values;              /* room for max of each */

	/* What the programs are told: a map of one value, that value, and in it the number. */
	int settings_fd;
	const void *settings;
	uint32_t *active; /* 0 to begin with */
};

/* Tells the programs the settings as they are; 0 or −errno. */
int bpf_turns_tell(const struct bpf_turns *turns);

/*
 * Takes out what was counted since the last time: n keys and values, as they were. 0, or −errno and
 * nothing is lost. It takes some milliseconds, unless there is nothing.
 */
int bpf_turns_take(struct bpf_turns *turns, size_t *ret_n);
