/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nfnetlink loads the module of whatever subsystem it is asked about (nfnetlink_rcv_msg() calls
 * request_module("nfnetlink-subsys-…")), and socket(2) loads nfnetlink itself. An observer that
 * does so changes what it observes; so it looks first.
 */
#include "collectors/netfilter/kernel_module.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "collectors/netfilter/proc_line.h"

struct wanted {
	const char *name;
	bool found;
};

static int take_module(const char *line, void *context)
{
	struct wanted *wanted = context;
	const char *word;
	size_t length;

	wanted->found = proc_word(&line, &word, &length) && strlen(wanted->name) == length &&
		memcmp(wanted->name, word, length) == 0;
	return wanted->found;
}

bool kernel_module_present(const char *name)
{
	struct wanted wanted = { name, false };
	struct reason reason;
	int error = proc_lines("/proc/modules", take_module, &wanted, &reason);

	/* A /proc of processes alone (subset=pid) has no such file either. */
	if (error == -EOPNOTSUPP)
		return access("/proc/version", F_OK) == 0;
	return wanted.found;
}
