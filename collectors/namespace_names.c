/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "collectors/namespace_names.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "collectors/namespace_set.h"
#include "daemon/clock.h"

#define DISCOVERY_INTERVAL_USEC (5 * USEC_PER_SEC)

struct namespace_names {
	const struct collector_env *env;
	uint64_t own;
	struct namespace_list list;
	struct namespace_set set;
	uint64_t discovered_usec; /* 0: not yet */
	struct reason lack;
};

int namespace_names_open(const struct collector_env *env, struct namespace_names **ret_names)
{
	struct namespace_names *names cleanup(namespace_names_close) = calloc(1, sizeof(*names));
	struct stat status;

	if (!names)
		return reason_set(env->reason, -ENOMEM, "out of memory");
	if (stat("/proc/self/ns/net", &status) < 0)
		return reason_set(env->reason, -errno, "/proc/self/ns/net: %s", strerror(errno));
	names->env = env;
	names->own = status.st_ino;
	names->set.roots = &namespace_roots;
	names->set.max_members = env->scope.max_namespaces;
	*ret_names = steal_pointer(names);
	return 0;
}

void namespace_names_close(struct namespace_names *names)
{
	if (!names)
		return;
	namespace_set_clear(&names->set);
	namespace_list_clear(&names->list);
	free(names);
}

uint64_t namespace_names_only(const struct namespace_names *names)
{
	return names->env->scope.namespaces->choice == COLLECTOR_NAMESPACES_OWN ? names->own : 0;
}

static const struct namespace_member *member_of(const struct namespace_names *names, uint64_t inode)
{
	for (size_t i = 0; i < names->set.n_members; i++)
		if (names->set.members[i]->namespace.inode == inode)
			return names->set.members[i];
	return NULL;
}

/* What cannot be looked for is told, and what is known stays. */
static void discover(struct namespace_names *names)
{
	struct collector_tally *tally = names->env->tally;
	uint64_t now_usec = monotonic_usec();
	struct reason reason = { "" };
	int error;

	if (names->discovered_usec && now_usec < names->discovered_usec + DISCOVERY_INTERVAL_USEC)
		return;
	error = namespace_list_read(&names->list, names->env->scope.namespaces, names->set.roots,
	                            &reason);
	if (!error && namespace_set_update(&names->set, &names->list) < 0)
		error = reason_set(&reason, -ENOMEM, "network namespaces: out of memory");
	names->lack = error ? reason : names->list.lack;
	names->discovered_usec = now_usec;
	tally->n_namespaces = names->set.n_members;
	tally->n_untracked_namespaces = names->set.n_untracked;
}

bool namespace_names_find(struct namespace_names *names, uint64_t inode, struct label *ret_label)
{
	const struct namespace_member *member;

	*ret_label = (struct label){ "", 0 };
	if (inode == names->own)
		return true;
	if (names->env->scope.namespaces->choice == COLLECTOR_NAMESPACES_OWN)
		return false;
	member = member_of(names, inode);
	if (!member) {
		discover(names);
		member = member_of(names, inode);
	}
	if (member)
		*ret_label = label_of(member->namespace.label);
	else
		*ret_label = label_of("(other)");
	return member || names->env->scope.namespaces->choice == COLLECTOR_NAMESPACES_ALL;
}

const char *namespace_names_lack(const struct namespace_names *names)
{
	return names->lack.text;
}
