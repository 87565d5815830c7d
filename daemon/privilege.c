/* SPDX-License-Identifier: GPL-2.0-or-later */
/* By capset(2) itself: what is needed of it is smaller than a library for it. */
#include "daemon/privilege.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int privilege_drop(uint64_t keep, struct reason *reason)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3];
	bool surplus = false;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return reason_set(reason, -errno, "dropping privileges: PR_SET_NO_NEW_PRIVS: %s",
		                  strerror(errno));
	if (syscall(SYS_capget, &header, sets) < 0)
		return reason_set(reason, -errno, "dropping privileges: capget: %s",
		                  strerror(errno));
	for (unsigned i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
		uint32_t kept = (uint32_t)(keep >> (32 * i));

		surplus |= sets[i].permitted & ~kept || sets[i].inheritable;
		sets[i].permitted &= kept;
		sets[i].effective = sets[i].permitted;
		sets[i].inheritable = 0; /* takes the ambient set along */
	}
	/* Services are often forbidden the call itself, when there is nothing left to give up. */
	if (surplus && syscall(SYS_capset, &header, sets) < 0)
		return reason_set(reason, -errno, "dropping privileges: capset: %s",
		                  strerror(errno));
	return 0;
}
