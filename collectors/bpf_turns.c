/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "collectors/bpf_turns.h"

#include <errno.h>
#include <linux/membarrier.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "collectors/bpf_values.h"

#define GRACE_USEC 20000 /* where the kernel cannot be asked: a program takes a microsecond */
#define DELETE_MAX 1000

/* Returns when every program that runs now has ended: a grace period of RCU. */
static void wait_for_programs(void)
{
	if (syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0) < 0)
		(void)usleep(GRACE_USEC); /* not with nohz_full */
}

/* −EBUSY: another CPU held the lock that this key shares with others. */
static int delete_one(int map_fd, const void *key)
{
	int error = -EBUSY;

	for (int i = 0; error == -EBUSY && i < DELETE_MAX; i++)
		error = bpf_values_delete(map_fd, key);
	return error;
}

/* What cannot be deleted is left for the next time. */
static size_t empty_map(struct bpf_turns *turns, int map_fd, size_t n)
{
	char *keys = turns->keys, *values = turns->values;
	const size_t key_size = turns->key_size, value_size = turns->value_size;
	size_t n_taken = 0;

	for (size_t i = 0; i < n; i++) {
		if (delete_one(map_fd, keys + i * key_size) < 0)
			continue;
		memmove(keys + n_taken * key_size, keys + i * key_size, key_size);
		memmove(values + n_taken * value_size, values + i * value_size, value_size);
		n_taken++;
	}
	return n_taken;
}

int bpf_turns_tell(const struct bpf_turns *turns)
{
	const uint32_t first = 0;

	return bpf_values_put(turns->settings_fd, &first, turns->settings);
}

/* 0, or −errno and all is as it was. */
static int count_in(struct bpf_turns *turns, uint32_t number)
{
	uint32_t former = *turns->active;
	int error;

	*turns->active = number;
	error = bpf_turns_tell(turns);
	if (error < 0)
		*turns->active = former;
	return error;
}

int bpf_turns_take(struct bpf_turns *turns, size_t *ret_n)
{
	int map_fd = turns->map_fds[*turns->active];
	uint32_t next = (*turns->active + 1) % BPF_TURNS_MAPS;
	size_t n;
	int error = bpf_values_read_all(map_fd, turns->keys, turns->values, turns->max, &n);

	*ret_n = 0;
	if (error < 0 || n == 0)
		return error;
	error = count_in(turns, next);
	if (error < 0)
		return error;
	wait_for_programs();
	error = bpf_values_read_all(map_fd, turns->keys, turns->values, turns->max, &n);
	if (error == 0)
		*ret_n = empty_map(turns, map_fd, n);
	return error;
}
