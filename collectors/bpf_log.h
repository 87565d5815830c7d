/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What libbpf says while it loads an object, of which the first complaint about a program is kept:
 * which one, and in one line why, for which the verifier's log is looked through.
 */
#include <stdbool.h>

#define BPF_LOG_TEXT_SIZE 256
#define BPF_LOG_NAME_SIZE 64

struct bpf_log {
	char program[BPF_LOG_NAME_SIZE]; /* empty: no program is to blame */
	char text[BPF_LOG_TEXT_SIZE];    /* empty: nothing was said */
	bool kernel; /* it was the kernel that refused the program, not libbpf */
};

/*
 * From here on all that libbpf says on this thread is looked at for the log, until
 * bpf_log_end(); without a log it says nothing.
 */
void bpf_log_begin(struct bpf_log *log);
void bpf_log_end(void);

/* Takes note of one message. */
void bpf_log_take(struct bpf_log *log, const char *message);
