/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "collectors/drop/drop_reasons.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/bpf_types.h"

#define NAME_SIZE      64
#define LATE_MAX       512 /* reasons of subsystems that are told by name */
#define SUBSYSTEMS_MAX 32
#define SUBSYSTEM_BITS 16 /* SKB_DROP_REASON_SUBSYS_SHIFT */
#define CORE_PREFIX    "SKB_DROP_REASON_"
#define SHORT_PREFIX   "SKB_"
#define SYSTEM_PREFIX  "SKB_DROP_REASON_SUBSYS_"

struct late {
	uint32_t number;
	char name[NAME_SIZE];
};

struct drop_reasons {
	const char *directory;
	char *names[DROP_REASONS]; /* of the kernel itself, NULL: none */
	enum drop_class classes[DROP_REASONS];
	char *subsystems[SUBSYSTEMS_MAX];
	size_t n_late;
	struct late *late; /* all others that were asked for */
};

/* Reasons that tell where a packet was. One that ends with "_" is for all that begin so. */
static const struct {
	const char *name;
	enum drop_class class;
} known[] = {
	{ "NOT_SPECIFIED", DROP_UNSPECIFIED },
	{ "NETFILTER_DROP", DROP_HOOK },
	{ "IP_OUTNOROUTES", DROP_ROUTE },
	{ "BPF_CGROUP_EGRESS", DROP_ROUTE },
	{ "NEIGH_", DROP_ROUTE },
	{ "PSP_OUTPUT", DROP_ROUTE },
	{ "TC_EGRESS", DROP_DEVICE },
	{ "QDISC_", DROP_DEVICE },
	{ "CAKE_", DROP_DEVICE },
	{ "FQ_", DROP_DEVICE },
	{ "DUALPI2_", DROP_DEVICE },
	{ "RECURSION_LIMIT", DROP_DEVICE },
	{ "NO_TX_TARGET", DROP_DEVICE },
	{ "TUNNEL_TXINFO", DROP_DEVICE },
	{ "CONSUMED", DROP_NEVER },
	{ "SOCKET_CLOSE", DROP_NEVER },
	{ "NO_SOCKET", DROP_NEVER },
	{ "SOCKET_RCVBUFF", DROP_NEVER },
	{ "CPU_BACKLOG", DROP_NEVER }, /* what lo and veth have sent looks like what was not */
};

/* Subsystems whose reasons are an enum of a module's. */
static const struct {
	const char *name, *module, *type;
} subsystems[] = {
	{ "OPENVSWITCH", "openvswitch", "ovs_drop_reason" },
	{ "MAC80211_UNUSABLE", "mac80211", "mac80211_drop_reason" },
	{ "MAC80211_UNUSABLE", "mac80211", "___mac80211_drop_reason" },
};

static enum drop_class classify(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		size_t length = strlen(known[i].name);

		if (known[i].name[length - 1] == '_' ? strncmp(name, known[i].name, length) == 0
		                                     : strcmp(name, known[i].name) == 0)
			return known[i].class;
	}
	return DROP_EITHER;
}

/* The name as the kernel prints it: without what all of them begin with. */
static const char *strip(const char *name)
{
	if (strncmp(name, CORE_PREFIX, strlen(CORE_PREFIX)) == 0)
		return name + strlen(CORE_PREFIX);
	if (strncmp(name, SHORT_PREFIX, strlen(SHORT_PREFIX)) == 0)
		return name + strlen(SHORT_PREFIX);
	return name;
}

/* Both enums end with what is none of theirs; and the first name of a number counts. */
static int take_reason(void *context, const char *name, uint64_t number)
{
	struct drop_reasons *reasons = context;

	name = strip(name);
	if (number >= DROP_REASONS || reasons->names[number] || strcmp(name, "MAX") == 0)
		return 0;
	reasons->names[number] = strdup(name);
	reasons->classes[number] = classify(name);
	return reasons->names[number] ? 0 : -ENOMEM;
}

static int take_subsystem(void *context, const char *name, uint64_t number)
{
	struct drop_reasons *reasons = context;

	if (number >= SUBSYSTEMS_MAX || reasons->subsystems[number] ||
	    strncmp(name, SYSTEM_PREFIX, strlen(SYSTEM_PREFIX)) != 0)
		return 0;
	name += strlen(SYSTEM_PREFIX);
	if (strcmp(name, "NUM") == 0)
		return 0;
	reasons->subsystems[number] = strdup(name);
	return reasons->subsystems[number] ? 0 : -ENOMEM;
}

int drop_reasons_open(const char *directory, struct drop_reasons **ret_reasons,
                      struct reason *reason)
{
	struct drop_reasons *reasons cleanup(drop_reasons_close) = calloc(1, sizeof(*reasons));
	struct bpf_types *types cleanup(bpf_types_close) = NULL;
	int error;

	if (!reasons)
		return reason_set(reason, -ENOMEM, "out of memory");
	reasons->directory = directory;
	error = bpf_types_open_in(directory, &types, reason);
	if (error < 0)
		return error;
	error = bpf_types_enum(types, "skb_drop_reason", take_reason, reasons);
	if (error == -ENOENT)
		return reason_set(reason, -EOPNOTSUPP,
		                  "this kernel does not tell why it drops packets "
		                  "(enum skb_drop_reason)");
	if (!error)
		error = bpf_types_enum(types, "skb_drop_reason_subsys", take_subsystem, reasons);
	if (error < 0 && error != -ENOENT) /* not before 6.4 */
		return reason_set(reason, error, "names of reasons: %s", strerror(-error));
	*ret_reasons = steal_pointer(reasons);
	return 0;
}

void drop_reasons_close(struct drop_reasons *reasons)
{
	if (!reasons)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(reasons->names); i++)
		free(reasons->names[i]);
	for (size_t i = 0; i < ARRAY_SIZE(reasons->subsystems); i++)
		free(reasons->subsystems[i]);
	free(reasons->late);
	free(reasons);
}

enum drop_class drop_reasons_class(const struct drop_reasons *reasons, uint32_t number)
{
	assert(number < DROP_REASONS);
	return reasons->classes[number];
}

/* What is looked for in an enum; mac80211's names have underscores before what is printed. */
static int take_late(void *context, const char *name, uint64_t number)
{
	struct late *late = context;

	if (number != late->number)
		return 0;
	(void)snprintf(late->name, sizeof(late->name), "%s", name + strspn(name, "_"));
	return 1;
}

/* Whether the module tells the name. */
static bool find_in_module(const char *directory, const char *module, const char *type,
                           struct late *late)
{
	struct bpf_types *kernel cleanup(bpf_types_close) = NULL;
	struct bpf_types *types cleanup(bpf_types_close) = NULL;
	struct reason reason;

	if (bpf_types_open_in(directory, &kernel, &reason) < 0 ||
	    bpf_types_open_module(kernel, module, &types) < 0)
		return false;
	return bpf_types_enum(types, type, take_late, late) == 1;
}

static void find_late(const struct drop_reasons *reasons, struct late *late)
{
	uint32_t number = late->number >> SUBSYSTEM_BITS;
	const char *subsystem = number < SUBSYSTEMS_MAX ? reasons->subsystems[number] : NULL;

	for (size_t i = 0; number && subsystem && i < ARRAY_SIZE(subsystems); i++)
		if (strcmp(subsystems[i].name, subsystem) == 0 &&
		    find_in_module(reasons->directory, subsystems[i].module, subsystems[i].type,
		                   late))
			return;
	if (number && subsystem)
		(void)snprintf(late->name, sizeof(late->name), "%s:%" PRIu32, subsystem,
		               late->number & ((1U << SUBSYSTEM_BITS) - 1));
	else
		(void)snprintf(late->name, sizeof(late->name), "%" PRIu32, late->number);
}

static struct label find_or_add(struct drop_reasons *reasons, uint32_t number)
{
	struct late *late;

	for (size_t i = 0; i < reasons->n_late; i++)
		if (reasons->late[i].number == number)
			return label_of(reasons->late[i].name);
	if (!reasons->late)
		reasons->late = calloc(LATE_MAX, sizeof(*reasons->late));
	if (!reasons->late || reasons->n_late == LATE_MAX)
		return label_of("(other)");
	late = &reasons->late[reasons->n_late++];
	late->number = number;
	find_late(reasons, late);
	return label_of(late->name);
}

struct label drop_reasons_name(struct drop_reasons *reasons, uint32_t number)
{
	if (number < DROP_REASONS && reasons->names[number])
		return label_of(reasons->names[number]);
	return find_or_add(reasons, number);
}
